"""Settings: what counts over what, and what is said of a wrong one."""

import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import FeedsSettings, Settings, StoreSettings, load, starter_feeds
from monitor.settings.sections import SECTIONS
from monitor.shipped import shipped

HOME = {"HOME": "/home/op"}


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "monitor.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


# --- what counts over what ---------------------------------------------------------------------------------


def test_the_shipped_configuration_says_exactly_the_packaged_defaults() -> None:
    file = shipped("config/monitor.toml")
    said = load(file, HOME)
    assert replace(said, store=StoreSettings(path=Path("x")), config_file=None) == Settings(
        store=StoreSettings(path=Path("x"))
    )


def test_the_shipped_configuration_shows_every_key_there_is() -> None:
    text = shipped("config/monitor.toml").read_text(encoding="utf-8")
    settings = asdict(load(None, HOME))
    keys = [key for name in SECTIONS for key in settings[name]]
    keys += [*settings["rules"][0], "kind", "url", "secret_file", "format"]
    assert [key for key in keys if f"\n{key} = " not in text and f"\n# {key} = " not in text] == []


def test_a_file_counts_over_defaults_a_variable_over_the_file_and_a_flag_over_both(tmp_path: Path) -> None:
    file = write(tmp_path, '[store]\npath = "a.db"\n[network]\nhost_delay_s = 1\nhost_daily_pages = 7\n')
    environ = HOME | {"LAYOFF_MONITOR_NETWORK_HOST_DELAY_S": "2.5", "LAYOFF_MONITOR_STORE_PATH": "/b.db"}
    settings = load(file, environ, {"db": Path("/c.db")})
    assert (settings.store.path, settings.network.host_delay_s) == (Path("/c.db"), 2.5)
    assert (settings.network.host_daily_pages, settings.network.concurrent_feeds) == (7, 32)


def test_the_configuration_is_found_by_its_variable(tmp_path: Path) -> None:
    file = write(tmp_path, "[process]\nworkers = 3\n")
    assert load(None, HOME | {"LAYOFF_MONITOR_CONFIG": str(file)}).process.workers == 3


VARIABLES = {
    "a list": ("NETWORK_ALLOW_PRIVATE", "127.0.0.1:*, [::1]:80", ("127.0.0.1:*", "[::1]:80")),
    "a list of numbers": ("NETWORK_ALLOW_PORTS", "80,8443", (80, 8443)),
    "text": ("NETWORK_CONTACT", "desk@example.org", "desk@example.org"),
    "a whole number": ("NETWORK_CONCURRENT_FEEDS", "4", 4),
    "false": ("PROCESS_FIRST_LOOK", "false", False),
    "zero for false": ("PROCESS_FIRST_LOOK", "0", False),
    "a choice": ("ALERTS_FIRST_DOCUMENT", "alert", "alert"),
    "nothing, which says nothing": ("PROCESS_WORKERS", "", 2),
}


@pytest.mark.parametrize(("name", "text", "value"), VARIABLES.values(), ids=VARIABLES)
def test_a_variable_is_read_as_the_type_of_its_key(name: str, text: str, value: object) -> None:
    settings = asdict(load(None, HOME | {f"LAYOFF_MONITOR_{name}": text}))
    section, _, key = name.lower().partition("_")
    assert settings[section][key] == value


def test_a_variable_of_a_container_engine_is_left_alone() -> None:
    environ = HOME | {"LAYOFF_MONITOR_PORT_80_TCP": "tcp://10.0.0.9:80", "LAYOFF_MONITOR_SERVICE_HOST": "10.0.0.9"}
    assert load(None, environ) == load(None, HOME)


def test_relative_paths_in_the_file_count_from_the_file(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[store]\npath = "data/x.db"\n'), HOME)
    assert settings.store.path == tmp_path / "data" / "x.db"


STORES = {
    "the data folder of the desktop": ({"XDG_DATA_HOME": "/data"}, "/data/layoff-monitor/monitor.db"),
    "home without it": ({}, "/home/op/.local/share/layoff-monitor/monitor.db"),
    "home when it is relative": ({"XDG_DATA_HOME": "d"}, "/home/op/.local/share/layoff-monitor/monitor.db"),
}


@pytest.mark.parametrize(("environ", "path"), STORES.values(), ids=STORES)
def test_without_a_path_the_store_is_in(environ: dict[str, str], path: str) -> None:
    assert load(None, HOME | environ).store.path == Path(path)


STARTERS = {
    "nothing is configured": (None, True),
    "a file does not say": ("[process]\nworkers = 1\n", False),
    "a file asks for them": ("[feeds]\nstarter = true\n", True),
}


@pytest.mark.parametrize(("text", "starter"), STARTERS.values(), ids=STARTERS)
def test_a_new_store_starts_with_feeds_or_without_when(text: str | None, starter: bool, tmp_path: Path) -> None:  # noqa: FBT001  # a table of cases
    file = None if text is None else write(tmp_path, text)
    assert load(file, HOME).feeds == FeedsSettings(starter=starter)


INTERVALS = {
    "a small start lowers the least": ("start_interval_s = 60", (60, 60, 86400)),
    "a small most lowers start and least": ("max_interval_s = 300", (300, 300, 300)),
    "a large least raises the start": ("min_interval_s = 7200", (7200, 7200, 86400)),
    "a huge least raises all": ("min_interval_s = 100000", (100000, 100000, 100000)),
    "three of them stay": ("start_interval_s=2\nmin_interval_s=1\nmax_interval_s=3", (2, 1, 3)),
}


@pytest.mark.parametrize(("text", "intervals"), INTERVALS.values(), ids=INTERVALS)
def test_intervals_nobody_gave_bend_to_those_given(text: str, intervals: tuple[int, ...], tmp_path: Path) -> None:
    poll = load(write(tmp_path, f"[poll]\n{text}\n"), HOME).poll
    assert (poll.start_interval_s, poll.min_interval_s, poll.max_interval_s) == intervals


# --- the starter set ---------------------------------------------------------------------------------------


def test_the_starter_set_has_feeds_that_differ_and_can_be_asked() -> None:
    feeds = starter_feeds()
    assert len({feed.url for feed in feeds}) == len(feeds) >= 20
    assert all(feed.url.startswith("https://") and '"' not in feed.url and feed.name for feed in feeds)


EDITED = {
    "a key is missing": "[[feeds]]\nname = 'a'\n",
    "no tables": "feeds = 1\n",
    "another key": "x = 1\n",
    "an address that cannot be asked": "[[feeds]]\nname='a'\nurl='ftp://b'\nlanguage='en'\ninterval_s=9\n",
    "no TOML": "[",
}


@pytest.mark.parametrize("text", EDITED.values(), ids=EDITED)
def test_a_starter_set_that_was_edited_wrongly_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"feeds\.toml: "):
        starter_feeds(file)


def test_both_shipped_files_are_toml() -> None:
    for name in ("config/monitor.toml", "config/feeds.toml"):
        assert tomllib.loads(shipped(name).read_text(encoding="utf-8"))
