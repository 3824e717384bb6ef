"""The settings as values: one dataclass a section, each default the packaged one, each range beside its key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta

from monitor.model import FOLLOW_UP_MONTHS
from monitor.settings.upkeep import BackupSettings, HealthSettings, RetentionSettings

Port = Annotated[int, Meta(ge=1, le=65535)]
Delay = Annotated[float, Meta(ge=0, le=300)]  # 300: the longest crawl-delay that is kept to
Interval = Annotated[int, Meta(ge=1, le=30 * 86400)]
Count = Annotated[int, Meta(ge=0)]
Parallel = Annotated[int, Meta(ge=1, le=1024)]
DEFAULT_LIST: Final = "watch"  # the name of the watch-list of `watch add`
Workers = Annotated[int, Meta(ge=1, le=64)]


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
    allow_ports: tuple[Port, ...] = (80, 443)
    contact: str | None = None  # in the User-Agent: a page or mail address of the operator
    host_delay_s: Delay = 5.0  # between two requests to a registrable domain; crawl-delay can lengthen it
    host_daily_pages: Count = 2000  # of a registrable domain; 0: no limit
    feed_daily_pages: Count = 500  # 0: no limit
    concurrent_feeds: Parallel = 32
    concurrent_hosts: Parallel = 16  # page batches out at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """`[poll]`: seconds between two polls of one feed; min <= start <= max."""

    start_interval_s: Interval = 1800
    min_interval_s: Interval = 600
    max_interval_s: Interval = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSettings:
    """`[process]`."""

    first_look: bool = True  # pass over entries whose title and summary show no trace of the subject
    second_look: bool = True  # do not extract pages whose bytes show none, where there was no first look
    workers: Workers = 2  # processes for parsing, of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsSettings:
    """`[alerts]`: whether a feed's first document may alert, whose clock rules go by, and how alerts are gathered."""

    first_document: Literal["quiet", "alert"] = "quiet"
    group_wait_s: Annotated[int, Meta(ge=0, le=3600)] = 60  # from the first alert to the first message
    group_interval_s: Annotated[int, Meta(ge=0, le=86400)] = 900  # between two messages to one recipient
    site_url: str | None = None  # where `serve` can be reached: messages that hold many alerts link to it
    time_zone: str = "UTC"  # a name of the IANA time zone database: for days, quiet hours and digests


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinionSettings:
    """`[second_opinion]`: a language model that may add a label where the rules are unsure; off without `base_url`."""

    base_url: str | None = None  # of any OpenAI-compatible endpoint, up to and with its "/v1"
    model: str | None = None
    api_key_file: Path | None = None
    api_key: str | None = field(default=None, repr=False)
    monthly_cap: Annotated[int, Meta(ge=1)] = 500  # requests in a month of UTC
    below: Annotated[float, Meta(ge=0, le=1)] = 0.85  # asked about verdicts of none that are less sure than this
    max_chars: Annotated[int, Meta(ge=500, le=8000)] = 8000  # of title and text that are sent (RELIABILITY.md L3)
    deadline_s: Annotated[float, Meta(ge=1, le=300)] = 30.0
    may_alert: bool = False  # whether a label it added makes an event, which may alert, before a person has seen it


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """`[cluster]`: workers on other machines, which PostgreSQL connects with home; without `url` there are none."""

    url: str | None = field(default=None, repr=False)  # "postgresql://user:password@host/database"
    url_file: Path | None = None
    places: Parallel = 16  # batches, each of one host, that a worker carries at once
    heartbeat_s: Annotated[float, Meta(ge=0.1, le=60)] = 5.0  # a worker says this often that it lives
    stale_s: Annotated[float, Meta(ge=0.5, le=300)] = 30.0  # silent for so long, it has lost its batches


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """`[channels.NAME] kind = "webhook"`."""

    name: str
    url: str = field(repr=False)  # a chat service keeps its secret in it
    secret: str = field(default="", repr=False)  # "whsec_" + base64 of 24 to 64 bytes; none for chat services
    format: Literal["standard", "slack", "discord", "teams"] = "standard"
    kind: Literal["webhook"] = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChannel:
    """`[channels.NAME] kind = "mail"`."""

    name: str
    host: str
    sender: str  # its key is `from`
    to: tuple[str, ...]
    port: Port = 587  # 465 with tls = "implicit", 25 with "none", unless given
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    allow_plain: bool = False  # tls = "none" to a host that is not this machine
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None  # certificates to trust instead of the system's
    kind: Literal["mail"] = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseChannel:
    """`[channels.NAME] kind = "apprise"`: any service the optional package apprise knows."""

    name: str
    url: str = field(repr=False)  # all of it can be secret
    kind: Literal["apprise"] = "apprise"


Channel = WebhookChannel | MailChannel | AppriseChannel


def recipients(channel: Channel) -> int:
    """Return how many recipients a channel has; each gets messages of its own."""
    return len(channel.to) if isinstance(channel, MailChannel) else 1


RuleKind = Literal["any", "watch", "flip", "size", "surge", "milestone", "silence", "digest"]
EVENT_KINDS: Final[frozenset[RuleKind]] = frozenset(
    {"any", "watch", "flip", "size"}
)  # those that look at one event at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """`[[rules]]`: what raises which alert. Which keys a kind takes is said in `settings.ruling`."""

    name: str
    kind: RuleKind = "any"
    labels: tuple[Literal["cut", "reversal", "hybrid"], ...] = ("cut", "reversal", "hybrid")
    channels: tuple[str, ...] = ()  # empty: all configured channels
    shadow: bool | None = None  # decided and shown, not sent; None: true for a rule that came after the first run
    employers: tuple[str, ...] = ()  # empty: all; once loaded, those of `list` are among them
    list: Path | None = None  # a CSV file of employers
    watchlist: bool | str = False  # a stored watch-list; true: the one named "watch"
    functions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    min_jobs: Count = 0
    min_strength: Literal["none", "speculative", "disputed", "implied", "explicit"] = "none"
    max_tier: Annotated[int, Meta(ge=1, le=4)] = 4
    confirm: Annotated[int, Meta(ge=0, le=1)] = 0  # 1: only with a source of tier 1-3 or two unrelated outlets
    cool_down_h: Annotated[int, Meta(ge=0, le=8760)] = 24  # 0: none
    quiet_hours: str = ""  # "22:00-07:00"; empty: none
    max_per_day: Count = 0  # 0: no limit
    window_days: Annotated[int, Meta(ge=1, le=3650)] = 28  # of a surge; rules on single events do not count
    direction: Literal["more", "fewer", "both"] = "both"  # of a surge
    months: tuple[int, ...] = FOLLOW_UP_MONTHS  # of a milestone, after the cut
    days: Annotated[int, Meta(ge=1, le=3650)] = 7  # of a silence
    at: str = "08:00"  # of a digest
    every: Literal["day", "monday"] = "day"  # of a digest

    @property
    def watched(self) -> str | None:
        """Return the name of the stored watch-list that the rule asks for, if any."""
        return DEFAULT_LIST if self.watchlist is True else self.watchlist or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, validated."""

    store: StoreSettings
    feeds: FeedsSettings = field(default_factory=FeedsSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    poll: PollSettings = field(default_factory=PollSettings)
    process: ProcessSettings = field(default_factory=ProcessSettings)
    alerts: AlertsSettings = field(default_factory=AlertsSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    second_opinion: SecondOpinionSettings = field(default_factory=SecondOpinionSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    channels: dict[str, Channel] = field(default_factory=dict)
    rules: tuple[RuleSettings, ...] = (RuleSettings(name="every event"),)
    config_file: Path | None = None  # the operator's file, if there is one
