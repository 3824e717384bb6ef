"""A message as Slack, Discord and Teams take it: nothing from outside formats, links or calls; limits are kept."""

import json
import re
from typing import Any

import pytest
from alert_builders import event, message, record, trend
from faults.receiver import Receiver
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.chat import DISCORD_CHARACTERS, SLACK_CHARACTERS, discord, slack, teams
from monitor.alerts.render import encode
from monitor.alerts.webhook import send
from monitor.clock import utc_now
from monitor.fetch import Gate
from monitor.model import AlertArticle, MessageContent
from monitor.settings import NetworkSettings, WebhookChannel

SHAPES = {"slack": slack, "discord": discord, "teams": teams}


def words(shape: str, content: MessageContent, site: str | None = None) -> str:
    """Return the text a chat would show, as it is sent."""
    sent = SHAPES[shape]("message_1", content, site)
    if shape == "teams":
        return "\n".join(block["text"] for block in sent["attachments"][0]["content"]["body"])
    return str(sent["text" if shape == "slack" else "content"])


def test_slack_shows_an_alert() -> None:
    assert words("slack", message()) == (
        "*Norvik Bank: cut of about 320 jobs*\nJobs: about 320 jobs\nAnnounced: 2025-03-09\n"
        "Tie to AI: explicit, said by employer\n"
        "“320 posts go because the assistant answers the calls” (<https://news.example/a?b=1|The Daily Ledger>)\n"
        "<https://news.example/a?b=1|Norvik cuts>\n1 article, 1 independent report"
    )


def test_discord_shows_an_alert_and_calls_nobody() -> None:
    sent = discord("alert_1", message())
    assert sent["allowed_mentions"] == {"parse": []}
    assert sent["content"].startswith("**Norvik Bank\\: cut of about 320 jobs**\n")
    assert "[Norvik cuts](<https://news.example/a?b=1>)" in sent["content"]


def test_teams_shows_an_alert_as_a_card() -> None:
    sent = teams("alert_1", message())
    card = sent["attachments"][0]["content"]
    assert (sent["type"], card["type"], card["version"]) == ("message", "AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"TextBlock"}


@pytest.mark.parametrize("shape", SHAPES)
def test_of_a_long_digest_the_last_line_stays_and_what_is_left_out_is_counted(shape: str) -> None:
    lines = (*(f"event {number}: a firm, cut of 400 jobs" for number in range(60)), "Health: all is well")
    told = words(shape, message(trend(kind="digest", chart=(), lines=lines))).replace("\\", "")
    shown = [line for line in told.splitlines() if line.startswith("event ")]
    assert 5 < len(shown) < 20
    assert f"and {60 - len(shown)} more" in told
    assert "Health: all is well" in told


@pytest.mark.parametrize("shape", SHAPES)
def test_a_chat_tells_an_event_once(shape: str) -> None:
    assert words(shape, message(record(), record(2, rule="size", kind="size"))).count("cut of about 320 jobs") == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_what_there_is_no_room_for_is_counted_with_how_to_see_it(shape: str) -> None:
    many = message(*(record(number, headline=f"Firm {number}: cut") for number in range(200)), total=10_000)
    text = words(shape, many, "https://m.example").replace("\\", "")
    [left_out] = re.findall(r"and (\d+) more: layoff-monitor alerts show message_1", text)
    assert int(left_out) + len(re.findall(r"\*Firm \d+: cut\*", text)) == 10_000
    assert "deliveries_view?message_id=message_1" in text


wild = st.text(st.characters(), max_size=600)


@given(said=wild, url=wild, more=st.integers(0, 30))
def test_whatever_the_web_says_the_limits_are_kept(said: str, url: str, more: int) -> None:
    told = record(headline=said, company=said, event=event(quote=said), articles=(AlertArticle(url, said),) * 3)
    content = message(told, *(record(n, headline=said) for n in range(more)), total=more + 5)
    assert len(words("slack", content)) <= SLACK_CHARACTERS
    assert len(words("discord", content)) <= DISCORD_CHARACTERS
    assert len(encode(teams("message_1", content))) <= 28_000


@given(wild)
def test_nothing_from_outside_is_a_mark_of_slack(said: str) -> None:
    text = slack("alert_1", message(record(headline=f"<!channel> <@U1> & {said}", event=None, articles=())))["text"]
    headline = text.splitlines()[0]
    assert not set("<>") & set(headline)
    assert re.sub(r"&(amp|lt|gt);", "", headline).count("&") == 0


@given(wild)
def test_nothing_from_outside_is_a_mark_of_markdown(said: str) -> None:
    for mark in "*_`~|[]()#<>@":
        for shape in ("discord", "teams"):
            text = words(shape, message(record(headline=f"@everyone {mark}x{mark} {said}", event=None, articles=())))
            bare = re.sub(r"\\.", "", text.splitlines()[0].removeprefix("**").removesuffix("**"))
            assert mark not in bare


def test_a_trend_says_its_numbers() -> None:
    assert "Counted 12, expected 4" in words("slack", message(trend()))


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_chat_gets_its_shape_without_a_signature(shape: Any) -> None:
    async with Receiver() as receiver:
        network = NetworkSettings(allow_private=(f"127.0.0.1:{receiver.port}",), host_delay_s=0)
        given_channel = WebhookChannel(name="chat", url=receiver.url, format=shape)
        async with Gate(network) as gate:
            body = encode(SHAPES[shape]("alert_1", message()))
            attempt = await send(given_channel, gate, "alert_1", body, utc_now())
        assert attempt.state == "sent"
        [one] = receiver.received
        assert json.loads(one.body) == SHAPES[shape]("alert_1", message())
        assert not [name for name in one.headers if name.startswith("webhook-")]


def test_a_digest_in_a_chat_counts_the_lines_it_leaves_out_and_ends_with_its_last() -> None:
    lines = (*(f"event {number}" for number in range(60)), "Health: 3 of 3 feeds are well")
    text = slack("alert_1", message(record(kind="digest", lines=lines)))["text"]
    assert "and 41 more lines\nHealth: 3 of 3 feeds are well\n" in text
