"""The feeds a new store can start with: `config/feeds.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from monitor.errors import ConfigurationError
from monitor.settings.addresses import address_fault
from monitor.settings.values import Interval
from monitor.shipped import shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterFeed:
    """One feed of the starter set."""

    name: str
    url: str
    language: str  # ISO 639-1
    interval_s: Interval  # between the first polls; later ones follow what the feed does


def starter_feeds(file: Path | None = None) -> tuple[StarterFeed, ...]:
    """Return the starter set in its file's order; raise ConfigurationError for a file that was edited wrongly."""
    file = shipped("config/feeds.toml") if file is None else file
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        feeds = msgspec.convert(table, dict[str, tuple[StarterFeed, ...]])["feeds"]
    except (tomllib.TOMLDecodeError, RecursionError, UnicodeDecodeError, msgspec.ValidationError, KeyError) as error:
        raise ConfigurationError(f"{file}: [[feeds]] need name, url, language and interval_s: {error}") from error
    for feed in feeds:
        if fault := address_fault(feed.url):
            raise ConfigurationError(f"{file}: feeds.url = {feed.url}: {fault}")
    return feeds
