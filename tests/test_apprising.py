"""Messages through apprise: an optional package, loaded only when a channel needs it, its address never told."""

import logging
import sys
from types import ModuleType

import pytest
from alert_builders import message

from monitor.alerts import apprising
from monitor.settings import AppriseChannel

CHANNEL = AppriseChannel(name="else", url="json://canary-secret@host")
SENT: list[tuple[str, str, str]] = []


class Sender:
    """Has the two methods of `apprise.Apprise` that are used."""

    answer: Exception | bool | None = True

    def add(self, url: str) -> bool:
        self.url = url
        return True

    def notify(self, *, title: str, body: str) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        SENT.append((self.url, title, body))
        return bool(self.answer)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> type[Sender]:
    module = ModuleType("apprise")
    module.Apprise = Sender  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "apprise", module)
    monkeypatch.setattr(apprising, "available", lambda: True)
    SENT.clear()
    return Sender


async def test_without_the_package_the_remedy_is_said_and_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprising, "available", lambda: False)
    attempt = await apprising.send(CHANNEL, message(), "text")
    assert attempt.state == "retrying"
    assert attempt.error == 'the package apprise is not installed: pip install "layoff-monitor[apprise]"'


@pytest.mark.usefixtures("installed")
async def test_with_it_headline_and_text_are_handed_over() -> None:
    assert (await apprising.send(CHANNEL, message(), "x" * 9000)).state == "sent"
    [(url, title, body)] = SENT
    assert (url, title, len(body)) == (CHANNEL.url, "Norvik Bank: cut of about 320 jobs", 4000)


@pytest.mark.usefixtures("installed")
async def test_what_the_package_logs_is_not_written_because_it_can_hold_the_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def add(_self: Sender, url: str) -> bool:
        logging.getLogger("apprise").error("Unparseable URL %s", url)
        return False

    monkeypatch.setattr(Sender, "add", add)
    assert (await apprising.send(CHANNEL, message(), "text")).state == "retrying"
    assert "canary-secret" not in caplog.text


@pytest.mark.parametrize("answer", [None, RuntimeError("canary-secret")], ids=repr)
async def test_a_service_that_fails_is_tried_again_and_its_address_not_told(
    answer: Exception | None, installed: type[Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "answer", answer)
    attempt = await apprising.send(CHANNEL, message(), "text")
    assert attempt.state == "retrying"
    assert "canary" not in str(attempt)


def test_nothing_of_it_is_loaded_before_it_is_needed() -> None:
    assert "apprise" not in sys.modules
