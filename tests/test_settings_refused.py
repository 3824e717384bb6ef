"""What is said of a wrong setting: file, key, value, and what would be right."""

from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import load, private_target
from monitor.settings.sections import SECRETS, SECTIONS, keys_of

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


# --- wrong keys --------------------------------------------------------------------------------------------


def mutations(key: str) -> list[str]:
    """Return a key with a letter lost, a letter doubled, and its last two changed over."""
    middle = len(key) // 2
    return [key[:-1], key[:middle] + key[middle] + key[middle:], key[:-2] + key[-1] + key[-2]]


MUTATIONS = [
    (section, wrong, key)
    for section, kind in SECTIONS.items()
    for key in keys_of(kind)
    for wrong in mutations(key)
    if wrong not in keys_of(kind) and len(key) > 2
]


def test_every_key_of_every_section_is_misspelt_in_several_ways() -> None:
    assert len(MUTATIONS) >= 50  # and those of channels and rules in test_settings_alerting


@pytest.mark.parametrize(("section", "wrong", "right"), MUTATIONS)
def test_a_misspelt_key_is_refused_with_the_right_one(section: str, wrong: str, right: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, f"[{section}]\n{wrong} = 12345\n")
    holds_a_secret = section in {name for name, _ in SECRETS}
    value = "(value not shown)" if holds_a_secret else "12345"
    assert said.startswith(f"{tmp_path / 'monitor.toml'}: {section}.{wrong} = {value}: unknown key")
    assert f"did you mean {right}?" in said


PLACES = {
    "a misspelt section": ("[netwrok]\n", "netwrok: unknown section; did you mean network?"),
    "a key without its section": ("host_delay_s = 1\n", "host_delay_s = 1: belongs under [network]"),
    "a key in another section": ("[poll]\nhost_delay_s = 1\n", "poll.host_delay_s = 1: unknown key; it belongs under"),
    "a value where a section is": ("network = 1\n", "network = 1: must be a section: write [network]"),
    "a key like no other": ("[feeds]\nzzz = 1\n", "feeds.zzz = 1: unknown key; known here: starter"),
    "channels as a value": ("channels = 1\n", "channels = (value not shown): must be sections"),
    "a channel as a value": ("[channels]\ndesk = 1\n", "channels.desk = (value not shown): must be a section"),
    "rules in single brackets": ('[rules]\nname = "a"\n', "must be tables: write [[rules]]"),
    "a rule as a value": ("rules = [1]\n", "rules[1] = 1: must be a table"),
    "a newline in a value": ('[network]\ncontac = "a\\nb"\n', "network.contac = 'a\\nb': unknown key"),
}


@pytest.mark.parametrize(("text", "words"), PLACES.values(), ids=PLACES)
def test_a_setting_in_a_wrong_place_is_refused(text: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(tmp_path, text)


def test_a_misspelt_variable_is_refused_with_the_right_one(tmp_path: Path) -> None:
    said = refusal(tmp_path, "", {"LAYOFF_MONITOR_NETWORK_CONTAKT": "x"})
    assert (
        "LAYOFF_MONITOR_NETWORK_CONTAKT = 'x': unknown variable; did you mean LAYOFF_MONITOR_NETWORK_CONTACT?" in said
    )


# --- wrong values ------------------------------------------------------------------------------------------

VALUES = {
    "a negative delay": ("network", "host_delay_s = -1", "must be a number from 0 to 300"),
    "a delay that is no number": ("network", "host_delay_s = nan", "must be a number from 0 to 300"),
    "an endless delay": ("network", "host_delay_s = inf", "must be a number from 0 to 300"),
    "a delay in quotes": ("network", 'host_delay_s = "5"', "must be a number from 0 to 300"),
    "true for a number": ("network", "host_delay_s = true", "must be a number from 0 to 300"),
    "a port too high": ("network", "allow_ports = [80, 70000]", "each a whole number from 1 to 65535"),
    "a list that is none": ("network", 'allow_private = "127.0.0.1:80"', "must be a list in [ ], each text in quotes"),
    "a negative limit": ("network", "host_daily_pages = -1", "must be a whole number not below 0"),
    "no feeds at a time": ("network", "concurrent_feeds = 0", "must be a whole number from 1 to 1024"),
    "a contact that is no text": ("network", "contact = 5", "must be text in quotes"),
    "a contact with a line end": ("network", 'contact = "a\\nHost: b"', "printable ASCII"),
    "an empty contact": ("network", 'contact = " "', "printable ASCII"),
    "an interval with a fraction": ("poll", "min_interval_s = 1.5", "must be a whole number from 1 to 2592000"),
    "an interval of nothing": ("poll", "min_interval_s = 0", "must be a whole number from 1 to 2592000"),
    "least above most": ("poll", "min_interval_s = 9\nmax_interval_s = 8", "must not be above max_interval_s (8)"),
    "a start below least": ("poll", "start_interval_s = 8\nmin_interval_s = 9", "must lie between min_interval_s (9)"),
    "a start above most": ("poll", "start_interval_s = 8\nmax_interval_s = 7", "and max_interval_s (7)"),
    "a word for true": ("process", 'first_look = "yes"', "must be true or false"),
    "no workers": ("process", "workers = 0", "must be a whole number from 1 to 64"),
    "a choice there is not": ("alerts", 'first_document = "loud"', 'must be one of "quiet", "alert"'),
    "a path that is none": ("store", "path = 3", "must be a path in quotes"),
    "an empty path": ("store", 'path = ""', "must be a path in quotes"),
    "a date": ("store", "path = 2026-01-01", "must be a path in quotes"),
}  # fmt: skip


@pytest.mark.parametrize(("section", "setting", "right"), VALUES.values(), ids=VALUES)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    section: str, setting: str, right: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, f"[{section}]\n{setting}\n")
    key = setting.split(" = ", maxsplit=1)[0]
    assert said.startswith(f"{tmp_path / 'monitor.toml'}: {section}.{key} = ")
    assert right in said


PRIVATE = {
    "no port": "127.0.0.1",
    "no address": ":80",
    "a name": "localhost:80",
    "a port too high": "127.0.0.1:65536",
    "port 0": "127.0.0.1:0",
    "a port in words": "127.0.0.1:http",
    "a network with bits beyond its mask": "127.0.0.1/8:*",
    "a mask too long": "127.0.0.0/33:*",
    "IPv6 without brackets": "::1:80",
    "an address of three parts": "127.0.1:80",
    "nothing": "",
}


@pytest.mark.parametrize("entry", PRIVATE.values(), ids=PRIVATE)
def test_a_wrong_private_target_is_refused(entry: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, f'[network]\nallow_private = ["127.0.0.1:*", "{entry}"]\n')
    assert f"network.allow_private = '{entry}': " in said


@pytest.mark.parametrize(
    ("entry", "network", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1/32", 8080),
        ("127.0.0.1:*", "127.0.0.1/32", None),
        ("127.0.0.0/8:*", "127.0.0.0/8", None),
        ("[::1]:80", "::1/128", 80),
        ("[fd00::]/8:*", "fd00::/8", None),
        ("[fd00::/8]:443", "fd00::/8", 443),
    ],
)
def test_a_private_target_names_a_network_and_a_port(entry: str, network: str, port: int | None) -> None:
    target = private_target(entry)
    assert (str(target.network), target.port) == (network, port)


FILES = {
    "broken syntax": (b"[network]\nhost_delay_s = \n", "syntax: Invalid value (at line 2"),
    "a key twice": (b"[poll]\nmin_interval_s = 1\nmin_interval_s = 2\n", "syntax: Cannot overwrite a value"),
    "another encoding": (b'[network]\n\ncontact = "caf\xe9"\n', "line 3: is not UTF-8"),
}


@pytest.mark.parametrize(("body", "words"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_toml_is_refused_with_the_line(body: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_bytes(body)
    with pytest.raises(ConfigurationError, match=r"monitor\.toml: ") as caught:
        load(file, HOME)
    assert words in str(caught.value)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_bytes(b"\xef\xbb\xbf[process]\nworkers = 4\n")
    assert load(file, HOME).process.workers == 4


@pytest.mark.parametrize("name", ["nothing.toml", "."], ids=["a file that is not there", "a folder"])
def test_a_file_that_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is none; `layoff-monitor init`|cannot be read"):
        load(tmp_path / name, HOME)
