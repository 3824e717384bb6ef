"""Channels and rules: where secrets come from, and what is said of a wrong one without showing it."""

import base64
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import load

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
CHANNEL = '[channels.desk]\nkind = "webhook"\nurl = "https://hooks.example.org/x"\n'
HOME = {"HOME": "/home/op"}


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "monitor.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def refusal(folder: Path, text: str, environ: dict[str, str] | None = None, mode: int = 0o600) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(write(folder, text, mode), HOME | (environ or {}))
    assert caught.value.exit_code == 2
    return str(caught.value)


RULE_MUTATIONS = {"naem": "name", "lables": "labels", "chanels": "channels", "employer": "employers",
                  "min_job": "min_jobs", "max_perday": "max_per_day"}  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), RULE_MUTATIONS.items())
def test_a_misspelt_key_of_a_rule_is_refused_with_the_right_one(wrong: str, right: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, f'[[rules]]\nname = "a"\n{wrong} = "x"\n')
    assert f"rules[1].{wrong} = 'x': unknown key; did you mean {right}?" in said


CHANNEL_MUTATIONS = {"ulr": "url", "secert": "secret", "secretfile": "secret_file", "formatt": "format",
                     "secret_fil": "secret_file", "urls": "url"}  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), CHANNEL_MUTATIONS.items())
def test_a_misspelt_key_of_a_channel_is_refused_without_its_value(wrong: str, right: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, f'{CHANNEL}{wrong} = "{KEY}"\n')
    assert f"channels.desk.{wrong} = (value not shown): unknown key; did you mean {right}?" in said
    assert KEY not in said


# --- channels and rules ------------------------------------------------------------------------------------


def test_a_secret_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    secret = tmp_path / "desk.secret"
    secret.write_text(KEY + "\n", encoding="utf-8")
    secret.chmod(0o600)
    settings = load(write(tmp_path, f'{CHANNEL}secret_file = "desk.secret"\n', 0o644), HOME)
    assert settings.channels["desk"].secret == KEY


def test_a_secret_comes_from_the_environment_before_any_file(tmp_path: Path) -> None:
    file = write(tmp_path, CHANNEL.replace("desk", "news-desk") + 'secret_file = "none"\n')
    settings = load(file, HOME | {"LAYOFF_MONITOR_CHANNELS_NEWS_DESK_SECRET": KEY})
    assert settings.channels["news-desk"].secret == KEY


def test_a_secret_in_the_configuration_counts_while_only_its_owner_can_read_it(tmp_path: Path) -> None:
    assert load(write(tmp_path, f'{CHANNEL}secret = "{KEY}"\n', 0o600), HOME).channels["desk"].secret == KEY
    said = refusal(tmp_path, f'{CHANNEL}secret = "{KEY}"\n', mode=0o640)
    assert "others can read this file (mode 0640); run: chmod 600" in said
    assert KEY not in said


def test_a_secret_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    secret = tmp_path / "desk.secret"
    secret.write_text(KEY, encoding="utf-8")
    secret.chmod(0o644)
    said = refusal(tmp_path, f'{CHANNEL}secret_file = "desk.secret"\n')
    assert f"others can read it (mode 0644); run: chmod 600 {secret}" in said


def test_no_form_of_the_settings_shows_a_secret(tmp_path: Path) -> None:
    settings = load(write(tmp_path, f'{CHANNEL}secret = "{KEY}"\n'), HOME)
    assert KEY not in f"{settings!r} {settings} {settings.channels}"


SECRETS = {
    "no prefix": base64.b64encode(bytes(32)).decode(),
    "23 bytes": "whsec_" + base64.b64encode(bytes(23)).decode(),
    "65 bytes": "whsec_" + base64.b64encode(bytes(65)).decode(),
    "no base64": "whsec_%%%%",
    "nothing after the prefix": "whsec_",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_bad_secret_is_refused_and_never_shown(secret: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, f'{CHANNEL}secret = "{secret}"\n')
    assert 'must be "whsec_" followed by base64 of 24 to 64 bytes' in said
    assert "channels.desk.secret = (value not shown)" in said
    assert (secret.removeprefix("whsec_") or KEY) not in said


URLS = {
    "another scheme": "ftp://example.org/x",
    "no scheme": "example.org/x",
    "no host": "https:///x",
    "a password": "https://a:b@example.org/x",
    "a space": "https://example.org/a b",
    "a backslash": "https://example.org\\\\x",
    "a bad port": "https://example.org:99999/",
}


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_a_bad_address_of_a_channel_is_refused_and_its_path_not_shown(url: str, tmp_path: Path) -> None:
    text = f'[channels.desk]\nkind = "webhook"\nurl = "{url}?token=hushhush"\nsecret = "{KEY}"\n'
    said = refusal(tmp_path, text)
    assert "channels.desk.url" in said
    assert "hushhush" not in said


CHANNELS = {
    "mail": ('[channels.m]\nkind = "mail"\nhost = "x"\n', "needs host, from and to"),
    "another kind": ('[channels.m]\nkind = "pigeon"\nurl = "https://e.org"\n', 'must be one of "webhook"'),
    "no kind": ('[channels.m]\nurl = "https://e.org"\n', 'needs kind = "webhook"'),
    "no secret": (CHANNEL, "needs a secret: secret_file, or the variable LAYOFF_MONITOR_CHANNELS_DESK_SECRET"),
    "two secrets": (f'{CHANNEL}secret = "{KEY}"\nsecret_file = "x"\n', "give secret_file or secret, not both"),
    "a secret file that is not there": (f'{CHANNEL}secret_file = "gone"\n', "channels.desk.secret_file = 'gone': "),
    "a secret that is no text": (f"{CHANNEL}secret = 5\n", "channels.desk.secret = (value not shown): must be text"),
    "another format": (f'{CHANNEL}format = "chat"\nsecret = "{KEY}"\n', 'must be one of "standard", "slack"'),
    "a secret for a chat": (f'{CHANNEL}format = "slack"\nsecret = "{KEY}"\n', "a chat service verifies no signature"),
    "a name with a dot": ('[channels."a.b"]\nkind = "webhook"\n', "a channel's name is made of"),
}


@pytest.mark.parametrize(("text", "words"), CHANNELS.values(), ids=CHANNELS)
def test_a_wrong_channel_is_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(tmp_path, text)


def test_a_secret_for_no_channel_is_refused(tmp_path: Path) -> None:
    text = f'{CHANNEL}secret = "{KEY}"\n'
    said = refusal(tmp_path, text, {"LAYOFF_MONITOR_CHANNELS_DEKS_SECRET": KEY})
    assert "did you mean LAYOFF_MONITOR_CHANNELS_DESK_SECRET?" in said
    assert KEY not in said


RULES = {
    "a channel there is not": ('[[rules]]\nname = "a"\nchannels = ["dsk"]\n', "rules[1].channels = 'dsk': no such"),
    "two of one name": ('[[rules]]\nname = "a"\n[[rules]]\nname = "a"\n', "rules[2].name = 'a': another rule has"),
    "another kind": ('[[rules]]\nname = "a"\nkind = "flop"\n', "rules[1].kind = 'flop': must be one of \"any\""),
    "no name": ('[[rules]]\nkind = "any"\n', "rules[1]: needs name"),
    "an empty name": ('[[rules]]\nname = " "\n', "must not be empty"),
    "another label": ('[[rules]]\nname = "a"\nlabels = ["none"]\n', 'each one of "cut", "reversal", "hybrid"'),
    "a negative number": ('[[rules]]\nname = "a"\nmin_jobs = -1\n', "must be a whole number not below 0"),
    "another strength": ('[[rules]]\nname = "a"\nmin_strength = "firm"\n', '"explicit"'),
    "a confirmation of two": ('[[rules]]\nname = "a"\nconfirm = 2\n', "must be a whole number from 0 to 1"),
}


@pytest.mark.parametrize(("text", "words"), RULES.values(), ids=RULES)
def test_a_wrong_rule_is_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(tmp_path, text)


def test_a_rule_names_the_nearest_channel(tmp_path: Path) -> None:
    text = f'{CHANNEL}secret = "{KEY}"\n[[rules]]\nname = "a"\nchannels = ["dsk"]\n'
    assert "no such channel; did you mean desk?" in refusal(tmp_path, text)


def test_rules_of_the_file_replace_the_packaged_one(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[[rules]]\nname = "large"\nmin_jobs = 500\nlabels = ["cut"]\n'), HOME)
    assert [(rule.name, rule.min_jobs, rule.labels) for rule in settings.rules] == [("large", 500, ("cut",))]
