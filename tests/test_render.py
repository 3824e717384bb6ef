"""What an alert says: its headline from the facts alone, its body small and clean."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.render import BODY_BYTES, encode, headline, payload
from monitor.model import AlertArticle, AlertRecord, EventDraft, Facts, Kind, Label

SEEN = datetime(2025, 3, 10, 9, tzinfo=UTC)


# --- headline ----------------------------------------------------------------------------------------------


def line(label: Label = Label.CUT, status: str = "announced", company: str = "Norvik Bank", **facts: Any) -> str:
    stated = {"attribution_strength": "explicit", "attribution_speaker": "employer", **facts}
    return headline(
        EventDraft(
            company=company,
            label=label,
            kind=Kind.EVENT,
            announced_on=date(2025, 3, 9),
            date_precision="day",
            status=status,
            source_tier=2,
            facts=Facts(company=company, **stated),
        )
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"jobs_count": 320, "jobs_qualifier": "exact"}, "cut of 320 jobs"),
        ({"jobs_count": 320, "jobs_qualifier": "about"}, "cut of about 320 jobs"),
        ({"jobs_count": 4000, "jobs_qualifier": "at_least"}, "cut of at least 4,000 jobs"),
        ({"jobs_count": 4000, "jobs_count_max": 4000, "jobs_qualifier": "up_to"}, "cut of up to 4,000 jobs"),
        ({"jobs_count": 4000, "jobs_qualifier": "up_to"}, "cut of up to 4,000 jobs"),
        ({"jobs_count": 300, "jobs_count_max": 400, "jobs_qualifier": "range"}, "cut of 300 to 400 jobs"),
        ({"jobs_count": 320, "jobs_qualifier": "estimate"}, "cut of an estimated 320 jobs"),
        ({"jobs_count": 200, "jobs_qualifier": "hundreds"}, "cut of hundreds of jobs"),
        ({"jobs_count": 2000, "jobs_qualifier": "hundreds"}, "cut of thousands of jobs"),
        ({"jobs_count": 1, "jobs_qualifier": "exact"}, "cut of 1 job"),
        ({"jobs_count": 0, "jobs_qualifier": "exact"}, "cut of 0 jobs"),
        ({"jobs_count": None}, "cut, number of jobs not stated"),
        ({"jobs_count": None, "jobs_implied": 1800}, "cut, number of jobs not stated"),
    ],
)
def test_a_number_is_said_with_its_qualifier(facts: dict[str, Any], words: str) -> None:
    assert line(**facts) == f"Norvik Bank: {words} (reported as AI-driven; explicit, employer)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            line(Label.REVERSAL, jobs_count=200, jobs_qualifier="exact"),
            "Norvik Bank: reversal for 200 jobs (reported as AI-related; explicit, employer)",
            id="reversal",
        ),
        pytest.param(
            line(Label.HYBRID),
            "Norvik Bank: hybrid arrangement, number of jobs not stated (reported as AI-related; explicit, employer)",
            id="hybrid",
        ),
        pytest.param(
            line(status="planned", jobs_count=5, jobs_qualifier="exact"),
            "Norvik Bank: planned cut of 5 jobs (reported as AI-driven; explicit, employer)",
            id="planned",
        ),
        pytest.param(
            line(status="rumoured"),
            "Norvik Bank: cut, number of jobs not stated (reported as AI-driven; explicit, employer; rumoured)",
            id="rumoured",
        ),
        pytest.param(
            line(attribution_strength="disputed", attribution_speaker="union"),
            "Norvik Bank: cut, number of jobs not stated (AI as the reason is disputed, union)",
            id="disputed",
        ),
        pytest.param(
            line(attribution_strength="none", attribution_speaker=None),
            "Norvik Bank: cut, number of jobs not stated (AI link not stated)",
            id="no attribution",
        ),
        pytest.param(
            line(attribution_speaker=None, company="Norvik\r\nBcc: \x1b[31mBank"),
            "Norvik Bcc: [31mBank: cut, number of jobs not stated (reported as AI-driven; explicit)",
            id="a name with control characters stays on one line",
        ),
    ],
)
def test_a_headline_says_what_the_facts_say(said: str, words: str) -> None:
    assert said == words


# --- message body ------------------------------------------------------------------------------------------

RECORD = AlertRecord(
    id="alert_1",
    sequence=1,
    rule="every event",
    subject="event:7",
    label=Label.CUT,
    company="Norvik Bank",
    raised_at=SEEN,
    observed=None,
    expected=None,
    headline="Norvik Bank: cut of 320 jobs",
    event_id=7,
    articles=(AlertArticle("https://news.example/a?b=1", "Norvik cuts", "320 posts go"),),
)


def test_the_body_is_alert_v1() -> None:
    assert payload(RECORD) == {
        "type": "alert.v1",
        "timestamp": "2025-03-10T09:00:00.000Z",
        "data": {
            "alert_id": "alert_1",
            "rule": "every event",
            "label": "cut",
            "company": "Norvik Bank",
            "headline": "Norvik Bank: cut of 320 jobs",
            "event_id": 7,
            "observed": None,
            "expected": None,
            "articles": [{"url": "https://news.example/a?b=1", "title": "Norvik cuts", "quote": "320 posts go"}],
        },
    }


def test_equal_alerts_give_equal_bytes() -> None:
    assert encode(payload(RECORD)) == encode(dict(reversed(payload(replace(RECORD)).items())))


def test_articles_that_do_not_fit_are_counted() -> None:
    many = tuple(AlertArticle(f"https://news.example/{n}", "T" * 200, "q" * 200) for n in range(100))
    data = payload(replace(RECORD, articles=many))["data"]
    assert len(data["articles"]) + data["articles_omitted"] == 100
    assert [one["url"] for one in data["articles"]] == [one.url for one in many[: len(data["articles"])]]
    assert 30 < len(data["articles"]) < 100


@given(st.integers(20, 290))
def test_the_body_fills_its_bound_and_stays_within_it(length: int) -> None:
    many = tuple(AlertArticle(f"https://news.example/{n}", "ö" * length) for n in range(1000))
    size = len(encode(payload(replace(RECORD, articles=many))))
    assert BODY_BYTES - 2 * length - 80 < size <= BODY_BYTES


def test_letters_are_sent_as_they_are() -> None:
    assert "Größe".encode() in encode(payload(replace(RECORD, headline="Größe")))


def test_a_long_quote_is_cut_and_stays_verbatim() -> None:
    quote = "Jobs go. " * 500
    sent = payload(replace(RECORD, articles=(AlertArticle(None, "t", quote),)))["data"]["articles"][0]["quote"]
    assert 0 < len(sent) < len(quote)
    assert quote.startswith(sent)


def test_a_quote_may_be_absent() -> None:
    assert payload(replace(RECORD, articles=(AlertArticle(None, "t"),)))["data"]["articles"][0]["quote"] is None


wild = st.text(st.characters(), max_size=3000)


@given(
    texts=st.tuples(wild, wild, wild),
    articles=st.lists(st.builds(AlertArticle, wild | st.none(), wild, wild | st.none()), max_size=12),
)
def test_whatever_the_web_says_the_body_is_small_clean_json(
    texts: tuple[str, str, str], articles: list[AlertArticle]
) -> None:
    rule_name, company, said = texts
    record = replace(RECORD, rule=rule_name, company=company, headline=said, articles=tuple(articles))
    sent = encode(payload(record))
    data = json.loads(sent)["data"]
    assert len(sent) <= BODY_BYTES
    assert len(data["articles"]) + data.get("articles_omitted", 0) == len(articles)
    assert not any(ord(letter) < 32 for letter in data["headline"] + data["company"] + data["rule"])
