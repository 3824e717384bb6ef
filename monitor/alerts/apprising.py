"""One attempt through apprise, an optional package that knows a hundred services. The only door to it.

It opens its connections itself: the gate and its guard do not hold for them, which `check` says.
"""

import asyncio
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from monitor.alerts.render import one_line
from monitor.alerts.retries import Attempt
from monitor.model import MessageContent
from monitor.settings import AppriseChannel

REMEDY: Final = 'the package apprise is not installed: pip install "layoff-monitor[apprise]"'
_CHARACTERS: Final = 4000  # apprise itself cuts to what a service takes
_SUBJECT: Final = 180


def available() -> bool:
    """Return whether apprise is installed."""
    return find_spec("apprise") is not None


async def send(channel: AppriseChannel, content: MessageContent, text: str) -> Attempt:
    """Make one attempt and return how it ended; apprise says only whether it went well."""
    if not available():
        return Attempt("retrying", error=REMEDY)
    try:
        sent = await asyncio.to_thread(_notify, channel.url, one_line(content.alerts[0].headline, _SUBJECT), text)
    except Exception as error:  # noqa: BLE001  # a plugin can raise anything, its words can hold the address
        return Attempt("retrying", error=f"apprise failed: {type(error).__name__}")
    return Attempt("sent") if sent else Attempt("retrying", error="the service did not take it; apprise says no more")


def _notify(url: str, title: str, text: str) -> bool:
    apprise = import_module("apprise")
    logging.getLogger("apprise").disabled = True  # it would write down addresses, which hold secrets
    sender = apprise.Apprise()
    return bool(sender.add(url) and sender.notify(title=title, body=text[:_CHARACTERS]))
