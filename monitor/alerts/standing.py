"""What is to be said of channels, with the remedy, for `check`. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from monitor.alerts import apprising
from monitor.errors import FetchError
from monitor.guard import Guard
from monitor.settings import AppriseChannel, Channel, MailChannel, NetworkSettings

Told = tuple[str, Literal["ok", "note", "problem"], str, str]  # subject, level, text, remedy

_FAILED: Final = frozenset({"retrying", "expired", "refused"})


def addresses(channels: Mapping[str, Channel], network: NetworkSettings) -> Iterator[Told]:
    """Yield which channels lead where nothing may be sent, and which are outside the gate; names are not resolved."""
    if not channels:
        remedy = "add a [channels.NAME] to the configuration"
        yield "channels", "note", "none: alerts are raised and listed, not sent", remedy
    guard = Guard.of(network)
    for name, channel in channels.items():
        subject = f"channel {name}"
        match channel:
            case AppriseChannel():
                if not apprising.available():
                    yield subject, "problem", *_missing()
                text = "apprise opens its connections itself: [network] does not hold for them"
                yield subject, "note", text, 'use kind = "webhook" or "mail" where that matters'
            case MailChannel():
                if channel.tls == "none" and channel.allow_plain:
                    yield subject, "note", f"mail goes to {channel.host} in clear text", 'set tls = "starttls"'
            case _:
                try:
                    guard.check_url(channel.url)
                except FetchError as error:
                    remedy = "correct its url, or allow the target in [network] allow_private or allow_ports"
                    yield subject, "problem", f"{error.reason}: {error.detail}", remedy


def _missing() -> tuple[str, str]:
    text, _, remedy = apprising.REMEDY.partition(": ")
    return text, remedy


def deliveries(channels: Mapping[str, Channel], states: Iterable[Mapping[str, Any]]) -> Iterator[Told]:
    """Yield how each channel fared lately; `states` are rows of channel, state, number and last_error."""
    failing = {str(row["channel"]): row for row in states if row["state"] in _FAILED}
    for name in channels:
        row = failing.get(name)
        if row is None:
            yield f"channel {name}", "ok", "no failed delivery in the last 7 days", ""
            continue
        text = f"{row['number']} {row['state']}: {row['last_error'] or 'no reason given'}"
        remedy = f"see whether its receiver works; then `layoff-monitor alerts retry --channel {name}`"
        yield f"channel {name}", "note" if row["state"] == "retrying" else "problem", text, remedy


def disabled(channels: Mapping[str, Channel], listing: Iterable[Mapping[str, Any]]) -> Iterator[Told]:
    """Yield which recipients are sent nothing until a person says otherwise; `listing` has rows of `channels_view`."""
    for row in listing:
        if row["disabled_at"] and row["channel"] in channels:
            text = f"disabled since {row['disabled_at']}: {row['why'] or 'no reason given'}"
            remedy = f"once its receiver works: `layoff-monitor alerts retry --channel {row['channel']}`"
            yield f"channel {row['recipient']}", "problem", text, remedy
