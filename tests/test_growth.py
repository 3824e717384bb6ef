"""What an article costs, and what is asked often, is the same in a store ten times as large.

Counted are the steps of SQLite's machine, which are the same in every run: `benchmarks/growth.py` measures the time, up
to a million articles. Each control takes an index away, and sees the steps grow.
"""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from benchmarks.grown import made
from benchmarks.grown_rows import UNTIL
from benchmarks.grown_work import Inserts, questions
from benchmarks.growth import browsing, shown
from monitor.site import counting
from monitor.site.counting import ROWS_OF
from monitor.store import Database, Store, histories, lookup, published, retention
from monitor.store.connection import connect_read_only
from monitor.store.rows import rows, scalar

SMALL, LARGE = 400, 4000
EVERY = 20  # steps of the machine between two counts

Stores = dict[int, Path]

# Each in proportion to what it tells of: asked seldom, or by a person who wants all of it.
WHOLE = frozenset(
    {
        "figures to watch over",  # everything is counted, as seldom as it costs
        "trends, each day or changed hour",
        "preview of rules, 28 days",
        "company, large",
        "company",  # every name is looked through
        "search, a frequent word",  # all hits are put in order
        "search, with filters",
        "alerts list",  # as many as there are, up to its limit
        "retention, what a dry run says",
    }
)
NEWEST = {
    "articles_view": "id", "stories_view": "story_id", "entries_view": "id", "events_view": "announced_on",
}  # fmt: skip


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    """Give a store of a few hundred articles and one of ten times as many."""
    folder = tmp_path_factory.mktemp("grown")
    return {articles: made(folder / f"{articles}.db", articles) for articles in (SMALL, LARGE)}


@pytest.fixture
def copies(stores: Stores, tmp_path: Path) -> Stores:
    """Give copies of both, to be written to."""
    return {articles: Path(shutil.copy(path, tmp_path)) for articles, path in stores.items()}


class Steps:
    """Counts the steps that SQLite takes on a connection from here on, in twenties."""

    def __init__(self, db: Database) -> None:
        self.taken = 0
        db.conn.set_progress_handler(self._count, EVERY)

    def _count(self) -> int:
        self.taken += 1
        return 0


def growth(small: float, large: float) -> float:
    """Return how many times as many steps the large store takes; some hundreds more or less are nothing."""
    return (large + 1000 / EVERY) / (small + 1000 / EVERY)


def grown(stores: Stores, work: Callable[[Database], Callable[[Database], object]]) -> float:
    """Return the growth of what a piece of work asks; `work` makes it for a store."""
    taken = []
    for path in stores.values():
        with closing(connect_read_only(path)) as db:
            asked = work(db)
            steps = Steps(db)
            asked(db)
            taken.append(steps.taken)
    return growth(*taken)


def question(name: str) -> Callable[[Database], Callable[[Database], object]]:
    """Return what makes a question of the benchmark for a store."""
    return lambda db: dict(questions(db))[name]


def test_what_is_asked_often_takes_no_more_steps_in_a_large_store(stores: Stores) -> None:
    with closing(connect_read_only(stores[SMALL])) as db:
        names = {name for name, _ in questions(db)}
    assert names >= WHOLE
    often = sorted(name for name in names - WHOLE if "a stretch" not in name)
    assert len(often) > 8
    assert {name: found for name in often if (found := grown(stores, question(name))) > 1.5} == {}


@pytest.mark.parametrize("key", retention.BY_KEY)
def test_retention_takes_as_many_steps_for_a_row_of_a_large_store(stores: Stores, key: str) -> None:
    [name] = {f"retention, a stretch of {kind.table} ({kind.key})" for kind in retention.KINDS if kind.key == key}
    assert grown(stores, question(name)) < 1.4 * LARGE / SMALL


def read(view: str, order: str, where: str = "") -> Callable[[Database], object]:
    """Return the question for the first rows of a view."""
    sql = f"select * from {view} {where} order by {order} desc limit 5"  # noqa: S608  # ours
    return lambda db: db.execute(sql).fetchall()


@pytest.mark.parametrize("view", ["articles_view", "stories_view", "entries_view", "events_view"])
def test_the_first_page_of_a_view_takes_no_more_steps(stores: Stores, view: str) -> None:
    assert grown(stores, lambda _: read(view, NEWEST[view])) < 1.5


def test_an_address_that_is_known_to_nobody_takes_no_more_steps(stores: Stores) -> None:
    assert grown(stores, unknown) < 1.5


def test_so_do_the_newest_events_of_the_feed(stores: Stores) -> None:
    assert grown(stores, lambda _: lambda db: published.newest_events(db, 5)) < 1.5


def inserts(copies: Stores, spoilt: str = "") -> float:
    """Return the growth of what articles take that are written as the daemon writes them."""
    taken = []
    for articles, path in copies.items():
        with Store.open(path, clock=lambda: UNTIL) as store:
            store.submit(lambda db: db.execute(spoilt) if spoilt else None).result()
            ways = Inserts(store, articles)
            ways.work(2)
            steps = store.submit(Steps).result()
            ways.work(5)
            taken.append(steps.taken)
    return growth(*taken)


def test_an_article_takes_no_more_steps_to_be_written(copies: Stores) -> None:
    assert inserts(copies) < 1.2


@pytest.mark.parametrize("index", ["entries_canonical", "articles_story"])
def test_control_without_an_index_it_does(copies: Stores, index: str) -> None:
    assert inserts(copies, f"drop index {index}") > 1.5


def unknown(_: Database) -> Callable[[Database], object]:
    """Return the question for an address that is known to nobody, nor was ever."""
    return lambda db: lookup.by_address(db, "https://nowhere.example/story?utm_source=mail")


CONTROLS = {
    "events_quote": question("retention, a stretch of articles (text_days)"),
    "events_updated": lambda _: lambda db: published.newest_events(db, 5),
    "events_newest": lambda _: read("events_view", "announced_on"),
    **dict.fromkeys(("articles_url", "articles_found_at", "entries_url", "entries_fetched"), unknown),
}


@pytest.mark.parametrize("index", CONTROLS)
def test_control_without_an_index_a_question_takes_more(copies: Stores, index: str) -> None:
    before = grown(copies, CONTROLS[index])
    for path in copies.values():
        with Store.open(path, clock=lambda: UNTIL) as store:
            store.submit(lambda db: db.execute(f"drop index {index}")).result()
    assert grown(copies, CONTROLS[index]) > 1.5 * before


def test_an_employer_is_looked_back_at_as_the_view_has_it(stores: Stores) -> None:
    with closing(connect_read_only(stores[LARGE])) as db:
        whole = {(row["event_id"], row["months"]): row for row in rows(db, "select * from followups_view")}
        found = histories.follow_ups(db, UNTIL.date())
        told = {(one.event_id, one.months): one for one in found}
        assert {key: (row["found"], row["events_found"], row["articles_found"], row["first_label"])
                for key, row in whole.items()} == {
            key: (one.found, one.events_found, one.articles_found, one.first_label) for key, one in told.items()
        }  # fmt: skip
        due = {(row["event_id"], row["months"]): row["found"] for row in published.follow_ups(db, UNTIL.date())}
    assert len(whole) > 100
    assert due
    assert {key: whole[key]["found"] for key in due} == due


def test_every_page_answers(stores: Stores) -> None:
    async def asked() -> dict[str, list[str]]:
        async with AsyncExitStack() as stack:
            clients = {size: await stack.enter_async_context(browsing(path)) for size, path in stores.items()}
            return await shown(clients, 1, defaultdict(lambda: defaultdict(list)))

    wrong = [page for pages in asyncio.run(asked()).values() for page in pages if "timed out" not in page]
    assert wrong == []


@pytest.mark.parametrize("view", ROWS_OF)
def test_a_view_that_is_counted_by_its_table_has_as_many_rows(stores: Stores, view: str) -> None:
    with closing(connect_read_only(stores[LARGE])) as db:
        counts = [scalar(db, f"select count(*) from {name}") for name in (view, ROWS_OF[view])]  # noqa: S608  # ours
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("words", ["assistant", "norviknordhal rehires", "nowhere"])
@pytest.mark.parametrize("where", ["articles_view where id", "articles where rowid"])
def test_a_search_is_counted_by_the_index_as_by_its_rows(where: str, words: str, stores: Stores) -> None:
    found = "(select rowid from articles_fts where articles_fts match :search)"
    asked = f"select count(*) from {where} in {found} "  # noqa: S608  # ours
    assert counting.counting(asked) != asked
    with closing(connect_read_only(stores[LARGE])) as db:
        counts = {scalar(db, sql, {"search": words}) for sql in (asked, counting.counting(asked))}
    assert len(counts) == 1


@pytest.mark.parametrize("table", ["articles_view", "articles"])
def test_a_search_is_asked_to_be_counted_in_words_that_are_known(
    table: str, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    put = counting.counting

    def noted(sql: str) -> str:
        told.append((sql, put(sql)))
        return put(sql)

    monkeypatch.setattr(counting, "counting", noted)

    async def asked() -> int:
        async with browsing(stores[SMALL]) as client:
            answer = await client.get(f"/monitor/{table}.json?_search=assistant")
            return int(answer.json()["filtered_table_rows_count"])

    assert asyncio.run(asked()) > 0
    assert [sql != other for sql, other in told if sql.startswith("select count(*)") and "match" in sql] == [True]
