"""One family of errors; each class answers "can trying again help?" and names what went wrong and where."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from monitor.model import Reason

_USER: Final = re.compile(r"(?<=//)[^/?#\s]*@")


def without_user(text: str) -> str:
    """Return a text in which no address carries a user name or password (RELIABILITY.md D10)."""
    return _USER.sub("…@", text)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, or, of a group as task groups raise them, the errors in it."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves(part)
    else:
        yield error


class MonitorError(Exception):
    """Anything this program raises on purpose; its text is a sentence a stranger can act on."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1


class UsageError(MonitorError):
    """A wrong command, argument or input file."""

    exit_code: ClassVar[int] = 2


class ConfigurationError(UsageError):
    """A wrong setting; the text names file, key, value and what would be right."""


class StoreError(MonitorError):
    """The store cannot be used: read-only, foreign, corrupt, newer than the program; the text has the remedy."""

    exit_code: ClassVar[int] = 3


class StoreBusyError(StoreError):
    """Another process holds the store and does not answer."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 4


class StoreDamagedError(StoreError):
    """The store is not whole any more, or not there where its log lies; a copy has to be put in its place."""


class StoreFullError(StoreError):
    """The disk under the store is full; the same write succeeds once there is room."""

    retryable: ClassVar[bool] = True


class FetchError(MonitorError):
    """No usable answer from a server.

    `reason` is from the closed list; `retry_after_s` is what the server asked for, if anything, unclamped.
    """

    _FINAL: ClassVar[frozenset[Reason]] = frozenset(
        {
            Reason.BLOCKED_ADDRESS,
            Reason.BLOCKED_SCHEME,
            Reason.BLOCKED_PORT,
            Reason.TOO_LARGE,
            Reason.TOO_COMPRESSED,
            Reason.REDIRECT_LOOP,
            Reason.REDIRECT_BLOCKED,
            Reason.CONSENT_WALL,
            Reason.GONE,
            Reason.UNSUPPORTED_TYPE,
            Reason.REFUSED_VALUE,
            Reason.ROBOTS_DENIED,
        }
    )

    def __init__(
        self,
        reason: Reason,
        url: str,
        detail: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(without_user(f"{reason}: {detail} ({url})"))
        self.reason = reason
        self.url = url
        self.detail = detail
        self.status = status
        self.retry_after_s = retry_after_s

    @property
    def permanent(self) -> bool:
        """True if the same request will fail the same way (a refusal, not an outage)."""
        if self.reason is Reason.HTTP_4XX:
            return self.status not in {401, 403, 408, 425, 429}
        return self.reason in self._FINAL


class ParseError(MonitorError):
    """A document that could not be read; `reason` names how it failed, `detail` the words of the parser."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        """`reason: detail`."""
        return f"{self.reason}: {self.detail}"
