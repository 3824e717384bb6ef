"""One mail attempt: connect, encrypt, hand over one letter to one recipient, judge the answer. The only door to SMTP.

The server is the operator's own choice, so it is connected to directly and not through the gate, which is for
addresses that others give.
"""

import socket
import ssl
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP

from monitor.alerts.hiding import scrubbed
from monitor.alerts.retries import Attempt
from monitor.settings import MailChannel

TIMEOUT_S: Final = 40.0  # for each answer: a server that looks for spam takes its time; the outbox bounds them all
_EXPECTED: Final = (
    aiosmtplib.SMTPException,
    OSError,
    ValueError,
)  # ssl.SSLError is an OSError, UnicodeError a ValueError


async def send(channel: MailChannel, recipient: int, letter: bytes) -> Attempt:
    """Make one attempt and return how it ended; raises nothing for what a server or the network does.

    One letter, one recipient: a server that takes a letter for some and refuses others (D4) cannot come between.
    A refusal with 5yz is final only where it is about the recipient or the letter (RCPT, DATA): what a server has
    against us or our password an operator can mend, so that is tried again (RELIABILITY.md D3). Without TLS nothing
    is said but the greeting, unless the settings allow clear text.
    """
    to = channel.to[recipient - 1]
    client = SMTP(
        hostname=channel.host,
        port=channel.port,
        local_hostname=_own_name(),
        timeout=TIMEOUT_S,
        use_tls=channel.tls == "implicit",
        start_tls=channel.tls == "starttls",  # True: refuse to go on where it is not offered (RELIABILITY.md D7)
        tls_context=None if channel.tls == "none" else _context(channel),
    )
    try:
        await client.connect()
        if channel.username is not None and channel.password is not None:
            await client.login(channel.username, channel.password)
        await client.sendmail(channel.sender, [to], letter)  # the refusal of the only recipient is raised
    except _EXPECTED as error:
        return _judged(error, channel)
    finally:
        client.close()
    return Attempt("sent", 250)


def scrub(text: str, channel: MailChannel) -> str:
    """Return at most 200 cleaned characters of the text, without password, user name and addresses."""
    password, username = channel.password or "", channel.username or ""
    addresses = [channel.sender, *channel.to]
    names = [address.partition("@")[0] for address in addresses]
    return scrubbed(text, [password, username, f"\0{username}\0{password}", *addresses, *names])


def _judged(error: Exception, channel: MailChannel) -> Attempt:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        inner = error.recipients[0]
        return _answered(inner.code, inner.message, channel)
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _answered(error.code, error.message, channel)
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
    words = scrub(str(error), channel)
    return Attempt("retrying", code, f"{type(error).__name__} at {channel.host}:{channel.port}: {words}")


def _answered(code: int, answer: str, channel: MailChannel) -> Attempt:
    """Return what an answer to the recipient or the letter means: 5yz is final, all else is tried again."""
    words = f"{code} from {channel.host}:{channel.port}: {scrub(answer, channel)}"
    return Attempt("refused" if 500 <= code <= 599 else "retrying", code, words)


def _context(channel: MailChannel) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=None if channel.ca_file is None else str(channel.ca_file))


def _own_name() -> str:
    """Return this machine's name for the greeting; not asked of the name service, which can take long to answer."""
    name = socket.gethostname()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"
