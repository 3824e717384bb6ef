"""The command line: arguments and printing, no logic. `layoff_monitor` is the program."""

import io
import logging
import sys
from pathlib import Path

import click

from monitor import __version__, log, signals
from monitor.cli import (
    alerting,
    alerts,
    backup,
    company,
    exporting,
    feeds,
    imports,
    judge,
    rejudging,
    restoring,
    retaining,
    reviewing,
    search,
    sending,
    serving,
    start,
    trends,
    upkeep,
    work,
)
from monitor.cli.door import Door
from monitor.cli.terms import PATH, WRITES, Invocation, ending, environment

LONG = ("import", "poll", "process", "run", "worker")  # whose log lines are the progress a person waits for


def _level(*, quiet: bool, verbose: bool, command: str | None) -> int:
    if verbose:
        return logging.DEBUG
    if quiet:
        return logging.ERROR
    return logging.INFO if command in LONG else logging.WARNING


@click.group(
    cls=Door,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=ending("demo", "init && layoff-monitor --config monitor.toml run", exits=WRITES),
)
@click.option("--config", type=PATH, help="The settings to use; LAYOFF_MONITOR_CONFIG without it.")
@click.option("--db", type=PATH, help="The store to use, whatever the settings say.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what fails.")
@click.option("-v", "--verbose", is_flag=True, help="Log everything; show where a bug is.")
@click.version_option(__version__, prog_name="layoff-monitor", message="%(prog)s %(version)s")
@click.pass_context
def layoff_monitor(ctx: click.Context, config: Path | None, db: Path | None, quiet: bool, verbose: bool) -> None:
    """Follow AI-driven job cuts from the first report to their undoing."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    ctx.obj = Invocation(config=config, db=db, quiet=quiet, environ=environment())
    if ctx.invoked_subcommand != "run":  # which has orders of its own
        signals.let_through()
    level = _level(quiet=quiet, verbose=verbose, command=ctx.invoked_subcommand)
    ctx.with_resource(log.to_stream(sys.stderr or io.StringIO(), level))


for _command in (
    start.demo, start.init, work.run, work.poll, work.process, work.worker, feeds.feeds, imports.import_,
    judge.classify, judge.evaluate, rejudging.reclassify, alerts.explain, search.search, company.company, alerts.alerts,
    serving.serve, upkeep.check, backup.backup, restoring.restore, retaining.retention, exporting.export,
    reviewing.review, alerting.watch, trends.trends,
):  # fmt: skip
    layoff_monitor.add_command(_command)
for _command in (
    alerting.preview,
    alerting.backtest,
    alerting.mute,
    alerting.unmute,
    alerting.mutes,
    sending.test,
    sending.retry,
    sending.atom,
    sending.calendar,
):
    alerts.alerts.add_command(_command)
