"""`search`: a person's words find articles, and no words can break the query that is made of them."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from store_builders import NOW, article, opened, verdict, write

from monitor.cli import layoff_monitor
from monitor.cli.search import highlighted, shown
from monitor.errors import UsageError
from monitor.model import Kind, Label
from monitor.store import Database, Store, articles
from monitor.store.search import LONGEST, MOST_TERMS, Filters, match_expression, search

STORIES = {  # title and text -> how it is judged, days before NOW it was published; stored in this order
    "Norvik Bank drops 320 advisers|The chatbot answers. A voice assistant follows.": (Label.CUT, Kind.EVENT, 9),
    "Lumo Pay brings people back|Its voice answers no more; an assistant of flesh does.": (
        Label.REVERSAL,
        Kind.EVENT,
        3,
    ),
    "Café Ülm asks|AI-driven chatbots? Nobody was dismissed.": (Label.NONE, Kind.SURVEY, 1),
    "Norvik Bank again|chatbot chatbot chatbot, said the bank.": (Label.CUT, Kind.UPDATE, 5),
}


def filled(db: Database) -> None:
    for number, (words, (label, kind, days)) in enumerate(STORIES.items(), 1):
        title, text = words.split("|")
        judged = verdict(label, kind, company=" ".join(title.split()[:2]))
        published_at = NOW - timedelta(days=days)
        articles.upsert(db, article(number, title=title, text=text, verdict=judged, published_at=published_at), NOW)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the path of a closed store with the stories."""
    path = tmp_path_factory.mktemp("search") / "monitor.db"
    with opened(path) as store:
        write(store, filled)
    return path


@pytest.fixture(scope="module")
def store(path: Path) -> Iterator[Store]:
    with opened(path, read_only=True) as reader:
        yield reader


def hits(store: Store, query: str, filters: Filters | None = None, **how: Any) -> list[dict[str, Any]]:
    return store.read_now(lambda db: search(db, query, filters or Filters(), **how))


def found(store: Store, query: str, filters: Filters | None = None, **how: Any) -> list[int]:
    return [hit["id"] for hit in hits(store, query, filters, **how)]


# --- what words mean ---------------------------------------------------------------------------------------

QUERIES = {
    "a word of the text": ("chatbot", [4, 1]),
    "a word of the title": ("advisers", [1]),
    "in any case": ("CHATBOT", [4, 1]),
    "with or without accents": ("cafe ulm", [3]),
    "all words": ("chatbot advisers", [1]),
    "words in any order": ("assistant voice", [2, 1]),
    "an exact phrase": ('"voice assistant"', [1]),
    "a phrase that is not closed": ('"voice assistant', [1]),
    "the beginning of a word": ("chat*", [4, 3, 1]),
    "the beginning of a phrase's last word": ('"voice assis"*', [1]),
    "but not with this word": ("norvik -again", [1]),
    "but not with this phrase": ('voice -"voice assistant"', [2]),
    "but with neither": ("chat* -again -advisers", [3]),
    "but not what begins so": ("norvik -advis*", [4]),
    "a word with a hyphen": ("AI-driven", [3]),
    "a number": ("320", [1]),
    "a word among signs": ("(chatbot)!? -- * -", [4, 1]),
    "words that are operators elsewhere": ("chatbot AND OR NOT NEAR", []),
    "a column name": ("title:chatbot", []),
    "unknown words": ("zebra", []),
    "a word of a letter beyond the first plane": ("\U00010428", []),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES)
def test_a_query_finds(query: str, expected: list[int], store: Store) -> None:
    assert found(store, query) == expected


NOTHING = ["", "  ", '"', '""', '" "', "-", "*", "-*", "?!", "\x00", "\x02\x03", "()", "\u0301"]


@pytest.mark.parametrize("query", NOTHING)
def test_a_query_without_a_word_is_told_what_would_do(query: str, store: Store) -> None:
    with pytest.raises(UsageError, match="a search needs a word to look for; for example: "):
        hits(store, query)


def test_what_must_not_be_there_is_not_enough(store: Store) -> None:
    with pytest.raises(UsageError, match="a word to look for besides what must not be there"):
        hits(store, "-chatbot")


@pytest.mark.parametrize("query", ["a" * (LONGEST + 1), "a " * (MOST_TERMS + 1), "a -b" * MOST_TERMS])
def test_a_query_has_a_longest_form(query: str) -> None:
    with pytest.raises(UsageError, match="are the most"):
        match_expression(query)


def test_the_longest_query_is_answered(store: Store) -> None:
    assert found(store, "chat* " * (MOST_TERMS - 1) + "-" + "z" * 1000) == [4, 3, 1]


@given(st.text(st.one_of(st.characters(), st.sampled_from('"*-+^:(){}\x00\ud800 \tANDORNEAR')), max_size=60))
@settings(max_examples=5000, deadline=None, database=None)
def test_no_words_break_the_query(store: Store, words: str) -> None:
    """S13: of 5,000 random strings 3,005 broke a raw MATCH."""
    try:
        assert isinstance(hits(store, words), list)
    except UsageError as error:
        assert "a search needs a word" in str(error)  # noqa: PT017  # any other error is the failure


@pytest.mark.parametrize("words", [*NOTHING, "a AND", "(a", 'a"', "a:b", "^", "a-b"])
def test_the_control_that_hands_the_words_over_as_they_are_breaks_on_most_of_these(store: Store, words: str) -> None:
    def raw(db: Database) -> object:
        return db.execute("select rowid from articles_fts where articles_fts match ?", [words]).fetchall()

    if words not in {"\u0301", '""', '" "', "\x02\x03"}:
        with pytest.raises(sqlite3.OperationalError):
            store.read_now(raw)


# --- what else is asked for --------------------------------------------------------------------------------

FILTERS = {
    "a label": (Filters(label=Label.CUT), [4, 1]),
    "a kind": (Filters(kind=Kind.SURVEY), [3]),
    "a label and a kind": (Filters(label=Label.CUT, kind=Kind.EVENT), [1]),
    "a part of an employer's name": (Filters(company="NORVIK"), [4, 1]),
    "an employer that is not there": (Filters(company="Klarna"), []),
    "an employer with signs": (Filters(company="%_'\x00"), []),
    "a day": (Filters(since="2026-02-25"), [4, 3]),
    "a day to come": (Filters(since="2027-01-01"), []),
}


@pytest.mark.parametrize(("filters", "expected"), FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("order", ["date", "rank"])
def test_hits_are_only_those_asked_for(filters: Filters, expected: list[int], order: Any, store: Store) -> None:
    assert sorted(found(store, "chat*", filters, order=order), reverse=True) == expected


def test_hits_come_as_they_were_stored_the_last_first_or_the_best_first(store: Store) -> None:
    assert found(store, "voice") == [2, 1]
    assert found(store, "chatbot -zebra", order="rank") == [4, 1]
    assert found(store, "voice", order="rank") != found(store, "voice")


def test_a_limit_takes_the_first(store: Store) -> None:
    assert found(store, "chat*", limit=2) == [4, 3]
    assert found(store, "chat*", limit=1, order="rank") == found(store, "chat*", order="rank")[:1]


# --- what is shown -----------------------------------------------------------------------------------------


def test_a_hit_has_the_words_around_its_matches(store: Store) -> None:
    [hit] = hits(store, "voice advisers")
    assert (hit["title"], hit["snippet"]) == tuple(next(iter(STORIES)).split("|"))
    assert [hit["snippet"][start:end] for start, end in hit["marks"]] == ["voice"]
    assert [hit["title"][start:end] for start, end in hit["title_marks"]] == ["advisers"]
    assert (hit["url"], hit["publisher"], hit["company"]) == (
        "https://news.example/story/1",
        "news.example",
        "Norvik Bank",
    )


def test_matches_are_marked_on_a_terminal_and_nothing_else_gets_through() -> None:
    assert highlighted("a \x1b[2J match \u202e here", [[7, 12]]) == "a \\u001b[2J \x1b[1mmatch\x1b[0m \\u202e here"


def call(path: Path, *args: str, color: bool = False) -> Any:
    return CliRunner().invoke(layoff_monitor, ["--db", str(path), *args], color=color)


def test_a_hit_without_a_date_does_not_pass_for_published_on_the_day_it_was_seen(path: Path) -> None:
    [hit] = json.loads(call(path, "search", "flesh", "--json").stdout)
    assert shown(hit).startswith("2026-02-")
    assert shown(hit | {"published_at": None}).startswith(f"undated, seen {hit['first_seen_at'][:10]}  ")


def test_the_command_prints_hits_as_lines(path: Path) -> None:
    result = call(path, "search", "voice", "advisers")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "2026-02-21  news.example  cut / event  Norvik Bank",
        "  Norvik Bank drops 320 advisers",
        "  The chatbot answers. A voice assistant follows.",
        "  article 1: https://news.example/story/1",
    ]
    assert "A \x1b[1mvoice\x1b[0m assistant" in call(path, "search", "voice", "advisers", color=True).stdout


def test_the_command_prints_one_json_document(path: Path) -> None:
    hit, *more = json.loads(call(path, "search", "chatbot", "--json", "--company", "norvik").stdout)
    assert (hit["id"], len(more)) == (4, 1)
    assert json.loads(call(path, "search", "zebra", "--json").stdout) == []


def test_the_command_takes_labels_kinds_and_dates_as_the_store_has_them(path: Path) -> None:
    asked = ("--label", "cut", "--kind", "event", "--since", "2026-02-01", "--sort", "rank", "--json")
    assert [hit["id"] for hit in json.loads(call(path, "search", "chat*", *asked).stdout)] == [1]


def test_nothing_found_is_no_failure(path: Path) -> None:
    result = call(path, "search", "zebra")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "nothing found\n")


def test_a_word_after_a_minus_is_no_option(path: Path) -> None:
    assert json.loads(call(path, "search", "voice", "-advisers", "--json").stdout)[0]["id"] == 2
    assert json.loads(call(path, "search", "voice", "-hybrid", "--limit", "1", "--json").stdout)[0]["id"] == 2


WRONG = {
    "a misspelt option": ("chatbot", "--limt", "3"),
    "an unknown label": ("chatbot", "--label", "cuts"),
    "no date": ("chatbot", "--since", "yesterday"),
    "no word": ("?!",),
    "a limit of nothing": ("chatbot", "--limit", "0"),
}


@pytest.mark.parametrize("args", WRONG.values(), ids=WRONG)
def test_a_wrong_question_is_told(args: tuple[str, ...], path: Path) -> None:
    assert call(path, "search", *args).exit_code == 2


def test_a_store_is_searched_beside_its_owner(tmp_path: Path) -> None:
    with opened(tmp_path / "x.db") as owner:
        write(owner, filled)
        assert found(owner, "chatbot") == [4, 1]
        assert call(tmp_path / "x.db", "search", "chatbot", "--json").exit_code == 0


def test_a_search_goes_by_the_index(store: Store) -> None:
    """At many rows: the words lead to the articles, never a pass over all texts."""
    steps = []

    def planned(db: Database) -> None:
        db.conn.set_trace_callback(steps.append)
        search(db, "chatbot", Filters(label=Label.CUT, since="2026-01-01"))
        db.conn.set_trace_callback(None)
        [sql] = [step for step in steps if "with hits" in step]
        steps[:] = [row[3] for row in db.execute(f"explain query plan {sql}")]

    store.read_now(planned)
    assert [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step] == ["SCAN f"]
