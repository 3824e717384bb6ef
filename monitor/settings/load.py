"""Packaged defaults < the operator's file < environment < flags -> `Settings`, or one sentence on what is wrong."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from monitor.settings import cluster as clustered
from monitor.settings.addresses import address_fault, private_target
from monitor.settings.channels import channels, check_channel_variables
from monitor.settings.opinion import SECTION, second_opinion
from monitor.settings.ruling import rules
from monitor.settings.sections import SECTIONS, Given, Layer, build, converted, environment_layer, file_layer
from monitor.settings.upkeep import clock_fault, host_fault
from monitor.settings.values import PollSettings, Settings
from monitor.settings.wording import nearest, refuse, shown

CONFIG_VARIABLE = "LAYOFF_MONITOR_CONFIG"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        refuse(str(file), "file", None, "there is none; `layoff-monitor init` writes one")
    except OSError as error:
        refuse(str(file), "file", None, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        refuse(str(file), f"line {line}", None, "is not UTF-8; save the file in that encoding")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        refuse(str(file), "syntax", None, f"{error}")


def default_store(environ: Mapping[str, str]) -> Path:
    """Return where the store is when no setting says: `$XDG_DATA_HOME/layoff-monitor/monitor.db`.

    A relative XDG_DATA_HOME is ignored, as the XDG Base Directory Specification demands.
    """
    data = Path(environ.get("XDG_DATA_HOME", ""))
    if not data.is_absolute():
        data = Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return data / "layoff-monitor" / "monitor.db"


def _store_path(layer: Layer, folder: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the store's absolute path: one in the file counts from the file, others from where we are."""
    given = layer.get(("store", "path"))
    if given is None:
        return default_store(environ)
    path: Path = given.value.expanduser()
    from_file = folder is not None and not given.where.startswith(("environment", "--"))
    return (folder / path if from_file and folder else path).absolute()


def _check_network(layer: Layer) -> None:
    if given := layer.get(("network", "allow_private")):
        for entry in given.value:
            try:
                private_target(entry)
            except ValueError as error:
                refuse(given.where, "network.allow_private", shown(entry), str(error))
    if given := layer.get(("network", "contact")):
        contact = given.value
        if not (contact.isascii() and contact.isprintable() and 0 < len(contact.strip()) <= 200):
            right = "must be a page or mail address of yours: up to 200 printable ASCII characters"
            refuse(given.where, "network.contact", shown(contact), right)


def _check_alerts(layer: Layer) -> None:
    """Refuse an address that cannot be linked to, and a time zone that the database of time zones does not have."""
    given = layer.get(("alerts", "site_url"))
    if given and (fault := address_fault(given.value)):
        refuse(given.where, "alerts.site_url", shown(given.value), fault)
    zones = available_timezones() | {"UTC"}
    if (given := layer.get(("alerts", "time_zone"))) and given.value not in zones:
        like = nearest(given.value, sorted(zones)) or "Europe/Paris"
        refuse(given.where, "alerts.time_zone", shown(given.value), f'no such time zone; did you mean "{like}"?')


def _backup_folder(layer: Layer, folder: Path | None) -> None:
    """Have the folder for copies count from the file that names it, and refuse a time that is none."""
    if given := layer.get(("backup", "folder")):
        path: Path = given.value.expanduser()
        from_file = folder is not None and not given.where.startswith("environment")
        layer["backup", "folder"] = Given((folder / path if from_file and folder else path).absolute(), given.where)
    if (given := layer.get(("backup", "at"))) and (fault := clock_fault(given.value)):
        refuse(given.where, "backup.at", shown(given.value), fault)


def _check_health(layer: Layer) -> None:
    health = build("health", layer)
    if fault := host_fault(health):
        where = layer["health", "host"].where
        refuse(where, "health.host", shown(health.host), fault)


def _poll(layer: Layer) -> PollSettings:
    """Return the three intervals in order; one that nobody gave bends to those that were given."""
    given = {key: found for (section, key), found in layer.items() if section == "poll"}
    start, low, high = (given.get(f"{name}_interval_s") for name in ("start", "min", "max"))
    default = PollSettings()
    low_s = low.value if low else min([default.min_interval_s, *(g.value for g in (start, high) if g)])
    high_s = high.value if high else max([default.max_interval_s, *(g.value for g in (start, low) if g)])
    start_s = start.value if start else min(max(default.start_interval_s, low_s), high_s)
    if low and low_s > high_s:
        refuse(low.where, "poll.min_interval_s", str(low_s), f"must not be above max_interval_s ({high_s})")
    if start and not low_s <= start_s <= high_s:
        right = f"must lie between min_interval_s ({low_s}) and max_interval_s ({high_s})"
        refuse(start.where, "poll.start_interval_s", str(start_s), right)
    return PollSettings(start_interval_s=start_s, min_interval_s=low_s, max_interval_s=high_s)


def load(config: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the validated settings; raise ConfigurationError with file, key, value and what would be right.

    `config` is `--config`; without it LAYOFF_MONITOR_CONFIG counts, without both there is no operator's file.
    `flags` holds what the command line says beyond that, by key: {"db": Path("x.db")}.
    """
    if config is None and environ.get(CONFIG_VARIABLE):
        given = Given(environ[CONFIG_VARIABLE], f"environment {CONFIG_VARIABLE}")
        config = converted(given, "file", Path, from_text=True).expanduser()
    table = {} if config is None else _read(config)
    layer = file_layer(table, str(config)) | environment_layer(environ)
    if flags and flags.get("db") is not None:
        layer["store", "path"] = Given(Path(flags["db"]), "--db")
    if config is not None:
        layer.setdefault(("feeds", "starter"), Given(value=False, where=str(config)))
    folder = None if config is None else config.absolute().parent
    layer["store", "path"] = Given(_store_path(layer, folder, environ), "store.path")
    _check_network(layer)
    _check_alerts(layer)
    _backup_folder(layer, folder)
    _check_health(layer)
    named = {} if config is None else channels(table.get("channels", {}), config, environ)
    check_channel_variables(environ, named)
    sections = {name: build(name, layer) for name in SECTIONS if name not in {"poll", SECTION, clustered.SECTION}}
    if config is not None and "rules" in table:
        sections["rules"] = rules(table["rules"], config, named)
    opinion = second_opinion(layer, config)
    file = config and config.absolute()
    return Settings(
        **sections,
        poll=_poll(layer),
        second_opinion=opinion,
        cluster=clustered.cluster(layer, config),
        channels=named,
        config_file=file,
    )
