"""The lines that command and owner exchange: built, read, and errors carried across with their exit codes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from monitor.errors import MonitorError, StoreBusyError, StoreError, UsageError

LONGEST_MESSAGE: Final = 64 * 1024 * 1024
WORKING: Final = b'{"working": true}\n'


class OwnerFailedError(MonitorError):
    """The daemon met a bug of its own while it worked on a command; its log has the traceback."""

    exit_code: ClassVar[int] = 70


_BY_EXIT_CODE: Final[Mapping[int, type[MonitorError]]] = {
    kind.exit_code: kind for kind in (MonitorError, UsageError, StoreError, StoreBusyError, OwnerFailedError)
}


def socket_path(store: Path) -> Path:
    """Return where the owner of a store listens: beside the store itself (links followed), `<store>.sock`."""
    place = store.expanduser().resolve()
    return place.with_name(f"{place.name}.sock")


def request(command: str, args: dict[str, Any]) -> bytes:
    """Return the line that asks for a command; raise UsageError when it would be too long."""
    line = json.dumps({"command": command, "args": args}).encode() + b"\n"
    if len(line) > LONGEST_MESSAGE:
        raise UsageError(f"this is more than {LONGEST_MESSAGE} bytes at once; give it in smaller parts")
    return line


def reply(answer: object) -> bytes:
    """Return the line of a command that was carried out."""
    return json.dumps({"ok": True, "answer": answer}).encode() + b"\n"


def refusal(error: Exception) -> bytes:
    """Return the line of a command that failed: our errors with their words, a bug with its name only."""
    text, code = f"the daemon met a bug ({type(error).__name__}); see its log", OwnerFailedError.exit_code
    if isinstance(error, MonitorError):
        text, code = str(error), error.exit_code
    return json.dumps({"ok": False, "error": text, "exit_code": code}).encode() + b"\n"


def request_of(line: bytes) -> tuple[str, dict[str, Any]]:
    """Return command and arguments of a request; raise UsageError when it is none."""
    try:
        asked = json.loads(line)
        command, args = asked["command"], asked.get("args", {})
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise UsageError('a request is one line of JSON: {"command": "...", "args": {...}}') from error
    if not isinstance(command, str) or not isinstance(args, dict):
        raise UsageError('a request has a text "command" and an object "args"')
    return command, args


def answer_in(line: bytes) -> Any:
    """Return what the owner answered; raise what it raised, with its exit code."""
    try:
        answer = json.loads(line)
        if answer["ok"]:
            return answer["answer"]
        text, kind = str(answer["error"]), _BY_EXIT_CODE.get(answer["exit_code"], MonitorError)
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise StoreBusyError("the owner of the store gave an answer that cannot be read") from error
    raise kind(text)
