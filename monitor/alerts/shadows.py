"""Which rules are in shadow: decided and shown, not sent."""

from collections.abc import Iterable

from monitor.alerts.deciding import shadow_of
from monitor.settings import RuleSettings
from monitor.store import Database, rules


def shadows(db: Database, asked: Iterable[RuleSettings]) -> list[dict[str, str]]:
    """Return the rules that are in shadow, each with why: `rule`, `why`."""
    found = ((rule.name, shadow_of(rule, rules.new_since(db, rule.name))) for rule in asked)
    return [{"rule": name, "why": why} for name, why in found if why]
