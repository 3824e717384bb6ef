"""What a source without a stored article says: a row of a file of events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from monitor.model.articles import Facts
from monitor.model.events import DatePrecision, LinkType
from monitor.model.vocabulary import Kind, Label


@dataclass(frozen=True, slots=True)
class FiledAccount:
    """One row as it is kept: an employer's action where it has a label and is of kind event, else a note."""

    external_id: str  # as the file names it, else a digest of what the row says
    label: Label
    kind: Kind
    announced_on: date
    date_precision: DatePrecision
    facts: Facts  # `company` is None where no employer acts
    source_tier: int  # 1..4
    status: str | None = None
    url: str | None = None
    publisher: str | None = None
    source_check: str | None = None  # how far the source was read, in the file's words
    review_state: Literal["auto", "checked", "disputed", "excluded"] = "auto"
    linked_external_id: str | None = None  # the row that its event answers, and how
    link_type: LinkType | None = None
    replaced: Mapping[str, str] = field(default_factory=dict)  # column -> the file's word, where a table replaced it

    @property
    def is_event(self) -> bool:
        """Return whether it tells of an event; everything else is a note."""
        return self.kind is Kind.EVENT and self.label is not Label.NONE and self.facts.company is not None
