"""What a second opinion becomes in the store: needs a review, makes no event, and is heard again by `reclassify`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from pipes import WordJudge, article, rss, runtime, settings
from typing import Any

import pytest
from click.testing import CliRunner
from faults.hostile import HostileServer
from faults.model import Model, says

from monitor import reclassify
from monitor.cli import layoff_monitor
from monitor.explain import as_text, explain
from monitor.model import ClassifierId, Verdict
from monitor.opinion import Opinions
from monitor.pipeline import Runtime, poll_pass, process_pass
from monitor.settings import SecondOpinionSettings
from monitor.store import feeds
from monitor.store.rows import Row, rows

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
TITLE = "Norvik shrinks its desk"
ADDS = says("cut", TITLE)


class LaterJudge(WordJudge):
    """The same judge of a later version, which sees a label in titles that hold `word`."""

    id = ClassifierId("word", "2")

    def __init__(self, word: str | None = None) -> None:
        self.word = word

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        seen = title.replace(self.word, "drops") if self.word else title
        return replace(super().classify(seen, text, published_on), classifier=self.id)


@asynccontextmanager
async def asked(folder: Path, model: Model, **changes: Any) -> AsyncIterator[Runtime]:
    """Give a runtime that has taken up one story the rules find nothing in, with a model to ask."""
    chosen = SecondOpinionSettings(**{"base_url": model.base_url, "model": "m", "below": 1.0} | changes)
    wished = replace(settings(folder / "m.db", hook="http://127.0.0.1:1/hook"), second_opinion=chosen)
    async with HostileServer() as site, runtime(wished) as bare:
        tools = bare.tools
        opinions = Opinions(chosen, tools.classifier, gate=tools.gate, store=bare.store, clock=tools.clock)
        given = replace(bare, opinions=opinions)
        site.serve("/1", article(TITLE), HTML)
        site.serve("/feed", rss((TITLE, site.url("/1"))), RSS)
        add = partial(feeds.add, url=site.url("/feed"), title=None, origin="added", start_interval_s=1800)
        await given.store.write(partial(add, now=tools.clock()))
        await poll_pass(given, include_all=True)
        tally = await process_pass(given)
        assert [name for name in tally if name.startswith("opinion_")] != []
        yield given


async def ask(given: Runtime, sql: str) -> list[Row]:
    return await given.store.read(partial(rows, sql=sql))


async def kept(given: Runtime) -> tuple[Any, ...]:
    [row] = await ask(given, "select label, confidence, review_state, event_id from articles_view")
    return tuple(row.values())


async def judge_anew(given: Runtime, judge: WordJudge, **changes: Any) -> dict[str, Any]:
    chosen = replace(given.settings, second_opinion=replace(given.settings.second_opinion, **changes))
    recorder = replace(given.recorder, classifier=judge, settings=chosen)
    return await reclassify.step(replace(given, settings=chosen, recorder=recorder), 0)


async def test_an_added_label_needs_a_review_and_makes_no_event_and_no_alert(tmp_path: Path) -> None:
    async with Model(ADDS) as model, asked(tmp_path, model) as given:
        assert await kept(given) == ("cut", "low", "needs_review", None)
        assert (await ask(given, "select id from events"), await ask(given, "select id from alerts")) == ([], [])


async def test_if_the_settings_say_so_it_makes_an_event_and_alerts(tmp_path: Path) -> None:
    async with Model(ADDS) as model, asked(tmp_path, model, may_alert=True) as given:
        assert await kept(given) == ("cut", "low", "needs_review", 1)
        assert len(await ask(given, "select id from alerts")) == 1


async def test_a_failure_leaves_the_story_as_the_rules_have_it(tmp_path: Path) -> None:
    async with Model(b"nonsense") as model, asked(tmp_path, model) as given:
        assert await kept(given) == ("none", "high", "auto", None)


async def test_explain_tells_of_it(tmp_path: Path) -> None:
    async with Model(ADDS) as model, asked(tmp_path, model) as given:
        found = await given.store.read(partial(explain, asked="article 1", now=given.tools.clock()))
        lines = "\n".join(as_text(found))
        assert "rule second opinion" in lines
        assert "  review    needs_review" in lines
        assert "  opinion   added by m at 2" in lines
        assert found.why[0].startswith("no event: its label was added by a second opinion")


async def test_explain_tells_why_there_was_none(tmp_path: Path) -> None:
    async with Model(b"nonsense") as model, asked(tmp_path, model) as given:
        found = await given.store.read(partial(explain, asked="article 1", now=given.tools.clock()))
        assert "  opinion   failed (bad_answer: it is no chat completion) by m at 2" in "\n".join(as_text(found))


async def test_reclassify_hears_it_again_without_asking(tmp_path: Path) -> None:
    async with Model(ADDS) as model, asked(tmp_path, model) as given:
        done = await judge_anew(given, LaterJudge())
        assert done["counts"] == {"judged": 1, "same": 1}
        assert await kept(given) == ("cut", "low", "needs_review", None)
        assert len(model.questions) == 1


async def test_what_the_rules_see_by_themselves_later_needs_no_review_any_more(tmp_path: Path) -> None:
    async with Model(ADDS) as model, asked(tmp_path, model) as given:
        await judge_anew(given, LaterJudge("shrinks"))
        assert await kept(given) == ("cut", "high", "auto", 1)
        assert await ask(given, "select id from alerts") == []


@pytest.mark.parametrize("change", [{"base_url": None}, {"model": "other"}, {"below": 0.5}])
async def test_without_the_opinion_the_label_is_lost(change: dict[str, Any], tmp_path: Path) -> None:
    async with Model(ADDS) as model, asked(tmp_path, model) as given:
        done = await judge_anew(given, LaterJudge(), **change)
        assert done["counts"] == {"judged": 1, "lost": 1}
        assert await kept(given) == ("none", "high", "auto", None)


def test_the_whole_program_asks_by_its_settings(tmp_path: Path) -> None:
    """By the command line: a file that names the endpoint, the key in the environment."""
    config, store = tmp_path / "monitor.toml", tmp_path / "m.db"
    config.write_text(
        f'[store]\npath = "{store}"\n[network]\nallow_private = ["127.0.0.1:*"]\n'
        '[second_opinion]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n',
        encoding="utf-8",
    )
    runner = CliRunner(env={"LAYOFF_MONITOR_SECOND_OPINION_API_KEY": "sk-canary"})
    made = runner.invoke(layoff_monitor, ["--config", str(config), "process"])
    assert (made.exit_code, "sk-canary" in made.output) == (0, False)
    told = runner.invoke(layoff_monitor, ["--config", str(config), "check", "--json"])
    [line] = [one for one in json.loads(told.stdout) if one["subject"] == "second opinion"]
    assert (line["level"], line["text"]) == ("ok", "m: 0 of 500 requests this month, 0 labels added")
