"""A message as alert.v1: small, clean, the same for equal messages, and as its published schema says."""

import json
from dataclasses import replace
from typing import Any

import pytest
from alert_builders import event, message, record, trend
from hypothesis import given
from hypothesis import strategies as st
from schema_check import faults

from monitor.alerts.body import BODY_BYTES, payload
from monitor.alerts.render import encode
from monitor.model import AlertArticle, AlertRecord, Label
from monitor.shipped import shipped

SCHEMA = json.loads(shipped("config/alert.v1.schema.json").read_text(encoding="utf-8"))


def test_the_body_is_alert_v1() -> None:
    body = payload("alert_1", message())
    assert (body["type"], body["timestamp"]) == ("alert.v1", "2025-03-10T09:00:00.000Z")
    contract = ("alert_id", "rule", "label", "company", "headline", "event_id", "observed", "expected", "articles")
    assert {name: body["data"][name] for name in contract} == {
        "alert_id": "alert_1",
        "rule": "every event",
        "label": "cut",
        "company": "Norvik Bank",
        "headline": "Norvik Bank: cut of about 320 jobs",
        "event_id": 7,
        "observed": None,
        "expected": None,
        "articles": [
            {"url": "https://news.example/a?b=1", "title": "Norvik cuts", "quote": "320 posts go", "text_state": "full"}
        ],
    }


def test_it_says_what_the_event_states() -> None:
    reversal = event(label=Label.REVERSAL, linked_event_id=3, days_to_reversal=240)
    data = payload("alert_1", message(record(event=reversal, linked=event(id=3))))["data"]
    assert (data["jobs_count"], data["jobs_qualifier"], data["announced_on"]) == (320, "about", "2025-03-09")
    assert (data["quote_speaker"], data["attribution_strength"], data["status"]) == (
        "Ida Norvik",
        "explicit",
        "announced",
    )
    assert (data["linked"]["event_id"], data["days_to_reversal"]) == (3, 240)


def test_20_copies_of_one_story_are_20_articles_and_one_independent_report() -> None:
    copies = tuple(AlertArticle(f"https://news-{n}.example/a", "Norvik cuts") for n in range(20))
    data = payload("alert_1", message(record(articles=copies, articles_total=20, independent_reports=1)))["data"]
    assert (len(data["articles"]), data["articles_total"], data["independent_reports"]) == (20, 20, 1)


def test_a_message_of_several_alerts_has_the_others_shorter_beside_the_first() -> None:
    body = payload("message_1", message(*(record(number) for number in (1, 2, 3))), "https://monitor.example/")
    assert body["data"]["alert_id"] == "alert_1"
    assert [one["alert_id"] for one in body["data"]["alerts"]] == ["alert_2", "alert_3"]
    assert body["data"]["show_all"] == "layoff-monitor alerts show message_1"
    assert body["data"]["show_all_url"] == "https://monitor.example/monitor/deliveries_view?message_id=message_1"
    assert "alerts_omitted" not in body["data"]


def test_the_articles_of_the_first_leave_room_for_the_others() -> None:
    many = tuple(AlertArticle(f"https://news.example/{n}", "T" * 200, "q" * 200) for n in range(200))
    lead = record(articles=many, articles_total=200)
    data = payload("message_1", message(lead, *(record(number) for number in range(2, 12))))["data"]
    assert len(data["alerts"]) == 10


def test_alerts_that_do_not_fit_are_counted() -> None:
    data = payload("message_1", message(*(record(number) for number in range(200)), total=10_000))["data"]
    assert 20 < len(data["alerts"]) < 199
    assert 1 + len(data["alerts"]) + data["alerts_omitted"] == 10_000


def test_every_alert_says_its_number_for_messages_come_in_any_order() -> None:
    body = payload("message_1", message(record(3), record(1), record(2)))
    assert [body["data"]["sequence"], *(one["sequence"] for one in body["data"]["alerts"])] == [3, 1, 2]


def test_equal_messages_give_equal_bytes() -> None:
    body = payload("alert_1", message())
    assert encode(body) == encode(dict(reversed(payload("alert_1", message(replace(record()))).items())))


def test_articles_that_do_not_fit_are_counted() -> None:
    many = tuple(AlertArticle(f"https://news.example/{n}", "T" * 200, "q" * 200) for n in range(100))
    data = payload("alert_1", message(record(articles=many, articles_total=120)))["data"]
    assert len(data["articles"]) + data["articles_omitted"] == 120
    assert [one["url"] for one in data["articles"]] == [one.url for one in many[: len(data["articles"])]]
    assert 30 < len(data["articles"]) < 100


@given(st.integers(20, 290))
def test_the_body_fills_its_bound_and_stays_within_it(length: int) -> None:
    many = tuple(AlertArticle(f"https://news.example/{n}", "ö" * length) for n in range(1000))
    size = len(encode(payload("alert_1", message(record(articles=many, articles_total=1000)))))
    assert BODY_BYTES - 2 * length - 120 < size <= BODY_BYTES


def test_letters_are_sent_as_they_are() -> None:
    assert "Größe".encode() in encode(payload("alert_1", message(record(headline="Größe"))))


def test_a_long_quote_is_cut_and_stays_verbatim() -> None:
    quote = "Jobs go. " * 500
    sent = payload("alert_1", message(record(articles=(AlertArticle(None, "t", quote),))))["data"]["articles"][0][
        "quote"
    ]
    assert 0 < len(sent) < len(quote)
    assert quote.startswith(sent)


wild = st.text(st.characters(), max_size=3000)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def a_record(texts: tuple[str, str, str], articles: list[AlertArticle], counted: float | None) -> AlertRecord:
    rule_name, company, said = texts
    quoted = event(quote=said, quote_speaker=company)
    changes = {"rule": rule_name, "company": company, "headline": said, "articles": tuple(articles)}
    return record(**changes, articles_total=len(articles), observed=counted, event=quoted, lines=(said,) * 50)


records = st.builds(
    a_record,
    st.tuples(wild, wild, wild),
    st.lists(st.builds(AlertArticle, wild | st.none(), wild, wild | st.none()), max_size=12),
    numbers,
)


@given(
    told=st.lists(records, min_size=1, max_size=3),
    more=st.integers(0, 50),
    site=st.sampled_from([None, "https://m.example"]),
)
def test_whatever_the_web_says_the_body_is_small_clean_json_as_the_schema_has_it(
    told: list[AlertRecord], more: int, site: str | None
) -> None:
    sent = encode(payload("message_1", message(*told, total=len(told) + more), site))
    body = json.loads(sent)
    data = body["data"]
    assert len(sent) <= BODY_BYTES
    assert faults(SCHEMA, body) == []
    assert len(data["articles"]) + data.get("articles_omitted", 0) == len(told[0].articles)
    assert 1 + len(data.get("alerts", [])) + data.get("alerts_omitted", 0) == len(told) + more
    assert not any(ord(letter) < 32 for letter in data["headline"] + data["company"] + data["rule"])


def test_a_trend_is_as_the_schema_has_it() -> None:
    body = payload("alert_1", message(trend()))
    assert faults(SCHEMA, body) == []
    assert (body["data"]["observed"], body["data"]["expected"]) == (12.0, 4.0)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda body: body.update(type="alert.v2"), id="another type"),
        pytest.param(lambda body: body["data"].pop("articles"), id="no articles"),
        pytest.param(lambda body: body["data"].update(label="fired"), id="another label"),
        pytest.param(lambda body: body["data"].update(extra=1), id="a key nobody knows"),
        pytest.param(lambda body: body["data"]["articles"].append({"url": 5}), id="an article that is none"),
        pytest.param(lambda body: body["data"].update(jobs_count="many"), id="a number in words"),
    ],
)
def test_the_schema_refuses_what_is_not_alert_v1(broken: Any) -> None:
    body = json.loads(encode(payload("alert_1", message())))
    assert faults(SCHEMA, body) == []
    broken(body)
    assert faults(SCHEMA, body) != []


LINES = tuple(f"event {number}: {450 * chr(0x9280)}" for number in range(100))


def test_a_digest_of_many_long_lines_stays_small_counts_what_it_leaves_out_and_ends_as_it_does() -> None:
    body = payload("alert_1", message(record(kind="digest", lines=(*LINES, "Health: 3 of 3 feeds are well"))))
    lines = body["data"]["lines"]
    assert len(encode(body)) <= BODY_BYTES
    assert lines[-1] == "Health: 3 of 3 feeds are well"
    assert lines[-2] == f"and {len(LINES) - len(lines) + 2} more lines"
