"""Copies and reports judged anew: they go with the account of their event, and come back with it."""

from functools import partial
from pathlib import Path

import pytest
from test_reclassify import CUT, ask, events, judge_anew, problems, stored

from monitor.model import Kind, Label
from monitor.pipeline import Runtime
from monitor.store import Database

NUMBER = {"jobs_count": 320, "jobs_qualifier": "exact"}
ACCOUNT = CUT | NUMBER
REPORT = {"label": Label.NONE, "kind": Kind.EVENT, "company": "Norvik"} | NUMBER


def one_story(db: Database) -> None:
    db.execute("update articles set story_id = (select min(id) from articles where is_seed = 0) where is_seed = 0")


async def told(given: Runtime) -> list[int | None]:
    """Return the event of each story."""
    return [row["event_id"] for row in await ask(given, "select event_id from articles where is_seed = 0 order by id")]


@pytest.mark.parametrize("copies", [True, False], ids=["copies", "reports"])
async def test_what_went_with_an_event_comes_back_with_it(tmp_path: Path, *, copies: bool) -> None:
    async with stored(tmp_path, {"One": ACCOUNT, "Two": ACCOUNT}, "One", "Two") as given:
        if copies:
            await given.store.write(partial(one_story))
        await judge_anew(given, {"One": REPORT, "Two": REPORT})
        gone = await told(given), [event[-1] for event in await events(given)]
        await judge_anew(given, {"One": REPORT, "Two": ACCOUNT}, "3")
        assert gone == ([None, None], ["excluded"])
        assert (await told(given), await events(given)) == ([1, 1], [(1, "Norvik", "cut", 320, 2, "auto")])
        assert await problems(given) == []


async def test_copies_that_all_lose_their_label_tell_of_no_event(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT, "Two": CUT}, "One", "Two") as given:
        await given.store.write(partial(one_story))
        await judge_anew(given, {})
        assert await told(given) == [None, None]
