"""Events of employers: what is known of them, the accounts they are made of, their links, and a person's word.

Called inside units. An event is what all accounts of it say (`monitor.events.fold`), with a person's corrections on
top; every change of a column is a row of `corrections`.
"""

from monitor.store.events.finding import add_reports, also_told, found, found_again, of_an_employer
from monitor.store.events.joining import (
    add_article,
    add_copies,
    insert_event,
    join,
    leave,
    others_tell,
    rebuild,
)
from monitor.store.events.knowing import as_known, candidates, history, known, retired, standing, told_by
from monitor.store.events.linking import refresh_statuses, relink, set_link
from monitor.store.events.person import correct, exclude, hand_back, merge, split
from monitor.store.events.telling import accounts, article_draft

__all__ = [
    "accounts",
    "add_article",
    "add_copies",
    "add_reports",
    "also_told",
    "article_draft",
    "as_known",
    "candidates",
    "correct",
    "exclude",
    "found",
    "found_again",
    "hand_back",
    "history",
    "insert_event",
    "join",
    "known",
    "leave",
    "merge",
    "of_an_employer",
    "others_tell",
    "rebuild",
    "refresh_statuses",
    "relink",
    "retired",
    "set_link",
    "split",
    "standing",
    "told_by",
]
