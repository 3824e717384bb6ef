"""Tables of TOML, variables and flags -> the sections of `Settings`, checked key by key."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from monitor.settings.upkeep import BackupSettings, HealthSettings, RetentionSettings
from monitor.settings.values import (
    AlertsSettings,
    ClusterSettings,
    FeedsSettings,
    NetworkSettings,
    PollSettings,
    ProcessSettings,
    SecondOpinionSettings,
    StoreSettings,
)
from monitor.settings.wording import HIDDEN, expected, nearest, refuse, shown, suggestion

SECTIONS: Final[Mapping[str, type[Any]]] = {
    "store": StoreSettings,
    "feeds": FeedsSettings,
    "network": NetworkSettings,
    "poll": PollSettings,
    "process": ProcessSettings,
    "alerts": AlertsSettings,
    "backup": BackupSettings,
    "retention": RetentionSettings,
    "health": HealthSettings,
    "second_opinion": SecondOpinionSettings,
    "cluster": ClusterSettings,
}
SECRETS: Final = frozenset(
    {("second_opinion", "api_key"), ("cluster", "url")}
)  # (section, key) of values that are never printed
LISTS: Final = ("channels", "rules")
PREFIX: Final = "LAYOFF_MONITOR_"


@dataclass(frozen=True, slots=True)
class Given:
    """One setting as somebody gave it."""

    value: Any
    where: str  # the file, or "environment LAYOFF_MONITOR_..."


Layer = dict[tuple[str, str], Given]  # (section, key)


def keys_of(section: type[Any]) -> dict[str, Any]:
    """Return key -> type of a section, ranges included, in the order they are documented in."""
    hints = get_type_hints(section, include_extras=True)
    return {field.name: hints[field.name] for field in fields(section)}


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value and "\0" not in value:
        with suppress(RuntimeError):  # of "~name", where there is no such user
            Path(value).expanduser()
            return Path(value)
    raise NotImplementedError  # msgspec's way for a hook to say that it does not know the type


def converted(given: Given, key: str, kind: Any, *, from_text: bool = False, secret: bool = False) -> Any:
    """Return the value as its type; refuse it by name otherwise. `from_text`: it comes from a variable."""
    value = given.value
    if from_text and expected(kind).startswith("a list"):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return msgspec.convert(value, kind, strict=not from_text, dec_hook=_path)
    except (msgspec.ValidationError, NotImplementedError, UnicodeEncodeError):
        said = HIDDEN if secret else shown(given.value)
        refuse(given.where, key, said, f"must be {expected(kind)}")


def _unknown_section(where: str, name: str, value: object) -> None:
    for section, kind in SECTIONS.items():
        if name in keys_of(kind) and not isinstance(value, dict):
            refuse(where, name, shown(value), f"belongs under [{section}]")
    said = None if isinstance(value, (dict, list)) else HIDDEN
    refuse(where, name, said, f"unknown section; {suggestion(name, [*SECTIONS, *LISTS])}")


def _unknown_key(where: str, section: str, key: str, value: object) -> None:
    home = next((name for name, kind in SECTIONS.items() if key in keys_of(kind)), None)
    hint = f"it belongs under [{home}]" if home else suggestion(key, keys_of(SECTIONS[section]))
    said = HIDDEN if section in {name for name, _ in SECRETS} else shown(value)  # it may be a secret misspelt
    refuse(where, f"{section}.{key}", said, f"unknown key; {hint}")


def file_layer(table: Mapping[str, Any], where: str) -> Layer:
    """Return what a configuration file says, typed, channels and rules aside."""
    layer: Layer = {}
    for name, section in table.items():
        if name in LISTS:
            continue
        if name not in SECTIONS:
            _unknown_section(where, name, section)
        if not isinstance(section, dict):
            refuse(where, name, shown(section), f"must be a section: write [{name}] on a line of its own")
        keys = keys_of(SECTIONS[name])
        for key, value in section.items():
            if key not in keys:
                _unknown_key(where, name, key, value)
            given = Given(value, where)
            secret = (name, key) in SECRETS
            layer[name, key] = Given(converted(given, f"{name}.{key}", keys[key], secret=secret), where)
    return layer


def _variables() -> Iterator[tuple[str, tuple[str, str]]]:
    for section, kind in SECTIONS.items():
        for key in keys_of(kind):
            yield f"{section}_{key}".upper(), (section, key)


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """Return what LAYOFF_MONITOR_<SECTION>_<KEY> say; empty ones say nothing.

    A misspelt one is refused. One that is like none of ours is left alone: container engines put their own
    there (a Kubernetes service of this name gives LAYOFF_MONITOR_PORT_80_TCP).
    """
    known = dict(_variables())
    layer: Layer = {}
    for name, text in sorted(environ.items()):
        bare = name.removeprefix(PREFIX)
        if bare == name or not text or bare == "CONFIG" or bare.startswith("CHANNELS_"):
            continue
        if bare in known:
            section, key = known[bare]
            kind = keys_of(SECTIONS[section])[key]
            given = Given(text, f"environment {name}")
            layer[section, key] = Given(converted(given, f"{section}.{key}", kind, from_text=True), given.where)
        elif near := nearest(bare, known, cutoff=0.8):
            refuse("environment", name, shown(text), f"unknown variable; did you mean {PREFIX}{near}?")
    return layer


def build(section: str, layer: Layer) -> Any:
    """Return one section with the given values; what nobody gave keeps its packaged default."""
    given = {key: found.value for (name, key), found in layer.items() if name == section}
    return SECTIONS[section](**given)
