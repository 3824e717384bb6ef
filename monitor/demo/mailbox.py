"""The demonstration's mail server: takes every letter, answers as RFC 5321 asks, and keeps what it got."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Final, Self

_HOST: Final = "127.0.0.1"
_ANSWERS: Final = {"EHLO": "250 mailbox", "HELO": "250 mailbox", "QUIT": "221 Bye", "DATA": "354 Go on"}


class Mailbox:
    """The server, on a free port of 127.0.0.1, in the loop that enters it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._session, _HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one sender until it leaves."""
        try:
            writer.write(b"220 mailbox\r\n")
            while line := await reader.readline():
                word = line[:4].decode("ascii", "replace").strip().upper()
                writer.write(_ANSWERS.get(word, "250 OK").encode() + b"\r\n")
                if word == "DATA":
                    self.letters.append(await _letter(reader))
                    writer.write(b"250 OK\r\n")
                if word == "QUIT":
                    break
        finally:
            writer.close()


async def _letter(reader: asyncio.StreamReader) -> EmailMessage:
    """Return the letter up to the line of one dot; a dot that begins any other line was doubled."""
    lines: list[bytes] = []
    while (line := await reader.readline()) not in {b".\r\n", b""}:
        lines.append(line[1:] if line.startswith(b".") else line)
    letter = message_from_bytes(b"".join(lines), policy=policy.default)
    if not isinstance(letter, EmailMessage):  # what this policy makes
        raise TypeError("no letter")
    return letter
