"""`[second_opinion]`: off by default, where its key comes from, and what is said of a wrong one without showing it."""

from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import SecondOpinionSettings, load

KEY = "sk-canary-1234"
ON = '[second_opinion]\nbase_url = "http://127.0.0.1:8080/v1"\nmodel = "m"\n'
HOME = {"HOME": "/home/op"}
VARIABLE = "LAYOFF_MONITOR_SECOND_OPINION_API_KEY"


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "monitor.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def chosen(folder: Path, text: str, environ: dict[str, str] | None = None, mode: int = 0o600) -> SecondOpinionSettings:
    return load(write(folder, text, mode), HOME | (environ or {})).second_opinion


def refusal(folder: Path, text: str, environ: dict[str, str] | None = None, mode: int = 0o600) -> str:
    with pytest.raises(ConfigurationError) as caught:
        chosen(folder, text, environ, mode)
    assert KEY not in str(caught.value)
    return str(caught.value)


def key_file(folder: Path, mode: int = 0o600) -> Path:
    file = folder / "model.key"
    file.write_text(f"{KEY}\n", encoding="utf-8")
    file.chmod(mode)
    return file


def test_it_is_off_unless_an_endpoint_is_named(tmp_path: Path) -> None:
    assert load(None, HOME).second_opinion.base_url is None
    assert chosen(tmp_path, "[second_opinion]\nmonthly_cap = 5\n") == SecondOpinionSettings(monthly_cap=5)


def test_a_server_of_ones_own_needs_no_key(tmp_path: Path) -> None:
    found = chosen(tmp_path, ON, mode=0o644)
    assert (found.base_url, found.model, found.api_key) == ("http://127.0.0.1:8080/v1", "m", None)


def test_the_key_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    key_file(tmp_path)
    assert chosen(tmp_path, f'{ON}api_key_file = "model.key"\n', mode=0o644).api_key == KEY


def test_the_key_comes_from_the_environment_before_any_file(tmp_path: Path) -> None:
    assert chosen(tmp_path, f'{ON}api_key_file = "gone"\n', {VARIABLE: KEY}, 0o644).api_key == KEY


def test_the_file_of_the_key_may_be_named_by_a_variable(tmp_path: Path) -> None:
    named = {"LAYOFF_MONITOR_SECOND_OPINION_API_KEY_FILE": str(key_file(tmp_path))}
    assert chosen(tmp_path, ON, named).api_key == KEY


def test_a_key_in_the_configuration_counts_while_only_its_owner_can_read_it(tmp_path: Path) -> None:
    assert chosen(tmp_path, f'{ON}api_key = "{KEY}"\n').api_key == KEY
    assert "others can read this file (mode 0640)" in refusal(tmp_path, f'{ON}api_key = "{KEY}"\n', mode=0o640)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    key_file(tmp_path, 0o644)
    assert "others can read it (mode 0644)" in refusal(tmp_path, f'{ON}api_key_file = "model.key"\n')


def test_no_form_of_the_settings_shows_the_key(tmp_path: Path) -> None:
    settings = load(write(tmp_path, f'{ON}api_key = "{KEY}"\n'), HOME)
    assert KEY not in f"{settings!r} {settings} {settings.second_opinion}"


WRONG = {
    "no model": ('[second_opinion]\nbase_url = "http://127.0.0.1:1/v1"\n', "base_url needs a model beside it"),
    "no address": ('[second_opinion]\nbase_url = "127.0.0.1:1"\nmodel = "m"\n', 'must begin with "https://"'),
    "a password": (
        '[second_opinion]\nbase_url = "http://a:b@c.example/v1"\nmodel = "m"\n',
        "must not hold a user name",
    ),
    "the whole way": (
        '[second_opinion]\nbase_url = "https://c.example/v1/chat/completions"\nmodel = "m"\n',
        'leave out "/chat/completions"',
    ),
    "a key without TLS": (
        '[second_opinion]\nbase_url = "http://c.example/v1"\nmodel = "m"\napi_key = "k"\n',
        "can be read on their way; use https://",
    ),
    "a key without TLS to an address": (
        '[second_opinion]\nbase_url = "http://8.8.8.8/v1"\nmodel = "m"\napi_key = "k"\n',
        "use https://",
    ),
    "a query": ('[second_opinion]\nbase_url = "https://c.example/v1?x=1"\nmodel = "m"\n', "must end with its path"),
    "two keys": (f'{ON}api_key = "{KEY}"\napi_key_file = "x"\n', "give api_key_file or api_key, not both"),
    "a key file that is not there": (f'{ON}api_key_file = "gone"\n', "second_opinion.api_key_file = 'gone': cannot"),
    "a key with a line end": (f'{ON}api_key = "{KEY}\\r\\nX-A: b"\n', "must be 1 to 512 visible ASCII characters"),
    "a key that is no text": (f"{ON}api_key = 5\n", "second_opinion.api_key = (value not shown): must be text"),
    "a misspelt key": (f'{ON}api_kye = "{KEY}"\n', "(value not shown): unknown key; did you mean api_key?"),
    "no requests": (f"{ON}monthly_cap = 0\n", "second_opinion.monthly_cap = 0: must be a whole number not below 1"),
    "above one": (f"{ON}below = 2\n", "second_opinion.below = 2: must be a number from 0 to 1"),
    "too much text": (f"{ON}max_chars = 9000\n", "must be a whole number from 500 to 8000"),
    "too long a wait": (f"{ON}deadline_s = 301\n", "must be a number from 1 to 300"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_section_is_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(tmp_path, text)
