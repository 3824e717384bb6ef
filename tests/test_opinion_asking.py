"""Asking a model: over a real socket, cached and counted in a real store, and failing open."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from pipes import WordJudge
from typing import Any

import pytest
from faults.gates import network
from faults.hostile import OK, Behaviour, deflate_bomb, drip, flood, framed, raw, reset, silence
from faults.model import PATH, Model, completion, says

from monitor.fetch import Gate
from monitor.model import Extracted, Label, PageRead, TextState
from monitor.opinion import Opinions
from monitor.settings import SecondOpinionSettings
from monitor.store import Store
from monitor.store.rows import Row, rows

JUDGE = WordJudge()
TITLE, TEXT = "Norvik shrinks its desk", "The model answers now. Norvik shrinks its desk by half, the bank said."
QUOTE = "Norvik shrinks its desk by half"
ADDS = says("cut", QUOTE)


def page(number: int = 1, text: str = TEXT) -> PageRead:
    read = Extracted(TITLE, f"{text} Part {number}.", TextState.FULL)
    return PageRead(number, read, JUDGE.classify(read.title, read.text, None), "https://news.example/1")


@dataclass
class Desk:
    """A store and a gate; `opinions` gives somebody to ask, as often as the program is started anew."""

    store: Store
    gate: Gate
    url: str
    now: datetime = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    made: list[str] = field(default_factory=list)

    def opinions(self, **changes: Any) -> Opinions:
        values = {"base_url": self.url, "model": "m", "below": 1.0, "deadline_s": 5.0} | changes
        return Opinions(
            SecondOpinionSettings(**values), JUDGE, gate=self.gate, store=self.store, clock=lambda: self.now
        )

    async def noted(self) -> list[Row]:
        return await self.store.read(partial(rows, sql="select * from second_opinions order by id"))

    async def outcomes(self) -> list[str]:
        return [row["outcome"] for row in await self.noted()]


@asynccontextmanager
async def desk(folder: Path, url: str, *allowed: str) -> AsyncIterator[Desk]:
    async with (
        Store.open(folder / "m.db", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC)) as store,
        Gate(network(*(allowed or ("127.0.0.0/8:*",)))) as gate,
    ):
        yield Desk(store, gate, url)


async def test_a_good_answer_adds_a_label_and_is_noted_with_its_cost(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        heard, outcome = await at.opinions().heard(page())
        [row] = await at.noted()
    assert (heard.verdict.label, outcome) == (Label.CUT, "added")
    assert (row["model"], row["outcome"], row["tokens_in"], row["tokens_out"]) == ("m", "added", 900, 40)
    assert row["answer"] == f'{{"label":"cut","kind":"event","quotes":["{QUOTE}"]}}'


async def test_none_agrees_and_changes_nothing(tmp_path: Path) -> None:
    async with Model(says("none")) as model, desk(tmp_path, model.base_url) as at:
        assert await at.opinions().heard(page()) == (page(), "agreed")


async def test_a_label_whose_quote_does_not_stand_in_the_text_is_dropped(tmp_path: Path) -> None:
    async with Model(says("cut", "Norvik fires everybody")) as model, desk(tmp_path, model.base_url) as at:
        assert await at.opinions().heard(page()) == (page(), "dropped")


async def test_what_the_rules_labelled_is_not_asked_about(tmp_path: Path) -> None:
    labelled = JUDGE.classify("Norvik drops desk", "", None)
    there = PageRead(1, Extracted("Norvik drops desk", TEXT, TextState.FULL), labelled, "")
    async with Model(says("none")) as model, desk(tmp_path, model.base_url) as at:
        assert await at.opinions().heard(there) == (there, None)
        assert (model.questions, await at.noted()) == ([], [])


def status(code: int, *lines: str) -> Behaviour:
    return raw("\r\n".join([f"HTTP/1.1 {code} No", *lines, "Content-Length: 0", "", ""]).encode())


FAILURES: dict[str, tuple[Behaviour, str]] = {
    "prose around the answer": (raw(framed(completion('Here: {"label": "cut"}'))), "bad_answer"),
    "another schema": (raw(framed(completion({"label": "alert", "kind": "event", "quotes": []}))), "bad_answer"),
    "a refusal": (raw(framed(completion(None, refusal="no"))), "declined"),
    "no JSON": (raw(framed(b"<html>502</html>")), "bad_answer"),
    "a body announced too large": (raw(OK + b"Content-Length: 99999999\r\n\r\n"), "too_large"),
    "a body without end": (flood(OK + b"\r\n", b"x" * 65536), "too_large"),
    "a bomb": (raw(framed(deflate_bomb(64, wbits=31), b"Content-Encoding: gzip")), "too_"),
    "no answer": (silence, "timed_out"),
    "a slow drip": (drip(OK + b"Content-Length: 5000\r\n\r\n", b"x", every_s=0.05), "timed_out"),
    "a header that drips": (drip(OK, b"X-A: b\r\n", every_s=0.05), "timed_out"),
    "a broken connection": (reset, "bad_http"),
    "no HTTP": (raw(b"\x00\x01\r\n\r\n"), "bad_http"),
    "429": (status(429, "Retry-After: 90"), "rate_limited: the server answered 429"),
    "401": (status(401), "http_4xx: the server answered 401"),
    "500": (status(500), "http_5xx: the server answered 500"),
    "500 with a body without end": (flood(b"HTTP/1.1 500 No\r\n\r\n", b"x" * 65536), "http_5xx"),
    "a redirect": (status(302, "Location: http://127.0.0.2/"), "redirect_blocked: the server answered 302"),
    "204": (status(204), "bad_answer"),
}


@pytest.mark.parametrize(("behaviour", "detail"), FAILURES.values(), ids=FAILURES)
async def test_the_verdict_stands_and_the_failure_is_noted_after(
    behaviour: Behaviour, detail: str, tmp_path: Path
) -> None:
    async with Model() as model, desk(tmp_path, model.base_url) as at:
        model.behave(PATH, behaviour)
        assert await at.opinions(deadline_s=0.5).heard(page()) == (page(), "failed")
        [row] = await at.noted()
    assert row["outcome"] == "failed"
    assert row["detail"].startswith(detail)
    assert len(model.asked(PATH)) == 1


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with Model() as model, Model(ADDS) as other, desk(tmp_path, model.base_url) as at:
        model.redirect(PATH, other.url(PATH), 307)
        await at.opinions(api_key="sk-canary").heard(page())
        assert other.requests == []


async def test_nobody_listening_is_a_failure_like_others(tmp_path: Path) -> None:
    async with Model() as model:
        gone = model.base_url
    async with desk(tmp_path, gone) as at:
        assert await at.opinions().heard(page()) == (page(), "failed")


@pytest.mark.parametrize("allowed", ["10.0.0.0/8:*", "127.0.0.1:1"], ids=["another network", "another port"])
async def test_a_private_server_is_asked_only_if_it_is_allowed_by_address_and_port(
    allowed: str, tmp_path: Path
) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url, allowed) as at:
        assert (await at.opinions().heard(page()))[1] == "failed"
        assert model.accepts == 0
        [row] = await at.noted()
    assert row["detail"].startswith(("blocked_address", "blocked_port"))


async def test_a_proxy_of_the_environment_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Model(ADDS) as model, Model() as proxy, desk(tmp_path, model.base_url) as at:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("http_proxy", proxy.url())
        assert (await at.opinions().heard(page()))[1] == "added"
        assert proxy.accepts == 0


# --- cached and counted ----------------------------------------------------------------------------------------


async def test_a_text_is_asked_about_once_also_after_a_restart(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        for _ in range(2):
            heard, outcome = await at.opinions().heard(page())
            assert (heard.verdict.label, outcome) == (Label.CUT, "added")
        assert (len(model.questions), await at.outcomes()) == (1, ["added"])


@pytest.mark.parametrize("change", [{"model": "n"}, {"max_chars": 700}])
async def test_another_model_or_another_question_is_asked_anew(change: dict[str, Any], tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        await at.opinions().heard(page())
        await at.opinions(**change).heard(page())
        assert len(model.questions) == 2


async def test_the_same_text_at_the_same_time_is_asked_about_once(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        opinions = at.opinions()
        heard = await asyncio.gather(*(opinions.heard(page()) for _ in range(4)))
        assert [outcome for _, outcome in heard] == ["added"] * 4
        assert len(model.questions) == 1


async def test_beyond_the_months_cap_the_rules_decide_alone(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        outcomes = [(await at.opinions(monthly_cap=2).heard(page(number)))[1] for number in range(3)]
        assert (outcomes, len(model.questions)) == (["added", "added", "cap_reached"], 2)
        at.now += timedelta(minutes=1)  # it is April
        assert (await at.opinions(monthly_cap=2).heard(page(9)))[1] == "added"
        at.now -= timedelta(days=60)  # the clock is put right, and what was asked is of months to come
        assert (await at.opinions(monthly_cap=1).heard(page(10)))[1] == "added"


async def test_the_cap_holds_for_questions_at_the_same_time_of_any_that_share_the_store(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        both = [at.opinions(monthly_cap=3), at.opinions(monthly_cap=3)]
        heard = await asyncio.gather(*(both[number % 2].heard(page(number)) for number in range(8)))
        assert sorted(str(outcome) for _, outcome in heard) == ["added"] * 3 + ["cap_reached"] * 5
        assert len(model.questions) == 3


async def test_what_is_cached_is_heard_when_the_cap_is_reached(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        await at.opinions(monthly_cap=1).heard(page())
        assert (await at.opinions(monthly_cap=1).heard(page()))[1] == "added"


async def test_a_request_that_was_cut_off_counts_to_the_cap(tmp_path: Path) -> None:
    async with Model() as model, desk(tmp_path, model.base_url) as at:
        model.behave(PATH, silence)
        asking = asyncio.create_task(at.opinions(monthly_cap=1).heard(page()))
        while not model.requests:
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await at.outcomes() == ["asked"]
        assert (await at.opinions(monthly_cap=1).heard(page()))[1] == "cap_reached"


@pytest.mark.parametrize(("asked", "rest_s"), [("120", 120), ("1", 60), ("9999999", 86400)])
async def test_a_server_that_wants_peace_has_it(asked: str, rest_s: int, tmp_path: Path) -> None:
    async with Model() as model, desk(tmp_path, model.base_url) as at:
        model.behave(PATH, status(429, f"Retry-After: {asked}"))
        opinions = at.opinions()
        await opinions.heard(page(1))
        at.now += timedelta(seconds=rest_s - 1)
        assert await opinions.heard(page(2)) == (page(2), "held")
        assert len(model.asked(PATH)) == 1
        at.now += timedelta(seconds=1)
        assert (await opinions.heard(page(3)))[1] == "failed"
        assert await at.outcomes() == ["failed", "held", "failed"]


async def test_the_peace_of_a_server_outlasts_no_clock_that_is_set_back_by_more_than_a_day(tmp_path: Path) -> None:
    async with Model() as model, desk(tmp_path, model.base_url) as at:
        model.behave(PATH, status(503))
        opinions = at.opinions()
        await opinions.heard(page(1))
        at.now -= timedelta(days=30)
        assert (await opinions.heard(page(2)))[1] == "held"
        at.now += timedelta(days=1)
        assert (await opinions.heard(page(3)))[1] == "failed"


# --- what is sent ----------------------------------------------------------------------------------------------


async def test_marks_differ_from_question_to_question_and_hold_the_article(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        for number in (1, 2):
            await at.opinions().heard(page(number))
        marks = [question["messages"][1]["content"].splitlines()[0] for question in model.questions]
    assert len(set(marks)) == 2
    assert all(len(mark) >= len("<article >") + 16 for mark in marks)


async def test_of_a_long_article_the_rest_is_not_sent_and_that_is_noted(tmp_path: Path) -> None:
    async with Model(says("none")) as model, desk(tmp_path, model.base_url) as at:
        await at.opinions(max_chars=500).heard(page(text="word " * 1000))
        [question], [row] = model.questions, await at.noted()
    assert len(question["messages"][1]["content"]) < 600
    assert row["cut_chars"] == len(f"{TITLE}\n\n{'word ' * 1000} Part 1.") - 500


async def test_the_key_is_sent_and_stands_nowhere_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        await at.opinions(api_key="sk-canary").heard(page(1))
        await at.opinions().heard(page(2))
        headers = [seen.header("authorization") for seen in model.asked(PATH)]
        noted = await at.noted()
    assert headers == ["Bearer sk-canary", None]
    assert "sk-canary" not in f"{noted}{caplog.text}{[vars(record) for record in caplog.records]}"


async def test_no_more_than_two_are_asked_at_once(tmp_path: Path) -> None:
    async with Model(ADDS) as model, desk(tmp_path, model.base_url) as at:
        opinions = at.opinions()
        await asyncio.gather(*(opinions.heard(page(number)) for number in range(8)))
        assert model.most_at_once <= 2
