"""Statements that ask too much, in a process of their own: bounds that hold where SQL is on, too (W2)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from viewers import ROOT, Viewer, full, serving

MB: Final = 1 << 20
CAP: Final = 700 * MB  # of address space; a service manager has 512 MiB of memory for it
SECONDS: Final = 1  # that a statement may take here, and then is ended

BOMBS: Final = {
    "a large value": "select hex(zeroblob(100000000))",
    "a large value in pieces": "select group_concat(hex(zeroblob(1000000))) from entries",
    "a value that doubles": "with recursive x (s) as (select 'ab' union all select s || s from x) select s from x",
    "a JSON that grows": "select json_group_array(text || hex(zeroblob(500000))) from articles",
    "a replacement that grows": "select replace(hex(zeroblob(3000)), '0', hex(zeroblob(30000)))",
    "a printed width": "select length(printf('%100000000d', 1))",
    "quoting that grows": "select length(quote(zeroblob(60000000)))",
    "rows without end": "with recursive x (n) as (select 1 union all select n + 1 from x) select count(*) from x",
    "rows that are kept": "with recursive x (n) as (select 1 union select n + 1 from x) select count(*) from x",
    "a product of tables": "select count(*) from entries a, entries b, entries c, entries d, entries e",
    "sorting a product": "select a.id from entries a, entries b, entries c, entries d order by random()",
    "a pattern that goes back": f"select 'a' like '{'%a' * 150}'",
    "a deep expression": f"select {'(' * 400}1{')' * 400}{' + 1' * 200}",
    "a long statement": f"select 1 -- {'x' * 60_000}",
    "another file": "attach database '/etc/passwd' as p",
}
CHILD: Final = """
import json, resource, sqlite3, sys, time
from datasette.utils import sqlite_timelimit
from monitor.store import reading

path, bounded, cap, seconds = sys.argv[1], sys.argv[2] == "bounded", int(sys.argv[3]), int(sys.argv[4])
connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
if bounded:
    reading.limit(connection)
resource.setrlimit(resource.RLIMIT_AS, (cap, cap))
def peak():  # of this program; ru_maxrss is also that of whoever started it
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
before = peak()
told = {}
for name, sql in json.load(sys.stdin).items():
    try:
        with sqlite_timelimit(connection, seconds * 1000):
            connection.execute(sql).fetchmany(201)
        told[name] = "answered"
    except (sqlite3.Error, MemoryError) as error:
        told[name] = str(error) or "out of memory"
print(json.dumps({"told": told, "grown": (peak() - before) * 1024}))
"""


def ran(store: Path, bounded: str, bombs: dict[str, str], cap: int = CAP) -> Any:
    command = [sys.executable, "-c", CHILD, str(store), bounded, str(cap), str(SECONDS)]
    done = subprocess.run(
        command, input=json.dumps(bombs), capture_output=True, text=True, cwd=ROOT, timeout=120, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return full(tmp_path_factory.mktemp("bombs") / "monitor.db")


@pytest.fixture(scope="module")
def public(store: Path) -> Iterator[Viewer]:
    with serving(store, "--public") as running:
        yield running


def test_w2_no_statement_takes_more_than_its_share_of_memory(store: Path) -> None:
    found = ran(store, "bounded", BOMBS)
    assert [name for name, said in found["told"].items() if said == "answered"] == ["a printed width"]  # with null
    assert found["grown"] < 100 * MB


def test_w2_without_the_bounds_one_of_them_takes_hundreds_of_megabytes(store: Path) -> None:
    found = ran(store, "as it is", {"large": BOMBS["a large value"]}, cap=1500 * MB)
    assert set(found["told"].values()) == {"answered"}
    assert found["grown"] > 150 * MB


@pytest.mark.parametrize("sql", BOMBS.values(), ids=BOMBS.keys())
def test_w1_w2_everybody_is_refused_all_of_them(sql: str, public: Viewer) -> None:
    assert public.get(f"monitor.json?sql={quote(sql)}")[0] in {403, 414, 400}
