"""One mail attempt against a real server: encrypted or not sent, judged by the answer, silent on secrets."""

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from alert_builders import job, message, record
from faults import smtp_peer as peer
from faults.smtp_peer import Answer, MailPeer

from monitor.alerts import letter, mail
from monitor.alerts.retries import Attempt
from monitor.settings import MailChannel

AUTHORITY = trustme.CA()
PASSWORD = "canary-password-7"


def server_context(name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    return file


def channel(server: MailPeer, **changes: Any) -> MailChannel:
    values = {
        "name": "letters",
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "sender": "monitor@desk.example",
    }
    return MailChannel(**({**values, "to": ("one@example.org", "two@example.org")} | changes))


async def sent(given: MailChannel, recipient: int = 1) -> Attempt:
    told = message(record())
    return await mail.send(given, recipient, letter.write(given, job(told, recipient=recipient), told, None))


async def test_a_letter_goes_to_its_one_recipient() -> None:
    async with MailPeer() as server:
        assert await sent(channel(server), recipient=2) == Attempt("sent", 250)
        (taken,) = server.taken
        assert (taken.sender, taken.recipients) == ("monitor@desk.example", ("two@example.org",))
        assert taken.parsed["To"] == "two@example.org"


ANSWERS = {
    "greylisted": (peer.GREYLISTED, "retrying", 450),
    "mailbox full": (peer.FULL, "retrying", 452),
    "closing down": (peer.CLOSING, "retrying", 421),
    "another 4yz": (Answer(rcpt="471 try again"), "retrying", 471),
    "error after the letter": (peer.LATER, "retrying", 451),
    "no such user": (peer.UNKNOWN, "refused", 550),
    "not allowed": (Answer(rcpt="553 not here"), "refused", 553),
    "unwanted letter": (peer.UNWANTED, "refused", 554),
    "dropped at the recipient": (peer.DROP_RCPT, "retrying", None),
    "dropped after the letter": (peer.DROP_AFTER, "retrying", None),
    "dropped and forgotten": (peer.DROP_BEFORE, "retrying", None),
}


@pytest.mark.parametrize(("answer", "state", "status"), ANSWERS.values(), ids=ANSWERS)
async def test_4yz_is_tried_again_and_5yz_is_final(answer: Answer, state: str, status: int | None) -> None:
    async with MailPeer([answer]) as server:
        attempt = await sent(channel(server))
    assert (attempt.state, attempt.gone) == (state, False)
    assert attempt.status == status or (status is None and attempt.status in {None, 421})


async def test_a_server_that_stalls_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT_S", 0.2)
    async with MailPeer([peer.STALL]) as server:
        assert (await sent(channel(server))).state == "retrying"


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with MailPeer() as server:
        gone = channel(server)
    attempt = await sent(gone)
    assert attempt.state == "retrying"
    assert f"127.0.0.1:{gone.port}" in str(attempt.error)


async def test_a_host_without_an_address_is_tried_again() -> None:
    async with MailPeer() as server:
        attempt = await sent(channel(server, host="mail.invalid"))
    assert attempt.state == "retrying"


# --- encryption ------------------------------------------------------------------------------------------------


async def test_without_starttls_nothing_is_sent(trusted: Path) -> None:
    async with MailPeer() as server:
        attempt = await sent(channel(server, tls="starttls", ca_file=trusted))
        assert (attempt.state, server.begun) == ("retrying", 0)


async def test_a_letter_goes_encrypted_after_starttls(trusted: Path) -> None:
    async with MailPeer(tls=server_context()) as server:
        assert (await sent(channel(server, tls="starttls", ca_file=trusted))).state == "sent"
        assert [one.encrypted for one in server.taken] == [True]


async def test_a_letter_goes_over_tls_from_the_start(trusted: Path) -> None:
    async with MailPeer(implicit=server_context()) as server:
        assert (await sent(channel(server, tls="implicit", ca_file=trusted))).state == "sent"
        assert [one.encrypted for one in server.taken] == [True]


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["unknown authority", "another name"])
async def test_a_certificate_that_does_not_hold_stops_the_letter(kind: str, wrong: str, trusted: Path) -> None:
    context = server_context("mail.example" if wrong == "another name" else "127.0.0.1")
    served = {"tls": context} if kind == "starttls" else {"implicit": context}
    async with MailPeer(**served) as server:
        given = channel(server, tls=kind, ca_file=trusted if wrong == "another name" else None)
        attempt = await sent(given)
        assert (attempt.state, server.begun) == ("retrying", 0)


async def test_name_and_password_are_given_over_tls_only(trusted: Path) -> None:
    async with MailPeer(tls=server_context(), login=("monitor", PASSWORD)) as server:
        given = channel(server, tls="starttls", ca_file=trusted, username="monitor", password=PASSWORD)
        assert (await sent(given)).state == "sent"
        assert [one.user for one in server.taken] == ["monitor"]
        assert {(name, password) for name, password in server.logins} == {(b"monitor", PASSWORD.encode())}


async def test_a_wrong_password_is_tried_again_for_an_operator_can_mend_it(trusted: Path) -> None:
    async with MailPeer(tls=server_context(), login=("monitor", "another")) as server:
        given = channel(server, tls="starttls", ca_file=trusted, username="monitor", password=PASSWORD)
        attempt = await sent(given)
    assert (attempt.state, attempt.status) == ("retrying", 535)
    assert PASSWORD not in str(attempt)


# --- secrets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer(rcpt=f"550 <one@example.org> is unknown to us, says {PASSWORD}"),
        Answer(rcpt=f"450 one@example.org of monitor@desk.example {PASSWORD}"),
        Answer(data="554 AGNhbmFyeS1sb2dpbgBjYW5hcnktcGFzc3dvcmQtNw== one@example.org"),
    ],
)
async def test_no_address_or_password_is_repeated_from_an_answer(answer: Answer) -> None:
    async with MailPeer([answer]) as server:
        given = replace(channel(server), username="canary-login", password=PASSWORD)
        told = message(record())
        attempt = await mail.send(replace(given, username=None), 1, letter.write(given, job(told), told, None))
    scrubbed = mail.scrub(answer.rcpt + answer.data, given)
    for secret in (PASSWORD, "AGNhbmFyeS1sb2dpbgBjYW5hcnktcGFzc3dvcmQtNw==", "one@example.org", "monitor@desk.example"):
        assert secret not in scrubbed
    assert "one@example.org" not in str(attempt)


def test_no_form_of_a_channel_shows_its_password() -> None:
    given = MailChannel(name="m", host="h", sender="a@b", to=("c@d",), username="u", password=PASSWORD)
    assert PASSWORD not in f"{given!r} {given}"


async def test_an_attempt_that_is_cancelled_leaves_nothing_behind() -> None:
    async with MailPeer([peer.STALL]) as server:
        task = asyncio.ensure_future(sent(channel(server)))
        await server.arrived(1)
        task.cancel()
        assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
