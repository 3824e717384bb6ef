"""A message as a mail: headers that hold together along an event, text for 72 columns, HTML for a phone. Pure."""

from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from monitor.alerts import chart, pages
from monitor.alerts.prose import told_once
from monitor.alerts.render import one_line
from monitor.model import MessageContent, MessageJob
from monitor.settings import MailChannel

_SUBJECT: Final = 180  # characters at most


@dataclass(frozen=True, slots=True)
class Parts:
    """What a letter is made of."""

    subject: str
    text: str
    html: str
    pictures: tuple[tuple[str, bytes], ...]  # Content-ID and PNG of each chart


def parts(message_id: str, content: MessageContent, site_url: str | None) -> Parts:
    """Return what a letter is made of."""
    told = told_once(content)
    lead = told.alerts[0]
    more = f" (and {told.total - 1} more)" if told.total > 1 else ""
    return Parts(
        subject=_no_encoded_word(one_line(lead.headline, _SUBJECT)) + more,
        text=pages.text(message_id, content, site_url),
        html=pages.html(message_id, content, site_url),
        pictures=tuple(
            (pages.picture_id(number), chart.as_png(record.chart))
            for number, record in enumerate(told.alerts[: pages.in_full(told)])
            if record.chart
        ),
    )


def _no_encoded_word(text: str) -> str:
    """Return text that cannot be taken for an encoded word (RFC 2047).

    EmailMessage decodes those in what it is given, line ends included, and before Python 3.11.10 and 3.12.5 wrote them
    out: a headline with "=?utf-8?q?=0D=0ABcc:..." added a header (CVE-2024-6923). Later ones refuse to write it.
    """
    return text.replace("=?", "= ?")


def plain(message_id: str, content: MessageContent, site_url: str | None) -> str:
    """Return the text of a message."""
    return pages.text(message_id, content, site_url)


def write(channel: MailChannel, job: MessageJob, content: MessageContent, site_url: str | None) -> bytes:
    """Return the letter to one recipient, the same bytes for every attempt."""
    made = parts(job.message_id, content, site_url)
    domain = channel.sender.rpartition("@")[2]
    letter = EmailMessage(policy=SMTP)
    letter["From"] = channel.sender
    letter["To"] = channel.to[job.recipient - 1]
    letter["Subject"] = made.subject
    letter["Date"] = format_datetime(job.composed_at)
    letter["Message-ID"] = message_id(channel, job.message_id, job.recipient)
    if content.thread:
        first = message_id(channel, content.thread, job.recipient)
        letter["In-Reply-To"] = first
        letter["References"] = first
    letter["List-Id"] = f"layoff-monitor alerts <alerts.layoff-monitor.{domain}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no vacation notice answers
    letter.set_content(made.text, charset="utf-8", cte="quoted-printable")
    letter.add_alternative(made.html, subtype="html", charset="utf-8", cte="quoted-printable")
    for name, picture in made.pictures:
        _html_part(letter).add_related(picture, "image", "png", cid=f"<{name}>", disposition="inline")
    _fix_boundaries(letter, job.message_id)
    return letter.as_bytes()


def message_id(channel: MailChannel, message: str, recipient: int) -> str:
    """Return a letter's Message-ID: the same for ever for one message and recipient."""
    return f"<{message}.{channel.name}.{recipient}@{channel.sender.rpartition('@')[2]}>"


def _html_part(letter: EmailMessage) -> MIMEPart:
    """Return the part with the page, or the one that holds page and pictures together."""
    return next(part for part in letter.iter_parts() if part.get_content_type() in {"text/html", "multipart/related"})


def _fix_boundaries(letter: EmailMessage, message: str) -> None:
    """Set the marks between parts, which are drawn at random otherwise."""
    for number, part in enumerate(part for part in letter.walk() if part.is_multipart()):
        part.set_boundary(f"=_{message}_{number}")
