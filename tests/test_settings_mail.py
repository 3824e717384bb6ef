"""Mail, chat and apprise channels: what they need, what is refused, and where their secrets may be."""

from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import AppriseChannel, MailChannel, WebhookChannel, load, recipients

HOME = {"HOME": "/home/op"}
MAIL = '[channels.m]\nkind = "mail"\nhost = "mail.example.org"\nfrom = "a@example.org"\nto = ["b@example.org"]\n'
CANARY = "canary-secret"


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "monitor.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def channel(folder: Path, text: str, environ: dict[str, str] | None = None) -> object:
    return load(write(folder, text), HOME | (environ or {})).channels["m"]


def refusal(folder: Path, text: str, mode: int = 0o600) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(write(folder, text, mode), HOME)
    assert CANARY not in str(caught.value)
    return str(caught.value)


def test_mail_goes_encrypted_unless_something_else_is_said(tmp_path: Path) -> None:
    found = channel(tmp_path, MAIL)
    assert isinstance(found, MailChannel)
    assert (found.tls, found.port, found.sender, found.to) == ("starttls", 587, "a@example.org", ("b@example.org",))


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465)])
def test_the_port_is_the_usual_one_of_the_kind_of_tls(tls: str, port: int, tmp_path: Path) -> None:
    found = channel(tmp_path, f'{MAIL}tls = "{tls}"\n')
    assert isinstance(found, MailChannel)
    assert found.port == port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_clear_text_is_for_this_machine(host: str, tmp_path: Path) -> None:
    found = channel(tmp_path, MAIL.replace("mail.example.org", host) + 'tls = "none"\n')
    assert isinstance(found, MailChannel)
    assert (found.tls, found.port) == ("none", 25)


def test_clear_text_elsewhere_is_refused_unless_allowed(tmp_path: Path) -> None:
    assert "allow_plain = true allows it" in refusal(tmp_path, f'{MAIL}tls = "none"\n')
    assert channel(tmp_path, f'{MAIL}tls = "none"\nallow_plain = true\n')


ADDRESSES = ["", "b", "b@", "@example.org", "b@exam ple.org", "b@example.org\\r\\nBcc: x@y.z", "b@example.org, c@d.e",
             "Bo <b@example.org>", "b@example.org\\u2028", "ä@example.org", '\\"b b\\"@example.org',
             "b..c@example.org"]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("key", ["from", "to"])
def test_an_address_that_is_none_is_refused(key: str, address: str, tmp_path: Path) -> None:
    text = MAIL.replace("a@example.org" if key == "from" else "b@example.org", address)
    assert f"channels.m.{key} = " in refusal(tmp_path, text)


def test_every_recipient_has_a_number(tmp_path: Path) -> None:
    found = channel(tmp_path, MAIL.replace('["b@example.org"]', '["b@example.org", "c@example.org"]'))
    assert isinstance(found, MailChannel)
    assert recipients(found) == 2


WRONG = {
    "nobody": (MAIL.replace('["b@example.org"]', "[]"), "must name somebody"),
    "no host": (MAIL.replace('host = "mail.example.org"\n', ""), "needs host, from and to"),
    "a host with a blank": (MAIL.replace("mail.example", "mail example"), "must be the name or address"),
    "another kind of tls": (f'{MAIL}tls = "maybe"\n', 'must be one of "starttls"'),
    "a name without a password": (f'{MAIL}username = "u"\n', "needs both of username and a password"),
    "a password without a name": (f'{MAIL}password = "{CANARY}"\n', "needs both of username and a password"),
    "a misspelt key": (f'{MAIL}passwrod = "{CANARY}"\n', "did you mean password?"),
    "a key of webhooks": (f'{MAIL}url = "https://{CANARY}.example"\n', "channels.m.url"),
    "no such certificates": (f'{MAIL}ca_file = "gone.pem"\n', "there is no such file"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_mail_channel_is_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(tmp_path, text)


def test_a_password_comes_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    secret = tmp_path / "m.password"
    secret.write_text(CANARY + "\n", encoding="utf-8")
    secret.chmod(0o600)
    found = channel(tmp_path, f'{MAIL}username = "u"\npassword_file = "m.password"\n')
    assert isinstance(found, MailChannel)
    assert (found.password, CANARY in repr(found)) == (CANARY, False)
    other = channel(tmp_path, f'{MAIL}username = "u"\n', {"LAYOFF_MONITOR_CHANNELS_M_PASSWORD": "x"})
    assert isinstance(other, MailChannel)
    assert other.password == "x"
    secret.chmod(0o644)
    assert "others can read it" in refusal(tmp_path, f'{MAIL}username = "u"\npassword_file = "m.password"\n')


def test_a_literal_password_needs_a_private_configuration(tmp_path: Path) -> None:
    text = f'{MAIL}username = "u"\npassword = "{CANARY}"\n'
    assert "run: chmod 600" in refusal(tmp_path, text, 0o644)


@pytest.mark.parametrize("shape", ["slack", "discord", "teams"])
def test_a_chat_s_address_is_a_secret_and_needs_no_other(shape: str, tmp_path: Path) -> None:
    text = f'[channels.m]\nkind = "webhook"\nformat = "{shape}"\nurl = "https://chat.example/{CANARY}"\n'
    found = channel(tmp_path, text)
    assert isinstance(found, WebhookChannel)
    assert (found.format, found.secret, CANARY in repr(found)) == (shape, "", False)
    assert "run: chmod 600" in refusal(tmp_path, text, 0o644)


def test_apprise_has_its_address_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "m.url"
    secret.write_text(f"tgram://{CANARY}/1\n", encoding="utf-8")
    secret.chmod(0o600)
    found = channel(tmp_path, '[channels.m]\nkind = "apprise"\nurl_file = "m.url"\n')
    assert isinstance(found, AppriseChannel)
    assert (found.url, CANARY in repr(found)) == (f"tgram://{CANARY}/1", False)
    assert "needs an apprise address" in refusal(tmp_path, '[channels.m]\nkind = "apprise"\n')


@pytest.mark.parametrize("url", ["monitor.example", "ftp://monitor.example", "https://a:b@monitor.example"])
def test_a_site_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    assert "alerts.site_url" in refusal(tmp_path, f'[alerts]\nsite_url = "{url}"\n')
