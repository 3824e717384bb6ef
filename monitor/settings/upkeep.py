"""The settings of what the daemon does for its store and for who watches over it: values, and what is refused."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from monitor.settings.mailing import is_loopback

Days = Annotated[int, Meta(ge=0, le=36500)]  # 0: for ever
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_HOST: Final = re.compile(r"[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """`[backup]`: the verified copies that the daemon makes by night."""

    folder: Path | None = None  # None: `backups` beside the store
    keep: Annotated[int, Meta(ge=0, le=1000)] = 7  # RELIABILITY.md S14; 0: none are made
    at: str = "03:30"  # in [alerts] time_zone


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """`[retention]`: days after which what is bulky and answers no question any more is trimmed; 0: never."""

    poll_days: Days = 90  # polls that brought nothing, which are then only counted
    summary_days: Days = 90  # the summaries of entries that led to no article
    robots_days: Days = 30  # robots.txt of hosts that nobody asked since
    message_days: Days = 365  # the contents of messages that arrived
    text_days: Days = 0  # the texts of articles in which nothing was found


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """`[health]`: where the daemon answers /healthz and /metrics."""

    port: Annotated[int, Meta(ge=0, le=65535)] = 0  # 0: nowhere
    host: str = "127.0.0.1"
    allow_others: bool = False  # whether `host` may be an address that other machines reach
    names: tuple[str, ...] = ()  # beside addresses and localhost, by which it may be asked


def clock_fault(at: str) -> str | None:
    """Return what is wrong with a time of day, or None."""
    return None if _CLOCK.fullmatch(at) else 'must be a time of day: "03:30"'


def host_fault(health: HealthSettings) -> str | None:
    """Return why nobody may be answered at this host, or None: figures of a store are nobody else's business."""
    if not _HOST.fullmatch(health.host):
        return 'must be an address of this machine: "127.0.0.1"'
    if is_loopback(health.host) or health.allow_others:
        return None
    return "others could reach it there; write 127.0.0.1, or allow_others = true beside it and a firewall before it"
