"""What is read of an operator's files: targets of the fuzzer, with what each promises."""

import atexit
import os
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from tempfile import mkstemp

from faults.fuzz_rows import CSV, CSV_TOKENS, JSON
from faults.mutants import Target, text_of

from monitor.accounts import vocabulary
from monitor.classify import companies, cues, factbook, needs, publishers, weights
from monitor.errors import ConfigurationError
from monitor.settings import load
from monitor.settings.ruling import employers_of
from monitor.settings.starter import starter_feeds


@cache
def _paper() -> Path:
    """Return one private file for all runs of this process: making and removing one is slower than reading it."""
    number, name = mkstemp()
    os.close(number)
    atexit.register(os.unlink, name)
    return Path(name)


def _read_by(reader: Callable[[Path], object]) -> Callable[[bytes], Hashable]:
    """Return a target for a reader of an operator's file: what it reads, or a sentence that names the file."""

    def run(data: bytes) -> Hashable:
        path = _paper()
        path.write_bytes(data)
        try:
            return len(repr(reader(path))).bit_length()
        except ConfigurationError as error:
            said = str(error)
        assert str(path) in said
        assert len(said) < 6000
        return said.removeprefix(str(path))[:40]

    return run


def environment(data: bytes) -> Hashable:
    """Variables of ours, one a line."""
    pairs = (line.partition("=") for line in text_of(data).split("\n"))
    environ = {f"LAYOFF_MONITOR_{name}": value for name, _, value in pairs if name and "\0" not in name + value}
    environ.pop("LAYOFF_MONITOR_CONFIG", None)
    try:
        found = load(None, {"HOME": "/home/you", **environ})
    except ConfigurationError as error:
        return str(error)[:40]
    assert found.poll.min_interval_s <= found.poll.start_interval_s <= found.poll.max_interval_s
    return found.network.host_delay_s, found.poll.start_interval_s


def clause(data: bytes) -> Hashable:
    """A pattern line of the cue book: what must occur for it to fit."""
    found = needs.clauses(text_of(data).split("\n")[0][:300])
    assert all(found)
    return len(found)


CONFIG = (
    (
        b'[store]\npath = "monitor.db"\n[feeds]\nstarter = true\n[network]\nallow_private = ["127.0.0.1'
        b':8080"]\nhost_delay_s = 2.5\ncontact = "https://desk.example/bot"\n[poll]\nmin_interval_s = '
        b'300\n[alerts]\ntime_zone = "Europe/Paris"\nsite_url = "https://desk.example/"\n'
    ),
    (
        b'[channels.desk]\nkind = "webhook"\nurl = "https://hooks.example/x"\nsecret = "whsec_MDEyMzQ'
        b'1Njc4OTAxMjM0NTY3ODkwMTIz"\n[[rules]]\nname = "cuts"\nlabels = ["cut"]\nchannels = ["desk"]\n'
        b'quiet_hours = "22:00-07:00"\nmin_jobs = 10\ncountries = ["DE"]\n'
    ),
    (
        b'[channels.letters]\nkind = "mail"\nhost = "127.0.0.1"\ntls = "none"\nfrom = "a@desk.example"'
        b'\nto = ["b@c.example"]\n[second_opinion]\nbase_url = "http://127.0.0.1:11434/v1"\nmodel = "s'
        b'mall"\n'
    ),
    (
        b'[[rules]]\nname = "list"\nkind = "watchlist"\nlist = "firms.csv"\n[channels.chat]\nkind = "ap'
        b'prise"\nurl_file = "x"\n'
    ),
)
TOML = (
    b"[store]\n", b"path = ", b'"\\u0000"', b'"~nobody/x"', b'"~"', b"[[rules]]\n", b"[channels.x]\n",
    b'kind = "mail"\n', b"= [[[", b"1979-05-27T07:32:00Z", b"1e400", b"nan", b"-1", b"true", b"{a = 1}", b"'''",
    b'"\\U0010ffff"', b"host_delay_s = ", b"api_key = ", b'secret_file = "x"\n', b'password_file = "\\u0000"\n',
    b'url_file = "~x/y"\n', b'ca_file = "~x/y"\n', b'list = "\\u0000"\n', b'time_zone = "../../x"\n',
    b'quiet_hours = "24:00-25:00"\n', b'base_url = "http://["\n', b'site_url = "http://["\n', b"months = [3]",
    b'functions = ["x"]\n', b'employers = [""]\n', b"weight = ", b"patterns = [", b'"(?P<a>{ai} .. jobs"',
    b'"(a+)+b{2,1}"', b"@ai|",
)  # fmt: skip
VARIABLES = (
    b"STORE_PATH=/data/x.db\nNETWORK_HOST_DELAY_S=3\nFEEDS_STARTER=true\nPOLL_MIN_INTERVAL_S=600",
    b"NETWORK_ALLOW_PRIVATE=127.0.0.1:*, [::1]:80\nCHANNELS_DESK_SECRET=x\nALERTS_TIME_ZONE=UTC",
)  # fmt: skip
TABLES = (
    (
        b'version = 1\n[words]\nai = ["ai|chat bot"]\njob = ["job|jobs", "@ai"]\n[cut.layoff]\npatterns'
        b' = ["{ai} .. cuts ... {job}"]\nweight = 2\n'
    ),
    (
        b'version = 1\n[employers]\n"Norvik" = ["Norvik Bank"]\n"Klarion" = []\n[not_employers]\nnames '
        b'= ["x"]\n[headline]\ndescriptors = ["y"]\n'
    ),
    (
        b'[tier1]\nhosts = ["a.example"]\nnames = ["A"]\n[tier2]\nhosts = []\nnames = []\n[tier3]\nhosts '
        b"= []\nnames = []\n"
    ),
    b'[[feeds]]\nname = "Desk"\nurl = "https://a.example/feed"\nlanguage = "en"\ninterval_s = 3600\n',
    b'[people]\nnouns = ["job*"]\n[moves]\naway = ["cut"]\n[country]\nDE = ["germany"]\n',
    (
        b'nothing = ["n/a"]\n[label]\ncut = ["layoff"]\nnone = []\n[kind]\nevent = []\n[country]\nDE = ["'
        b'germany"]\ncodes = ["DE"]\n'
    ),
)
WEIGHTS = (
    b'{"label_temperature": 1.0, "kind_temperature": 1.0, "features": {"": {"cut": -0.9, "none": 2.9, "event": 0.8}}}'
)

TARGETS = (
    Target("settings.file", _read_by(lambda path: load(path, {"HOME": "/home/you"})), CONFIG, TOML, 4),
    Target(
        "settings.environment",
        environment,
        VARIABLES,
        (b"\n", b"=", b"POLL_MAX_INTERVAL_S=", b"PROCESS_WORKERS=", b"~x", b",", b"nan"),
        4,
    ),
    Target("settings.employers", _read_by(employers_of), (*CSV[:1], b'employer\nNorvik\n\n"A, B"\n'), CSV_TOKENS, 4),
    Target("settings.starter", _read_by(starter_feeds), TABLES[3:4], TOML, 3),
    Target("classify.cues", _read_by(cues.load), TABLES[:1], TOML, 3),
    Target("classify.companies", _read_by(lambda path: companies.load(path, path)), TABLES[1:2], TOML, 3),
    Target("classify.publishers", _read_by(publishers.load), TABLES[2:3], TOML, 2),
    Target("classify.facts", _read_by(lambda path: factbook.load(path, path)), TABLES[4:5], TOML, 3),
    Target("accounts.vocabulary", _read_by(lambda path: vocabulary.load(path, path)), TABLES[5:], TOML, 3),
    Target("classify.weights", _read_by(weights.load), (WEIGHTS,), JSON, 3),
    Target(
        "classify.needs",
        clause,
        (b"{ai} .. (?:cuts|lays? off) ... {job}s?", b"re\\w+ing [a-z]{2,9} (a|b(c|d))"),
        (b"(", b")", b"|", b"{ai}", b"?", b"["),
        6,
    ),
)
