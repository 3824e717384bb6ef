"""A mail server on loopback, of aiosmtpd, that refuses, forgets, drops and stalls on request.

It runs in the test's own loop. What it took is for the test to judge: every letter that was read to its end, in order.
"""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Misdeed = Literal["none", "drop_rcpt", "drop_before", "drop_after", "stall_rcpt", "stall_data"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do with one letter."""

    rcpt: str = "250 OK"
    data: str = "250 OK"
    misdeed: Misdeed = "none"


OK: Final = Answer()
GREYLISTED: Final = Answer(rcpt="450 4.2.0 Greylisted, try again later")
FULL: Final = Answer(rcpt="452 4.2.2 Mailbox full")
CLOSING: Final = Answer(rcpt="421 4.3.2 Closing down")
UNKNOWN: Final = Answer(rcpt="550 5.1.1 No such user here")
UNWANTED: Final = Answer(data="554 5.7.1 Looks like spam")
LATER: Final = Answer(data="451 4.3.0 Local error")
DROP_RCPT: Final = Answer(misdeed="drop_rcpt")  # closes when it is told the recipient
DROP_BEFORE: Final = Answer(misdeed="drop_before")  # has read the letter, forgets it, closes
DROP_AFTER: Final = Answer(misdeed="drop_after")  # has taken the letter, the answer is lost
STALL: Final = Answer(misdeed="stall_data")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that was read to its end."""

    sender: str
    recipients: tuple[str, ...]
    body: bytes
    answer: Answer
    encrypted: bool
    user: str | None

    @property
    def parsed(self) -> EmailMessage:
        found = message_from_bytes(self.body, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def id(self) -> str:
        return str(self.parsed["Message-ID"])


@dataclass
class MailPeer:
    """The server; as a context manager it listens inside.

    `script` gives the answers in the order letters are begun; after it, and without it, `choose` or `default` answers.
    """

    script: Iterable[Answer] = ()
    default: Answer = OK
    choose: Callable[[int], Answer] | None = None  # from how many letters were begun before
    tls: ssl.SSLContext | None = None  # offered as STARTTLS
    implicit: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    login_in_clear: bool = False
    port: int = 0
    received: list[Letter] = field(default_factory=list)
    begun: int = 0
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def taken(self) -> list[Letter]:
        """The letters a server has put into a mailbox."""
        return [one for one in self.received if one.answer.data.startswith("2") and one.answer.misdeed != "drop_before"]

    @property
    def lost_answers(self) -> int:
        """How many letters were taken without the sender being able to know."""
        return sum(one.answer.misdeed == "drop_after" for one in self.taken)

    async def __aenter__(self) -> Self:
        self._script = iter(tuple(self.script))
        self._sessions: list[SMTP] = []
        self._news = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", self.port, ssl=self.implicit)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        tasks = [session._handler_coroutine for session in self._sessions if session._handler_coroutine]
        for session, task in zip(self._sessions, tasks, strict=False):
            if session.transport:
                session.transport.abort()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def arrived(self, count: int, *, within_s: float = 10) -> None:
        """Return once so many letters were read to their end; raises TimeoutError if they are not."""
        async with asyncio.timeout(within_s):
            while len(self.received) < count:
                self._news.clear()
                await self._news.wait()

    def _session(self) -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # it warns of logins in clear text; ours stay on this machine
            session = SMTP(
                self,
                hostname="peer.example",
                tls_context=self.tls,
                loop=asyncio.get_running_loop(),
                authenticator=self._authenticate if self.login else None,
                auth_required=self.login is not None,
                auth_require_tls=self.login is not None and self.implicit is None and not self.login_in_clear,
            )
        self._sessions.append(session)
        return session

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        right = (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=right, handled=right, auth_data=data.login.decode())

    async def handle_RCPT(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        chosen = self.choose(self.begun) if self.choose else self.default
        answer = next(self._script, chosen)
        self.begun += 1
        session.answer = answer  # type: ignore[attr-defined]  # the session is ours to remember in
        if answer.misdeed == "drop_rcpt":
            return await self._drop(server)
        if answer.misdeed == "stall_rcpt":
            await asyncio.Event().wait()
        if answer.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer.rcpt

    async def handle_DATA(  # noqa: N802  # as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer: Answer = session.answer  # type: ignore[attr-defined]  # as above
        assert isinstance(envelope.content, bytes)
        user = getattr(session, "auth_data", None)
        letter = Letter(
            sender=str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            body=envelope.content,
            answer=answer,
            encrypted=session.ssl is not None or self.implicit is not None,
            user=str(user) if user else None,
        )
        self.received.append(letter)
        self._news.set()
        if answer.misdeed in {"drop_before", "drop_after"}:
            return await self._drop(server)
        if answer.misdeed == "stall_data":
            await asyncio.Event().wait()
        return answer.data

    async def _drop(self, server: SMTP) -> str:
        """Close without an answer."""
        if server.transport:
            server.transport.abort()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        return "421 never heard"
