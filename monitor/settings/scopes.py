"""The kinds of work and the countries that a rule may ask for: the words that events are stored with."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.settings.wording import suggestion
from monitor.shipped import shipped


def work_fault(asked: Sequence[str]) -> str | None:
    """Return what would be right instead of the first word that is no kind of work; None if all are."""
    kinds: Mapping[str, Sequence[str]] = _table("vocabulary", "function")
    known = {kind.casefold() for kind in kinds}
    near = {word.casefold(): kind for kind, words in kinds.items() for word in words}
    for word in asked:
        if word.strip().casefold() not in known:
            meant = near.get(word.strip().casefold())
            return f"{word!r} is none; " + (f"did you mean {meant}?" if meant else suggestion(word, kinds))
    return None


def country_fault(asked: Sequence[str]) -> str | None:
    """Return what would be right instead of the first word that is no country's code and no region; None if all are."""
    table = _table("vocabulary", "country")
    known = {word.casefold() for word in (*table["codes"], *table["regions"])}
    places = _table("places", "country")
    for word in asked:
        plain = word.strip().casefold()
        if plain not in known:
            meant = next((code for code, names in places.items() if plain in map(str.casefold, names)), None)
            right = "must be codes of ISO 3166, like DE, or a region: " + ", ".join(table["regions"])
            return f"{word!r}: did you mean {meant}?" if meant else right
    return None


def _table(file: str, name: str) -> dict[str, Any]:
    """Return a table of a shipped file."""
    table: dict[str, Any] = tomllib.loads(shipped(f"config/{file}.toml").read_text(encoding="utf-8"))[name]
    return table
