"""The door of a running daemon: a Unix socket beside the store, for the changes that commands hand to its owner.

JSON lines over a socket that only its owner may open (mode 0600). One request, `{"command", "args"}`, gets
`{"working": true}` every few seconds while it is worked on, then `{"ok": true, "answer"}` or `{"ok": false,
"error", "exit_code"}`. So a client tells a long answer from an owner that hangs, however long the work takes.
"""

from monitor.control.client import Ask, act, call, session
from monitor.control.messages import LONGEST_MESSAGE, OwnerFailedError, socket_path
from monitor.control.owner import Handler, serve
from monitor.control.under_way import UnderWay

__all__ = [
    "LONGEST_MESSAGE",
    "Ask",
    "Handler",
    "OwnerFailedError",
    "UnderWay",
    "act",
    "call",
    "serve",
    "session",
    "socket_path",
]
