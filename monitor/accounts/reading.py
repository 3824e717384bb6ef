"""One row of a file -> the account it gives, or every reason why it is refused."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Final, Literal, cast

import msgspec

from monitor.accounts.cells import Cells, tomorrow
from monitor.accounts.sheet import Record
from monitor.accounts.terms import Terms
from monitor.identity import publisher_of, web_address
from monitor.model import DatePrecision, Facts, FiledAccount, Kind, Label, LinkType

Review = Literal["auto", "checked", "disputed", "excluded"]
_FAR: Final = date(2100, 12, 31)  # the end of the longest plan
_EXACT: Final = ("day", "month", "year")
_NEEDED: Final = {
    "company": "the employer, or words in brackets where none acts",
    "label": "cut, reversal, hybrid or none",
    "announced_on": "a date as 2025-05-08, 2025-05 or 2025",
    "url": "the address or the name of the source",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is not taken: the column and its value, and what would be right."""

    line: int
    column: str | None
    value: str
    right: str


def read(record: Record, terms: Terms) -> FiledAccount | list[Refusal]:
    """Return the account a row gives, or what is wrong with the row; every fault is told at once."""
    if record.fault is not None:
        return [Refusal(record.line, None, "", f"it has {record.fault}")]
    cells = Cells(record.cells, terms.words)
    account = _account(cells, terms)
    if account is None or cells.wrong:
        return [Refusal(record.line, column, value[:80], right) for column, value, right in cells.wrong]
    return account


def digest(account: FiledAccount) -> str:
    """Return a name for a row that has none: the same for the same row, whatever file it stands in."""
    said = asdict(replace(account, external_id="", review_state="auto", replaced={}))
    return "sha256:" + sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def _account(cells: Cells, terms: Terms) -> FiledAccount | None:
    company, label = cells.text("company"), cells.word("label")
    announced = cells.day("announced_on", tomorrow(terms.today))
    url, publisher = _source(cells)
    for column, found in (("company", company), ("label", label), ("announced_on", announced), ("url", publisher)):
        if found is None and all(column != wrong for wrong, _, _ in cells.wrong):
            cells.refuse(column, _NEEDED[column])
    employer = terms.employer(company) if company else None
    linked, link_type = cells.text("linked_external_id"), cells.word("link_type")
    day, precision = announced or (terms.today, "day")
    account = FiledAccount(
        external_id=cells.text("external_id") or "",
        label=Label(label or Label.NONE),
        kind=Kind(cells.word("kind") or Kind.EVENT),
        announced_on=day,
        date_precision=_coarser(precision, cells.word("date_precision")),
        facts=_facts(cells, employer, cells.text("parent") or terms.parents.get(employer or "")),
        source_tier=_tier(cells, terms, publisher_of(url) if url else publisher),
        status=cells.word("status"),
        url=url,
        publisher=publisher,
        source_check=cells.text("source_check"),
        review_state=cast("Review", cells.word("review_state") or "auto"),
        linked_external_id=linked if link_type else None,
        link_type=cast("LinkType", link_type) if linked and link_type else None,
        replaced=cells.replaced,
    )
    return account if account.external_id else replace(account, external_id=digest(account))


def _facts(cells: Cells, employer: str | None, parent: str | None) -> Facts:
    """Return the facts of a row; a bare number is exact, "up to N" is N with that qualifier (CODEBOOK.md 5)."""
    count, most, qualifier = cells.people("jobs_count"), cells.people("jobs_count_max"), cells.word("jobs_qualifier")
    if count is None:
        count = most if qualifier == "up_to" else None
        qualifier = "hundreds" if qualifier == "hundreds" else "none_stated"
    if most is not None and count is not None and most < count:
        cells.refuse("jobs_count_max", f"not less than jobs_count, {count}")
    effective = cells.day("effective_on", _FAR)
    return Facts(
        company=employer,
        parent=parent,
        jobs_count=count,
        jobs_count_max=most if most is not None or qualifier != "up_to" else count,
        jobs_qualifier=qualifier or "exact",
        jobs_implied=cells.people("jobs_implied"),
        jobs_formula=cells.text("jobs_formula"),
        share_pct=cells.share("share_pct"),
        share_base=cells.text("share_base"),
        headcount_before=cells.people("headcount_before"),
        headcount_after=cells.people("headcount_after"),
        fte_equivalent=cells.people("fte_equivalent"),
        action=cells.word("action"),
        technology=cells.word("technology"),
        function=cells.word("function"),
        country=cells.word("country"),
        employment_form=cells.word("employment_form"),
        effective_on=effective[0] if effective else None,
        attribution_type=cells.word("attribution_type"),
        attribution_strength=cells.word("attribution_strength") or "none",
        attribution_speaker=cells.word("attribution_speaker"),
        reason_given=cells.word("reason_given"),
        quote=cells.text("quote"),
        quote_speaker=cells.text("quote_speaker"),
    )


def _source(cells: Cells) -> tuple[str | None, str | None]:
    """Return address and publisher of the source; a column "source" may hold either."""
    said, name = cells.text("url"), cells.text("publisher")
    either = cells.text("source")
    if said is None and either is not None and web_address(either, ""):
        said = either
    elif name is None:
        name = either
    url = web_address(said, "") if said else None
    if said is not None and url is None:
        cells.refuse("url", "an address that begins with http:// or https://")
    return url, name or (publisher_of(url) if url else None)


def _tier(cells: Cells, terms: Terms, source: str | None) -> int:
    """Return the tier the row states, else that of the host it was read at, else that of the outlet it names."""
    said = cells.text("source_tier")
    if said is not None and said not in {"1", "2", "3", "4"}:
        cells.refuse("source_tier", "1, 2, 3 or 4")
        return 4
    return int(said) if said else terms.publishers.tier(source or "")


def _coarser(stated: DatePrecision, said: str | None) -> DatePrecision:
    """Return the less exact of what the date shows and what the column beside it says."""
    return cast("DatePrecision", max(stated, said or stated, key=_EXACT.index))
