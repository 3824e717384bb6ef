"""What is stored, judged anew: verdicts with their history, events that follow, and never an alert."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from pipes import runtime, settings
from typing import Any

import pytest
from store_builders import NOW, added, at_noon, entry, polled

from monitor import reclassify
from monitor.explain import as_text, explain
from monitor.model import (
    ClassifierId,
    Confidence,
    Evidence,
    Extracted,
    Facts,
    Kind,
    Label,
    Origin,
    PageRead,
    TextState,
    Verdict,
)
from monitor.pipeline import Runtime
from monitor.record import Recorder
from monitor.store import Database, audit, seeds, verdicts
from monitor.store.rows import Row, rows

CUT = {"label": Label.CUT, "company": "Norvik"}
BACK = {"label": Label.REVERSAL, "company": "Norvik"}


class Scripted:
    """A judge that says of each title what it was told to, and none of all others."""

    def __init__(self, version: str, script: Mapping[str, Mapping[str, Any]]) -> None:
        self.id = ClassifierId("scripted", version)
        self.script = script
        self.asked: list[str] = []

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        self.asked.append(title)
        said = dict(self.script.get(title, {}))
        if "raises" in said:
            raise RuntimeError(said["raises"])
        label, kind = said.pop("label", Label.NONE), said.pop("kind", None)
        evidence = (Evidence("title", title[:3], 0, 3, "word"),) if label != Label.NONE else ()
        kind = kind or (Kind.OFF_TOPIC if label == Label.NONE else Kind.EVENT)
        return Verdict(label, kind, Confidence.HIGH, 0.9, "7", evidence, Facts(**said), {}, self.id)

    def first_look(self, title: str, summary: str) -> bool:
        return True

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        return True


def store_story(db: Database, recorder: Recorder, number: int, title: str, days: int = 0) -> None:
    """Write one live story into the store, as the pipeline does."""
    at = NOW + timedelta(days=days)
    page = Extracted(title, f"Text {number}.", TextState.FULL, published_at=at)
    judged = recorder.classifier.classify(page.title, page.text, None)
    polled(db, added(db), entry(number, title=title), now=at)
    [found] = rows(db, "select id, url from entries order by id desc limit 1")
    recorder.page(db, PageRead(found["id"], page, judged, found["url"]), at)


@asynccontextmanager
async def stored(
    path: Path, before: Mapping[str, Mapping[str, Any]], *titles: str, days: int = 0
) -> AsyncIterator[Runtime]:
    """Give a runtime with a story for each title, judged by the first script; a rule and a channel would alert."""
    async with runtime(settings(path / "m.db", hook="http://127.0.0.1:1/hook"), at_noon) as given:
        first = replace(given.recorder, classifier=Scripted("1", before))
        for number, title in enumerate(titles, 1):
            work = partial(store_story, recorder=first, number=number, title=title, days=days * (number - 1))
            await given.store.write(work)
        yield given


async def judge_anew(given: Runtime, after: Mapping[str, Mapping[str, Any]], version: str = "2") -> dict[str, Any]:
    """Return what a whole run by the second script answered."""
    now = replace(given, recorder=replace(given.recorder, classifier=Scripted(version, after)))
    changes: list[Any] = []
    counts: dict[str, int] = {}
    at: int | None = 0
    while at is not None:
        answer = await reclassify.step(now, at)
        changes += answer["changes"]
        counts = {name: counts.get(name, 0) + answer["counts"].get(name, 0) for name in counts | answer["counts"]}
        at = answer["after"]
    return {"changes": changes, "counts": counts}


async def ask(given: Runtime, sql: str) -> list[Row]:
    return await given.store.read(partial(rows, sql=sql))


async def events(given: Runtime) -> list[tuple[Any, ...]]:
    found = await ask(
        given, "select id, company, label, jobs_count, articles, review_state from events_view order by id"
    )
    return [tuple(row.values()) for row in found]


async def alerts(given: Runtime) -> int:
    return len(await ask(given, "select id from alerts"))


async def problems(given: Runtime) -> list[audit.Finding]:
    found = await given.store.read(partial(audit.audit, now=NOW))
    return [finding for finding in found if finding.level == "problem"]


async def test_a_verdict_that_is_gained_makes_an_event_and_no_alert(tmp_path: Path) -> None:
    async with stored(tmp_path, {}, "Story") as given:
        done = await judge_anew(given, {"Story": CUT | {"jobs_count": 40}})
        assert await events(given) == [(1, "Norvik", "cut", 40, 1, "auto")]
        assert (await alerts(given), await ask(given, "select * from deliveries")) == (0, [])
        [change] = done["changes"]
        assert (change["change"], change["article_id"], change["event_id"]) == ("gained", 1, 1)
        assert change["before"] == {
            "label": "none", "kind": "off_topic", "company": None, "classifier": "scripted 1",
        }  # fmt: skip
        assert (change["after"]["label"], change["after"]["classifier"]) == ("cut", "scripted 2")
        assert done["counts"] == {"judged": 1, "gained": 1}


async def test_the_event_of_a_story_that_lost_its_label_counts_no_more_but_keeps_its_number_and_alert(
    tmp_path: Path,
) -> None:
    async with stored(tmp_path, {"Story": CUT}, "Story") as given:
        assert await alerts(given) == 1
        done = await judge_anew(given, {})
        assert [change["change"] for change in done["changes"]] == ["lost"]
        assert await events(given) == [(1, "Norvik", "cut", None, 1, "excluded")]
        assert await ask(given, "select cuts from companies_view") == [{"cuts": 0}]
        assert await ask(given, "select event_id from articles") == [{"event_id": None}]
        assert (await alerts(given), await problems(given)) == (1, [])


async def test_an_event_stands_again_when_its_story_regains_its_label(tmp_path: Path) -> None:
    async with stored(tmp_path, {"Story": CUT}, "Story") as given:
        await judge_anew(given, {})
        await judge_anew(given, {"Story": CUT | {"jobs_count": 7}}, version="3")
        assert await events(given) == [(1, "Norvik", "cut", 7, 1, "auto")]
        assert await alerts(given) == 1


async def test_an_event_goes_on_with_what_its_other_articles_say(tmp_path: Path) -> None:
    told = {"One": CUT | {"jobs_count": 40}, "Two": CUT | {"jobs_count": 50, "country": "GB"}}
    async with stored(tmp_path, told, "One", "Two") as given:
        assert await events(given) == [(1, "Norvik", "cut", 40, 2, "auto")]
        await judge_anew(given, {"Two": told["Two"]})
        assert await events(given) == [(1, "Norvik", "cut", 50, 1, "auto")]
        assert await problems(given) == []


async def test_an_event_made_anew_takes_from_each_article_what_the_ones_before_leave_empty(tmp_path: Path) -> None:
    told = {"One": CUT, "Two": CUT | {"jobs_count": 50}, "Three": CUT | {"jobs_count": 60, "country": "GB"}}
    async with stored(tmp_path, told, "One", "Two", "Three") as given:
        await judge_anew(given, {"Two": told["Two"], "Three": told["Three"]})
        found = await ask(given, "select jobs_count, country, articles from events_view")
        assert found == [{"jobs_count": 50, "country": "GB", "articles": 2}]


async def test_a_story_that_now_tells_of_another_time_leaves_the_event_it_shared(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT, "Two": CUT}, "One", "Two") as given:
        await judge_anew(given, {"One": CUT, "Two": CUT | {"announced_on": date(2025, 10, 1)}})
        found = await ask(given, "select announced_on, articles from events_view order by id")
        assert [tuple(row.values()) for row in found] == [("2026-03-02", 1), ("2025-10-01", 1)]


async def test_a_retired_event_that_another_story_tells_of_is_that_storys(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One", "Two") as given:
        await judge_anew(given, {})
        await judge_anew(given, {"Two": CUT}, version="3")
        assert await events(given) == [(1, "Norvik", "cut", None, 1, "auto")]
        assert await ask(given, "select article_id from event_articles") == [{"article_id": 2}]


async def test_a_changed_label_moves_the_story_to_another_event_and_links_it(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT, "Two": CUT}, "One", "Two", days=10) as given:
        done = await judge_anew(given, {"One": CUT, "Two": BACK})
        assert [change["change"] for change in done["changes"]] == ["changed"]
        assert await events(given) == [
            (1, "Norvik", "cut", None, 1, "auto"), (2, "Norvik", "reversal", None, 1, "auto"),
        ]  # fmt: skip
        linked = await ask(given, "select link_type, days_to_reversal from events_view where id = 2")
        assert linked == [{"link_type": "reverses", "days_to_reversal": 10}]


async def test_links_of_an_employer_follow_when_a_cut_is_lost(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT, "Two": BACK}, "One", "Two", days=20) as given:
        assert await ask(given, "select linked_event_id from events where id = 2") == [{"linked_event_id": 1}]
        await judge_anew(given, {"Two": BACK})
        assert await ask(given, "select linked_event_id from events where id = 2") == [{"linked_event_id": None}]


async def test_another_employer_gets_the_event(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One") as given:
        done = await judge_anew(given, {"One": CUT | {"company": "Norvik Bank"}})
        assert [(change["change"], change["event_id"]) for change in done["changes"]] == [("changed", 2)]
        assert [row[1:3] + row[5:] for row in await events(given)] == [
            ("Norvik", "cut", "excluded"), ("Norvik Bank", "cut", "auto"),
        ]  # fmt: skip


async def test_other_facts_alone_are_no_changed_verdict_and_reach_the_event(tmp_path: Path) -> None:
    later = {"One": CUT | {"jobs_count": 41, "announced_on": date(2025, 12, 1)}}
    async with stored(tmp_path, {"One": CUT | {"jobs_count": 40}}, "One") as given:
        done = await judge_anew(given, later)
        assert (done["changes"], done["counts"]) == ([], {"judged": 1, "facts": 1})
        assert await events(given) == [(1, "Norvik", "cut", 41, 1, "auto")]
        assert await ask(given, "select announced_on from events") == [{"announced_on": "2025-12-01"}]


async def test_a_story_that_joins_an_event_found_by_the_first_alerts_no_second_time(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One", "Two") as given:
        await judge_anew(given, {"One": CUT, "Two": CUT})
        assert await events(given) == [(1, "Norvik", "cut", None, 2, "auto")]
        assert await alerts(given) == 1


async def test_the_earlier_verdict_stays_with_its_classifier(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One") as given:
        await judge_anew(given, {})
        [before] = await given.store.read(partial(verdicts.earlier, article_id=1))
        assert (before["label"], before["company"], before["event_id"]) == ("cut", "Norvik", 1)
        assert (before["classifier"], await ask(given, "select classifier from articles_view")) == (
            "scripted 1", [{"classifier": "scripted 2"}],
        )  # fmt: skip


async def test_a_verdict_that_says_the_same_only_changes_its_classifier(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One") as given:
        done = await judge_anew(given, {"One": CUT})
        assert done["counts"] == {"judged": 1, "same": 1}
        assert await ask(given, "select classifier from articles_view") == [{"classifier": "scripted 2"}]
        assert await ask(given, "select * from earlier_verdicts") == []


@pytest.mark.parametrize(
    "word",
    [
        "update articles set review_state = 'checked'",
        "update articles set review_state = 'disputed'",
        "update events set review_state = 'checked'",
        "update events set review_state = 'excluded'",
    ],
)
async def test_what_a_person_reviewed_is_left_as_it_is(tmp_path: Path, word: str) -> None:
    async with stored(tmp_path, {"One": CUT}, "One") as given:
        await given.store.write(lambda db: db.execute(word))
        before = await events(given)
        done = await judge_anew(given, {})
        assert done["counts"] == {"reviewed": 1}
        assert await events(given) == before
        assert await ask(given, "select label from articles") == [{"label": "cut"}]


async def test_what_needs_a_review_is_judged_anew(tmp_path: Path) -> None:
    async with stored(tmp_path, {}, "One") as given:
        await given.store.write(lambda db: db.execute("update articles set review_state = 'needs_review'"))
        assert (await judge_anew(given, {"One": CUT}))["counts"] == {"judged": 1, "gained": 1}


async def test_a_story_that_joins_a_reviewed_event_changes_nothing_a_person_saw(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT | {"jobs_count": 40}}, "One", "Two") as given:
        await given.store.write(lambda db: db.execute("update events set review_state = 'checked', jobs_count = 44"))
        await judge_anew(given, {"Two": CUT | {"jobs_count": 50}})
        assert await events(given) == [(1, "Norvik", "cut", 44, 2, "checked")]


async def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    async with stored(tmp_path, {}, "One", "Two") as given:
        await judge_anew(given, {"One": CUT})
        assert await judge_anew(given, {"One": CUT}) == {"changes": [], "counts": {}}


async def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "AT_ONCE", 2)
    titles = ("One", "Two", "Three", "Four", "Five")
    async with stored(tmp_path, {}, *titles) as given:
        judge = Scripted("2", {})
        first = await reclassify.step(replace(given, recorder=replace(given.recorder, classifier=judge)), 0)
        assert (first["counts"], first["after"], first["last"]) == ({"judged": 2, "same": 2}, 2, 5)
        again = await judge_anew(given, {}, version="2")
        assert again["counts"]["judged"] == 3


async def test_long_texts_are_taken_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "CHARACTERS_AT_ONCE", 10)
    async with stored(tmp_path, {}, "One", "Two", "Three") as given:
        taken = await given.store.read(
            partial(verdicts.stale, by=ClassifierId("x", "1"), after=0, asked_of=(None, None))
        )
        assert [row["title"] for row in taken] == ["One"]


async def test_a_story_the_judge_cannot_read_keeps_its_verdict_and_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One", "Two") as given:
        done = await judge_anew(given, {"One": {"raises": "oh"}, "Two": CUT})
        assert done["counts"] == {"judged": 1, "gained": 1, "failed": 1}
        assert await ask(given, "select label from articles order by id") == [{"label": "cut"}, {"label": "cut"}]


async def test_a_story_whose_words_changed_meanwhile_is_left_for_the_next_run(tmp_path: Path) -> None:
    async with stored(tmp_path, {}, "One") as given:
        bench = reclassify.Bench(Scripted("2", {"One": CUT}), given.settings)
        read = await given.store.read(partial(verdicts.stale, by=bench.classifier.id, after=0, asked_of=(None, None)))
        found, _ = reclassify.judged(bench, read)
        await given.store.write(lambda db: db.execute("update articles set content_hash = 'other'"))
        assert await given.store.write(partial(reclassify.apply, bench=bench, found=found, now=NOW)) == {}
        assert await ask(given, "select label from articles") == [{"label": "none"}]


async def test_a_rehearsal_says_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    async with stored(tmp_path, {"One": CUT}, "One", "Two") as given:
        before = await given.store.read(lambda db: list(db.conn.iterdump()))
        [answer, end] = reclassify.rehearse(given.store, reclassify.Bench(Scripted("2", {"Two": BACK}), given.settings))
        assert [(change["change"], change["event_id"]) for change in answer["changes"]] == [
            ("lost", None), ("gained", None),
        ]  # fmt: skip
        assert (end["counts"], end["after"]) == ({}, None)
        assert await given.store.read(lambda db: list(db.conn.iterdump())) == before


async def test_seeds_are_judged_anew_like_all_others(tmp_path: Path) -> None:
    async with stored(tmp_path, {}) as given:
        await given.store.write(partial(replace(given.recorder, classifier=Scripted("1", {})).load_seeds, now=NOW))
        title = seeds.read_seeds()[0].title
        done = await judge_anew(given, {title: {"label": Label.CUT, "company": "Klarna", "quote": "our words"}})
        assert done["counts"] == {"judged": 4, "gained": 1, "same": 3}
        told = await ask(given, "select company, announced_on, date_precision, origin, quote from events_view")
        assert [tuple(row.values()) for row in told] == [("Klarna", "2024-08-01", "month", Origin.SEED, None)]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({"One": CUT}, {}, "event 1 does not count: since 2026-03-02T09:00:00.000Z no article tells of it any more"),
        ({}, {"One": CUT}, "no alert: it was judged otherwise when it came, and `reclassify` never alerts"),
    ],
)
async def test_explain_tells_of_the_earlier_verdict_and_what_became_of_the_event(
    tmp_path: Path, before: Any, after: Any, why: str
) -> None:
    async with stored(tmp_path, before, "One") as given:
        await judge_anew(given, after)
        found = await given.store.read(partial(explain, asked="article 1", now=NOW))
        assert why in found.why
        assert any("by scripted 1, until 2026-03-02" in line for line in as_text(found))
