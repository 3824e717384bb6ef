"""What a person does not want to hear of, until when and why. Called inside units."""

from datetime import datetime

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.store import companies
from monitor.store.rows import Row, insert, one, rows

_HOLDS = "m.ended_at is null and m.until > :now"
_LISTED = f"""
    select m.id, coalesce('rule ' || m.rule, c.name) as muted, m.rule, c.name as company, m.until, m.why, m.by,
      m.added_at
    from mutes m left join companies c on c.id = m.company_id where {_HOLDS}
"""


def mute(  # noqa: PLR0913  # the columns of one row
    db: Database, *, rule: str | None, company: str | None, until: datetime, why: str, by: str, now: datetime
) -> int:
    """Return the number of a new mute of a rule or an employer; an earlier one of the same ends."""
    company_id = companies.find(db, company) if company else None
    unmute(db, rule=rule, company=company, now=now)
    row = {"rule": rule, "company_id": company_id, "until": to_text(until), "why": why, "by": by}
    return insert(db, "mutes", {**row, "added_at": to_text(now)})


def unmute(db: Database, *, rule: str | None, company: str | None, now: datetime) -> int:
    """Return how many mutes of a rule or an employer were ended before their time."""
    values = {"rule": rule, "company": companies.find(db, company) if company else None, "now": to_text(now)}
    sql = f"update mutes as m set ended_at = :now where {_HOLDS} and (m.rule = :rule or m.company_id = :company)"
    return int(db.execute(sql, values).rowcount)


def listing(db: Database, now: datetime) -> list[Row]:
    """Return the mutes that hold now, the one that ends first first."""
    return rows(db, f"{_LISTED} order by m.until, m.id", {"now": to_text(now)})


def why(db: Database, rule: str, company_id: int | None, now: datetime) -> str | None:
    """Return why alerts of a rule, or on an employer, are muted now, in words; None if they are not."""
    sql = f"{_LISTED} and (m.rule = :rule or m.company_id = :company) order by m.until desc limit 1"
    row = one(db, sql, {"now": to_text(now), "rule": rule, "company": company_id})
    if row is None:
        return None
    return f"{row['muted']} is muted until {row['until'][:16].replace('T', ' ')} UTC by {row['by']}: {row['why']}"


def hold_back(db: Database, delivery: int, alert_id: str, why: str) -> None:
    """Note that a delivery is not made; an alert that is then told to nobody is one that was withheld."""
    db.execute("update deliveries set state = 'muted', due_at = null where id = ?", [delivery])
    sql = """
        update alerts set why = :why, withheld = case
            when exists (select 1 from deliveries d where d.alert_id = :alert and d.state = 'pending') then withheld
            else 'muted' end
        where id = :alert
    """
    db.execute(sql, {"alert": alert_id, "why": why})
