"""The demonstration: the whole way of ten invented stories, offline, with the real parts.

A small local press (`press`) with three feeds is polled; its pages are fetched, read, judged and stored beside the seed
articles; events and alerts follow; the press's own post box receives the webhooks, and a mailbox the letters. `run`
prints what happened.
"""

import base64
import secrets
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook

from monitor import app, trending
from monitor.alerts.render import jobs
from monitor.clock import utc_now
from monitor.demo.mailbox import Mailbox
from monitor.demo.press import Press
from monitor.errors import MonitorError
from monitor.histories import shown_date
from monitor.model import Facts
from monitor.pipeline import Runtime, deliver, poll_pass, process_pass
from monitor.settings import (
    AlertsSettings,
    FeedsSettings,
    MailChannel,
    NetworkSettings,
    Settings,
    StoreSettings,
    WebhookChannel,
)
from monitor.store import Database, audit, feeds
from monitor.store.rows import Row, rows

Say = Callable[[str], None]

_NEWSROOMS: Final = "update feeds set source_tier = 2"  # the press reports for itself, or nothing of it would count
_STORIES: Final = """
    select v.label, v.kind, coalesce(v.company, '-') as company, v.title, v.evidence
    from articles_view v where v.origin = 'live' order by v.published_at
"""
_LEDGER: Final = """
    select coalesce(outcome, 'waiting') as outcome, count(*) as entries from entries_view group by 1 order by 1
"""
_UNREAD: Final = """
    select outcome, reason, title from entries_view where outcome is null or outcome not in ('stored', 'duplicate')
    order by id
"""
_HISTORIES: Final = """
    select e.company, e.label, e.announced_on, e.date_precision, e.jobs_count, e.jobs_count_max, e.jobs_qualifier,
      e.jobs_formula, e.link_type, e.days_to_reversal
    from events_view e
    where e.company = 'Klarna' or e.company in (select company from articles_view where origin = 'live')
    order by e.company, e.announced_on, e.id
"""


_GO_ON: Final = """
The store is {database}. To go on:
  {program} company 'Norvik Bank'
  {program} alerts list
  {program} trends
  layoff-monitor init                      (a monitor of your own, here)
  {program} serve"""


async def run(directory: Path | None, say: Say) -> int:
    """Run the demonstration with its store in `directory` (default: a new temporary one); return the exit code, 0.

    Raises MonitorError if the directory already holds a store, or if something of it did not work.
    """
    folder = directory or Path(tempfile.mkdtemp(prefix="layoff-monitor-demo-"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MonitorError(f"the folder {folder} cannot be made: {error.strerror}; name another") from error
    database = folder / "monitor.db"
    if database.exists():
        raise MonitorError(f"{database} exists and is left as it is; name another folder")
    with Press(utc_now()) as press:
        async with Mailbox() as mailbox:
            settings = _settings(database, press, mailbox)
            async with app.open_runtime(settings) as runtime:
                await _play(runtime, press, say)
        _check_webhooks(press, settings, say)
        _check_letters(mailbox, say)
    say(_GO_ON.format(program=f"layoff-monitor --db {database}", database=database))
    return 0


def _settings(database: Path, press: Press, mailbox: Mailbox) -> Settings:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return Settings(
        store=StoreSettings(path=database),
        feeds=FeedsSettings(starter=False),
        network=NetworkSettings(allow_private=(press.address,), host_delay_s=0),
        alerts=AlertsSettings(first_document="alert", group_wait_s=0, group_interval_s=0),
        channels={
            "post-box": WebhookChannel(name="post-box", url=f"{press.url}/hook", secret=secret),
            "letters": MailChannel(
                name="letters",
                host="127.0.0.1",
                port=mailbox.port,
                tls="none",
                sender="monitor@demo.example",
                to=("reader@demo.example",),
            ),
        },
    )


async def _play(runtime: Runtime, press: Press, say: Say) -> None:
    now = runtime.tools.clock()
    for url in press.feeds:
        add = partial(feeds.add, url=url, title=None, origin="added", now=now, start_interval_s=1800)
        await runtime.store.write(add)
    await runtime.store.write(lambda db: db.execute(_NEWSROOMS))
    polled = await poll_pass(runtime)
    say(f"polled     {polled['feeds']} feeds (RSS, Atom, JSON Feed): {polled['parsed']} entries, {polled['new']} new")
    processed = await process_pass(runtime)
    became = ", ".join(f"{processed[name]} {name}" for name in ("stored", "refused", "failed"))
    say(f"processed  {processed['entries']} pages: {became}")
    await deliver(runtime)
    again = await poll_pass(runtime, include_all=True)
    say(f"polled     again: {again['not_modified']} of {again['feeds']} feeds answer 304, nothing is fetched twice")
    await runtime.store.write(partial(trending.refresh, now=runtime.tools.clock()))
    await runtime.store.read(partial(_report, say=say))
    for finding in await runtime.store.read(audit.ledger_of_polls):
        raise MonitorError(f"the demonstration's ledger does not add up: {finding}")


def _report(db: Database, say: Say) -> None:
    say("\nStories read and judged, each by its strongest words:")
    for row in rows(db, _STORIES):
        say(f"  {row['label']:9}{row['kind']:12}{row['company'][:17]:18}{row['title'][:70]}")
        if row["evidence"]:
            say(f'{"":39}"{row["evidence"][:75]}"')
    say("\nEntries not read, and why:")
    for row in rows(db, _UNREAD):
        say(f"  {row['outcome'] or 'waiting':13}{row['reason'] or 'first look':16}{row['title'][:78]}")
    ledger = rows(db, _LEDGER)
    parts = ", ".join(f"{row['entries']} {row['outcome']}" for row in ledger)
    say(f"\nEvery entry accounted for: {sum(row['entries'] for row in ledger)} seen = {parts}")
    told = rows(db, _HISTORIES)
    say("\nHistories of these employers, and of Klarna from the seed articles:")
    for row in told:
        say("  " + _history_line(row))
    [known] = rows(db, "select count(*) as employers from companies_view")
    more = known["employers"] - len({row["company"] for row in told})
    say(f"  and {more} more employers, from events that are shipped")


def _history_line(row: Row) -> str:
    facts = Facts(**{name: row[name] for name in ("jobs_count", "jobs_count_max", "jobs_qualifier")})
    number = jobs(facts) or "number not stated"
    if row["jobs_formula"] and not row["jobs_count"]:
        number += f" ({row['jobs_formula']} implied)"
    days = f"{row['days_to_reversal']} days after the cut"
    link = f", {row['link_type'].replace('_', ' ')}: {days}" if row["days_to_reversal"] is not None else ""
    day = shown_date(row["announced_on"], row["date_precision"])
    return f"{row['company'][:17]:18}{day:12}{row['label']:9}{number}{link}"


def _check_webhooks(press: Press, settings: Settings, say: Say) -> None:
    """Say what the post box received; raises MonitorError if nothing came or a signature is wrong."""
    if not press.received:
        raise MonitorError("no webhook was delivered in the demonstration")
    channel = settings.channels["post-box"]
    verifier = Webhook(channel.secret if isinstance(channel, WebhookChannel) else "")
    say("\nWebhooks delivered, each signature verified over the exact bytes:")
    for received in press.received:
        body: dict[str, Any] = verifier.verify(received.body, received.headers)
        for alert in (body["data"], *body["data"].get("alerts", ())):
            say(f"  {alert['alert_id']}  {alert['headline']}")


def _check_letters(mailbox: Mailbox, say: Say) -> None:
    """Say what the mailbox received and show the first letter; raises MonitorError if nothing came."""
    if not mailbox.letters:
        raise MonitorError("no mail was delivered in the demonstration")
    say(f"\nMail delivered: {len(mailbox.letters)}. The first, as a terminal shows it:")
    letter = mailbox.letters[0]
    body = letter.get_body(("plain",))
    shown = "" if body is None else str(body.get_content())
    for line in (f"Subject: {letter['Subject']}", "", *shown.splitlines()):
        say(f"  | {line}".rstrip())
