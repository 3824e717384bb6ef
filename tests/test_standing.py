"""What `check` says of channels: where they lead, how they fare, which are disabled."""

from monitor.alerts import standing
from monitor.settings import AppriseChannel, Channel, MailChannel, NetworkSettings

MAIL = MailChannel(name="m", host="mail.example.org", sender="a@b.example", to=("c@d.example",))


def levels(channel: Channel) -> list[str]:
    return [level for _, level, _, _ in standing.addresses({"m": channel}, NetworkSettings())]


def test_an_encrypted_mail_channel_is_no_finding() -> None:
    assert levels(MAIL) == []


def test_clear_text_that_was_allowed_is_noted() -> None:
    plain = MailChannel(name="m", host="h.example", sender="a@b", to=("c@d",), tls="none", allow_plain=True)
    assert levels(plain) == ["note"]


def test_apprise_is_noted_as_outside_the_gate_and_missing_is_a_problem() -> None:
    told = list(standing.addresses({"m": AppriseChannel(name="m", url="json://x")}, NetworkSettings()))
    assert any("[network] does not hold for them" in text for _, _, text, _ in told)
    missing = [remedy for _, level, _, remedy in told if level == "problem"]
    assert {*missing} <= {'pip install "layoff-monitor[apprise]"'}


def test_a_disabled_recipient_is_a_problem_with_its_remedy() -> None:
    row = {"channel": "m", "recipient": "m 1", "disabled_at": "2026-03-02", "why": "410 from x", "failing_since": None}
    [(subject, level, text, remedy)] = standing.disabled({"m": MAIL}, [row])
    assert (subject, level, text) == ("channel m 1", "problem", "disabled since 2026-03-02: 410 from x")
    assert remedy.endswith("`layoff-monitor alerts retry --channel m`")


def test_one_that_only_fails_or_is_no_longer_configured_is_none() -> None:
    failing = {"channel": "m", "recipient": "m 1", "disabled_at": None, "why": "503", "failing_since": "2026"}
    gone = {**failing, "channel": "old", "disabled_at": "2026"}
    assert list(standing.disabled({"m": MAIL}, [failing, gone])) == []
