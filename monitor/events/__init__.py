"""From accounts of classified articles to the events of employers, what they are, and what they undo.

All pure, and below the store, which folds with it. `draft` makes an account of a verdict, `match` finds the event it
tells of, `fold` and `status` say what an event is by all its accounts, `history_links` what it undoes.
"""

from monitor.events.drafting import draft, first_moment
from monitor.events.employers import employer_key, is_shortened, same_employer, shortenings
from monitor.events.folding import Account, Told, as_column, fold, reason
from monitor.events.lifecycle import Answer, status
from monitor.events.links import LOOKED_AT, Link, history_links
from monitor.events.matching import SAME_STORY, UPDATED, WINDOW, likeness, match

__all__ = [
    "LOOKED_AT",
    "SAME_STORY",
    "UPDATED",
    "WINDOW",
    "Account",
    "Answer",
    "Link",
    "Told",
    "as_column",
    "draft",
    "employer_key",
    "first_moment",
    "fold",
    "history_links",
    "is_shortened",
    "likeness",
    "match",
    "reason",
    "same_employer",
    "shortenings",
    "status",
]
