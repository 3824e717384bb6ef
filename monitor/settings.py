"""Typed settings: packaged defaults < operator's file < environment < flags."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """`[store]`."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsSettings:
    """`[feeds]`: whether a new store starts with the shipped feeds."""

    starter: bool = True  # False when an operator's file is given and does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """`[network]`: where connections may go, and how politely."""

    allow_private: tuple[str, ...] = ()  # "127.0.0.1:8080", "127.0.0.1:*", "127.0.0.0/8:*", "[::1]:80"
    allow_ports: tuple[int, ...] = (80, 443)
    contact: str | None = None  # in the User-Agent: a page or mail address of the operator
    host_delay_s: float = 5.0  # between two requests to one host; robots' crawl-delay can lengthen it
    host_daily_pages: int = 2000  # 0: no limit
    feed_daily_pages: int = 500  # 0: no limit
    concurrent_feeds: int = 32
    concurrent_hosts: int = 16  # page batches out at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """`[poll]`: seconds between two polls of one feed."""

    start_interval_s: int = 1800
    min_interval_s: int = 600
    max_interval_s: int = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """`[process]`."""

    first_look: bool = True  # pass over entries whose title and summary show no trace of the subject
    workers: int = 2  # processes for parsing, of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsSettings:
    """`[alerts]`: whether entries of a feed's first document may raise alerts."""

    first_document: Literal["quiet", "alert"] = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """`[channels.NAME] kind = "webhook"`."""

    name: str
    url: str
    secret: str = field(repr=False)  # "whsec_" + base64 of 24 to 64 bytes
    format: Literal["standard"] = "standard"
    kind: Literal["webhook"] = "webhook"


Channel = WebhookChannel  # later kinds join by union


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """`[[rules]]`: which events raise which alert."""

    name: str
    kind: Literal["any"] = "any"
    labels: tuple[Literal["cut", "reversal", "hybrid"], ...] = ("cut", "reversal", "hybrid")
    channels: tuple[str, ...] = ()  # empty: all configured channels
    shadow: bool = False  # decided and shown, not sent
    employers: tuple[str, ...] = ()  # empty: all
    functions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    min_jobs: int = 0
    min_strength: Literal["none", "speculative", "disputed", "implied", "explicit"] = "none"
    confirm: int = 0  # 0: at once; 1: only with a source of tier 1-3 or two publishers
    max_per_day: int = 0  # 0: no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, validated."""

    store: StoreSettings
    feeds: FeedsSettings = field(default_factory=FeedsSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    process: ProcessSettings = field(default_factory=ProcessSettings)
    alerts: AlertsSettings = field(default_factory=AlertsSettings)
    channels: dict[str, Channel] = field(default_factory=dict)
    rules: tuple[RuleSettings, ...] = (RuleSettings(name="every event"),)
    config_file: Path | None = None  # the operator's file, if there is one
