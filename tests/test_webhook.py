"""One webhook attempt: signed so that anyone can verify it, judged as Standard Webhooks says, silent about secrets."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from faults.receiver import (
    DRIP,
    DROP_AFTER,
    DROP_BEFORE,
    GARBAGE,
    GONE,
    HUGE,
    KEY,
    RESET,
    SECRET,
    SHORT,
    Answer,
    Receiver,
    redirect,
    retry_after,
    verify,
)

from monitor.alerts.webhook import Attempt, judge, origin, parse_secret, scrub, send, sign
from monitor.clock import utc_now
from monitor.errors import ConfigurationError, FetchError
from monitor.fetch import Gate
from monitor.model import Reason
from monitor.settings import NetworkSettings, WebhookChannel

NOW = datetime(2025, 3, 10, 9, 30, tzinfo=UTC)
BODY = '{"type":"alert.v1","data":{"headline":"Größe: 320 jobs"}}'.encode()


def channel(url: str, secret: str = SECRET) -> WebhookChannel:
    return WebhookChannel(name="desk", url=url, secret=secret)


def whsec(size: int) -> str:
    return "whsec_" + base64.b64encode(bytes(size)).decode()


# --- secrets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [24, 32, 64])
def test_a_secret_of_24_to_64_bytes_is_a_key(size: int) -> None:
    assert parse_secret(whsec(size)) == bytes(size)


def test_padding_may_be_left_out() -> None:
    assert parse_secret(whsec(25).rstrip("=")) == bytes(25)


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("", id="empty"),
        pytest.param(whsec(1), id="one byte"),
        pytest.param(whsec(23), id="23 bytes"),
        pytest.param(whsec(65), id="65 bytes"),
        pytest.param(base64.b64encode(bytes(32)).decode(), id="no prefix"),
        pytest.param("whsec_" + "!" * 44, id="no base64"),
        pytest.param(whsec(32).replace("A", "ä", 1), id="a letter that base64 does not have"),
        pytest.param(whsec(32) + "\n", id="a line end"),
        pytest.param("whsec_" + "A" * 41, id="a length that base64 never has"),
    ],
)
def test_another_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_secret(secret)
    assert "whsec_" in str(refusal.value)
    assert not secret or secret not in str(refusal.value)


# --- signatures --------------------------------------------------------------------------------------------

ZONES = [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-9))]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_signature_verifies_whatever_zone_the_time_is_given_in(zone: timezone) -> None:
    headers = sign(KEY, "alert_1", NOW.astimezone(zone), BODY)
    assert verify(KEY, headers, BODY, NOW.timestamp())


@pytest.mark.parametrize("zone", ["UTC", "XXX-05:45", "YYY+09"])
def test_a_signature_verifies_whatever_zone_the_machine_is_in(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        headers = sign(KEY, "alert_1", NOW, BODY)
    time.tzset()
    assert verify(KEY, headers, BODY, NOW.timestamp())


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"body": BODY + b" "}, id="a byte more"),
        pytest.param({"key": KEY[::-1]}, id="another key"),
        pytest.param({"id": "alert_2"}, id="another id"),
        pytest.param({"now": NOW.timestamp() + 301}, id="too old"),
    ],
)
def test_a_signature_holds_for_nothing_else(changed: dict[str, Any]) -> None:
    headers = sign(KEY, "alert_1", NOW, BODY)
    headers["webhook-id"] = changed.get("id", "alert_1")
    assert not verify(changed.get("key", KEY), headers, changed.get("body", BODY), changed.get("now", NOW.timestamp()))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        sign(KEY, "alert_1", NOW.replace(tzinfo=None), BODY)


# --- answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        *[(status, "sent") for status in (200, 201, 202, 204, 299)],
        (410, "refused"),
        *[(status, "retrying") for status in (100, 300, 301, 302, 307, 308)],
        *[(status, "retrying") for status in (400, 401, 403, 404, 408, 413, 429)],
        *[(status, "retrying") for status in (500, 502, 503, 504, 599)],
    ],
)
def test_only_2xx_is_success_and_only_410_is_final(status: int, state: str) -> None:
    assert judge(status) == state


def loopback(receiver: Receiver) -> NetworkSettings:
    return NetworkSettings(allow_private=(f"127.0.0.1:{receiver.port}",), host_delay_s=0)


async def attempted(receiver: Receiver, a_channel: WebhookChannel | None = None) -> Attempt:
    async with Gate(loopback(receiver)) as gate:
        return await send(a_channel or channel(receiver.url), gate, "alert_1", BODY, utc_now())


async def test_a_receiver_gets_exactly_the_signed_bytes() -> None:
    async with Receiver() as receiver:
        attempt = await attempted(receiver)
    assert attempt == Attempt("sent", 200)
    assert [(one.verified, one.id, one.body) for one in receiver.received] == [(True, "alert_1", BODY)]


@pytest.mark.parametrize(
    ("answer", "state", "status", "wait"),
    [
        pytest.param(Answer(204), "sent", 204, None, id="no content"),
        pytest.param(HUGE, "sent", 200, None, id="8 MiB of answer"),
        pytest.param(SHORT, "sent", 200, None, id="less answer than announced"),
        pytest.param(GONE, "refused", 410, None, id="gone"),
        pytest.param(Answer(500, body=b"broken"), "retrying", 500, None, id="server error"),
        pytest.param(retry_after(30), "retrying", 429, 30.0, id="too many requests"),
        pytest.param(retry_after(7, 503), "retrying", 503, 7.0, id="unavailable"),
        pytest.param(retry_after("soon"), "retrying", 429, None, id="a Retry-After nobody understands"),
        pytest.param(DROP_BEFORE, "retrying", None, None, id="dropped with the body unread"),
        pytest.param(DROP_AFTER, "retrying", None, None, id="taken and dropped"),
        pytest.param(RESET, "retrying", None, None, id="taken and reset"),
        pytest.param(GARBAGE, "retrying", None, None, id="no HTTP"),
    ],
)
async def test_an_attempt_ends_as_the_answer_says(
    answer: Answer, state: str, status: int | None, wait: float | None
) -> None:
    async with Receiver([answer]) as receiver:
        attempt = await attempted(receiver)
    assert (attempt.state, attempt.status, attempt.retry_after_s) == (state, status, wait)


async def test_a_redirect_is_a_failure_and_never_followed() -> None:
    async with Receiver() as elsewhere, Receiver([redirect(elsewhere.url)]) as receiver:
        settings = NetworkSettings(allow_private=("127.0.0.1:*",), host_delay_s=0)
        async with Gate(settings) as gate:
            attempt = await send(channel(receiver.url), gate, "alert_1", BODY, utc_now())
    assert (attempt.state, attempt.status, elsewhere.connections) == ("retrying", 302, 0)


async def test_a_private_receiver_that_the_settings_do_not_list_is_never_reached() -> None:
    async with Receiver() as receiver, Gate(NetworkSettings(allow_ports=(80, 443, receiver.port))) as gate:
        attempt = await send(channel(receiver.url), gate, "alert_1", BODY, utc_now())
    assert (attempt.state, receiver.connections) == ("retrying", 0)
    assert "blocked_address" in (attempt.error or "")


async def test_nobody_listening_is_tried_again() -> None:
    async with Receiver() as receiver:
        pass
    attempt = await attempted(receiver)
    assert (attempt.state, attempt.status) == ("retrying", None)


# --- secrets in errors -------------------------------------------------------------------------------------

CANARY = "canary-7f3a9c"


class Failing:
    """A gate whose every post fails with these words."""

    def __init__(self, words: str) -> None:
        self.words = words

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Any:  # the interface
        raise FetchError(Reason.CONNECT_FAILED, url, self.words)


@pytest.fixture
async def echo() -> AsyncIterator[Receiver]:
    """A receiver that fails and repeats all it knows: address, path, token."""
    words = f"no /services/{CANARY}?token={CANARY}2 here, {SECRET} {SECRET[6:]}\r\n\x1b[31m" + "x" * 4000
    async with Receiver(default=Answer(500, body=words.encode())) as receiver:
        yield receiver


def hidden(receiver: Receiver) -> WebhookChannel:
    return channel(f"http://127.0.0.1:{receiver.port}/services/{CANARY}?token={CANARY}2")


async def test_an_answer_is_kept_as_status_host_and_200_clean_characters(echo: Receiver) -> None:
    error = (await attempted(echo, hidden(echo))).error or ""
    assert error.startswith(f"500 from http://127.0.0.1:{echo.port}: no [")
    assert len(error) < 260
    assert error.isprintable()


async def test_an_answer_that_repeats_the_secrets_is_kept_without_them(echo: Receiver) -> None:
    error = (await attempted(echo, hidden(echo))).error or ""
    assert CANARY not in error
    assert SECRET[6:] not in error


async def test_an_error_that_names_the_address_is_kept_without_it() -> None:
    secret_url = f"https://user:{CANARY}3@hooks.example/services/{CANARY}?token={CANARY}2"
    gate = Failing(f"cannot connect to {secret_url} ({CANARY})")
    attempt = await send(channel(secret_url), gate, "alert_1", BODY, NOW)
    assert attempt.error == "connect_failed at https://hooks.example: cannot connect to […] ([…])"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example/a/b?c=d#e", "https://hooks.example"),
        ("http://user:word@127.0.0.1:8080/a", "http://127.0.0.1:8080"),
        ("http://[::1]:80/a", "http://[::1]:80"),
    ],
)
def test_of_an_address_only_scheme_host_and_port_are_shown(url: str, shown: str) -> None:
    assert origin(url) == shown


def test_short_words_of_the_path_do_not_garble_an_error() -> None:
    assert scrub("a bad gateway", channel("https://hooks.example/a")) == "a bad gateway"


# --- the receiver itself -----------------------------------------------------------------------------------


async def test_the_receiver_does_not_believe_a_wrong_signature() -> None:
    async with Receiver(key=KEY[::-1]) as receiver:
        attempt = await attempted(receiver)
    assert (attempt.state, [one.verified for one in receiver.received], receiver.taken) == ("sent", [False], [])


async def test_the_receiver_counts_repeats_and_lost_answers() -> None:
    async with Receiver([DROP_AFTER]) as receiver:
        for _ in range(3):
            await attempted(receiver)
    assert (len(receiver.taken), receiver.repeats, receiver.lost_answers) == (3, 2, 1)


async def test_a_dripping_answer_is_cut_off_by_whoever_waits() -> None:
    async with Receiver([DRIP]) as receiver:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await attempted(receiver)
    assert [one.verified for one in receiver.received] == [True]
