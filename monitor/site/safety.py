"""What keeps the viewer to its reader: whose requests are answered, which paths, and what a browser may do with a page.

RELIABILITY.md 7: W5, W6, W7, W10, W15.
"""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LOCAL_NAMES: Final = frozenset({"127.0.0.1", "localhost"})

# Pages of ours have no script at all, and load nothing but their style sheet and pictures from here.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_INTERNALS: Final = "/-/"  # datasette's: settings, versions, threads, what plugins there are
_OPEN: Final = "/-/static/"


def is_named(host: str, names: Collection[str] = LOCAL_NAMES) -> bool:
    """Return whether a Host header is one of the names; any port is right, for tunnels and containers change it.

    A page elsewhere can point its own name at 127.0.0.1 and read what answers there (RELIABILITY.md W6).
    """
    name, _, port = host.partition(":")
    return name.lower() in names and (port.isdigit() or not port)


def is_open(path: str) -> bool:
    """Return whether a path may be asked for: datasette's own pages about itself may not."""
    return not path.startswith(_INTERNALS) or path.startswith(_OPEN)


def is_raw(query: bytes) -> bool:
    """Return whether a search is to be handed to SQLite as it is, errors and costly prefixes included (W10)."""
    return "_searchmode" in parse_qs(query.decode("latin-1"), keep_blank_values=True)


def guarded(app: App, names: Collection[str]) -> App:
    """Return the application for requests to one of these names alone, its internals closed, its pages kept apart."""

    async def safe(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"]
        protected = _protecting(send)
        if not (len(hosts) == 1 and is_named(hosts[0], names)):
            await _refuse(protected, 421, f"This viewer is asked for by {', '.join(sorted(names))} only.")
        elif not is_open(scope["path"]):
            await _refuse(protected, 404, "Nothing is shown here.")
        elif is_raw(scope.get("query_string", b"")):
            await _refuse(protected, 400, "Searches are made of words here.")
        else:
            await app(scope, receive, protected)

    return safe


def _protecting(send: Send) -> Send:
    """Return what sends an answer with our headers in the place of any others of these names.

    JSON goes without angle brackets, each in its other spelling: whatever takes it for HTML finds no element (W15).
    """
    ours = {name for name, _ in HEADERS}
    is_json = False

    async def sending(message: Message) -> None:
        nonlocal is_json
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
            is_json = any(name.lower() == b"content-type" and b"json" in value for name, value in kept)
            kept = [pair for pair in kept if not (is_json and pair[0].lower() == b"content-length")]
            message = {**message, "headers": [*kept, *HEADERS]}
        elif is_json:
            message = {**message, "body": _unbracketed(message.get("body", b""))}
        await send(message)

    return sending


def _unbracketed(json: bytes) -> bytes:
    """Return JSON that means the same: outside of its strings there are no angle brackets."""
    return json.replace(b"<", b"\\u003c").replace(b">", b"\\u003e")


async def _refuse(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{words}\n".encode()})
