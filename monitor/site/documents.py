"""What can be subscribed to, beside datasette's pages: /alerts.atom, /events.atom and /followups.ics."""

from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

from monitor.alerts.documents import DOCUMENTS, document
from monitor.clock import utc_now
from monitor.store import Store

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def with_documents(app: App, store: Path) -> App:
    """Return the application, answering itself for what can be subscribed to."""

    async def served(scope: Message, receive: Receive, send: Send) -> None:
        name = str(scope.get("path", "")).removeprefix("/")
        if scope["type"] != "http" or name not in DOCUMENTS or scope["method"] not in {"GET", "HEAD"}:
            await app(scope, receive, send)
            return
        with Store.open(store, clock=utc_now, read_only=True) as opened:
            made = partial(document, name=name, now=utc_now(), site_url=_base(scope))
            media_type, body = await opened.read(made)
        headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return served


def _base(scope: Message) -> str:
    """Return the address the request came by; its host was looked at before."""
    host = next(value.decode("latin-1") for name, value in scope["headers"] if name == b"host")
    return f"{scope.get('scheme', 'http')}://{host}"
