"""A judge that is read and compiled when it is first asked: most polls find nothing new to judge, and end sooner."""

from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock

from monitor.classify import Classifier
from monitor.model import ClassifierId, Verdict


class Late:
    """A classifier that keeps the protocol by one it loads on first need, once, whichever thread asks first.

    Whatever `load` raises is raised to whoever asks, each time; `id` is the way to have it said early.
    """

    def __init__(self, load: Callable[[], Classifier]) -> None:
        self._load = load
        self._lock = Lock()
        self._judge: Classifier | None = None

    @property
    def id(self) -> ClassifierId:
        """Return the name and version (see the protocol)."""
        return self._loaded().id

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        """Return the verdict on one article (see the protocol)."""
        return self._loaded().classify(title, text, published_on)

    def first_look(self, title: str, summary: str) -> bool:
        """Return whether the page is worth fetching (see the protocol)."""
        return self._loaded().first_look(title, summary)

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        """Return whether the page is worth extracting (see the protocol)."""
        return self._loaded().second_look(title, summary, paragraphs)

    def _loaded(self) -> Classifier:
        if self._judge is None:
            with self._lock:
                self._judge = self._judge or self._load()
        return self._judge
