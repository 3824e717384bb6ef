"""CSV that datasette makes, made fit for spreadsheets: no cell of it can be taken for a formula (RELIABILITY.md X4).

Its answers are bounded by the limit of rows, so that each can be read whole; downloads are ours and fit as they are.
"""

import csv
import io
import re
from typing import Final

from monitor.editions.formats import csv_line
from monitor.site.safety import App, Message, Receive, Send

_NUMBER: Final = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")


def fit(app: App) -> App:
    """Return the application with every CSV of datasette's rewritten."""

    async def fitting(scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        rewritten = path.endswith(".csv") and not path.startswith("/download/")
        await app(scope, receive, _rewriting(send) if rewritten else send)

    return fitting


def safe(table: str) -> str:
    """Return CSV in which text that begins like a formula has an apostrophe before it, and numbers are as they were."""
    rows = csv.reader(io.StringIO(table, newline=""))
    return "".join(csv_line([_Number(value) if _NUMBER.fullmatch(value) else value for value in row]) for row in rows)


class _Number:
    """What looks like a number and stays as it is written."""

    def __init__(self, written: str) -> None:
        self._written = written

    def __str__(self) -> str:
        return self._written


def _rewriting(send: Send) -> Send:
    """Return what sends an answer's body once it is whole, rewritten; an answer that is no table goes as it is."""
    begun: list[Message] = []
    body = bytearray()

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        is_table = begun[0]["status"] == 200
        headers = [pair for pair in begun[0].get("headers", ()) if not is_table or pair[0].lower() != b"content-length"]
        await send({**begun[0], "headers": headers})
        whole = safe(bytes(body).decode("utf-8", "replace")).encode() if is_table else bytes(body)
        await send({"type": "http.response.body", "body": whole})

    return sending
