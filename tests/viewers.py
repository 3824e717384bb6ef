"""A running `serve` over a store, and stores to put behind it."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from benchmarks import pages as large
from monitor import trending
from monitor.clock import to_text, utc_now
from monitor.site.safety import App
from monitor.store import Database, Store

ROOT = Path(__file__).resolve().parent.parent
ARTICLES, EVENTS, FEEDS = 60, 20, 5
FIRST = 100  # number of the first employer, event, article and feed of a full store

# Every page of ours, for a full store; of the others `MISSING` stand for what is not there.
PATHS = (
    "", "stories", "stories?q=jobs", "stories?label=cut&kind=event", "stories?q=-", "stories?page=3&week=2026-W07",
    "employers", "employers?q=a", f"employers/{FIRST}", f"events/{FIRST}", f"events/{FIRST}.json", f"articles/{FIRST}",
    "trends", "sources",
    "ask", "why", f"why?url=article+{FIRST}", f"why?url=feed+{FIRST}", "why?url=https://nowhere.example/a", "monitor",
)  # fmt: skip
MISSING = ("employers/99999999", "events/99999999", "events/99999999.json", "articles/99999999", "nothing")


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    headers: dict[str, str]  # names in lower case


@dataclass(frozen=True)
class Viewer:
    """A running `serve`."""

    base: str
    store: Path
    process: "subprocess.Popen[str]"

    def ask(self, path: str, **headers: str) -> Answer:
        request = Request(self.base + path, headers=headers)  # noqa: S310  # our own server
        try:
            with build_opener(_Stay).open(request, timeout=20) as answer:
                return Answer(answer.status, answer.read().decode(), _lower(answer.headers))
        except HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), _lower(error.headers))

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        answer = self.ask(path, **headers)
        return answer.status, answer.text

    def json(self, path: str) -> Any:
        status, body = self.get(path)
        assert status == 200, body
        return json.loads(body)


@contextmanager
def serving(store: Path, *options: str, program: Sequence[str] = ("-m", "monitor")) -> Iterator[Viewer]:
    command = [sys.executable, *program, "--db", str(store), "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        address = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        try:
            yield Viewer(address, store, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


async def inside(app: App, path: str) -> Answer:
    """Return what an application in this process answers to a request for a path, which is quoted."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    raw, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "path": f"/{unquote(raw)}", "raw_path": f"/{raw}".encode(),
             "query_string": query.encode(), "headers": [(b"host", b"localhost")], "scheme": "http",
             "http_version": "1.1"}  # fmt: skip
    await app(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode(), headers)


def empty(path: Path) -> Path:
    """Return a store in which nothing is yet."""
    Store.open(path, clock=utc_now).close()
    return path


def demonstrated(folder: Path) -> Path:
    """Return the store that `demo` makes; in a process of its own, for the caller may be in a loop."""
    subprocess.run(
        [sys.executable, "-m", "monitor", "-q", "demo", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return folder / "monitor.db"


def full(path: Path) -> Path:
    """Return a store with something of everything, invented; the first event is a cut that others undo."""
    with Store.open(path, clock=utc_now) as store:
        store.submit(_fill).result()
    return path


def hostile(path: Path, payload: str) -> Path:
    """Return a full store with the payload in every column of text that takes it."""
    full(path)
    with Store.open(path, clock=utc_now) as store:
        store.submit(lambda db: poison(db, payload)).result()
    return path


def _fill(db: Database) -> None:
    now = utc_now()
    at = to_text(now)
    large.fill(db, ARTICLES, EVENTS, FEEDS, now)
    today = now.date().isoformat()
    db.execute("update events set company_id = ?, announced_on = ? where id < ?", [FIRST, today, FIRST + 9])
    cut = "update events set label = 'cut', linked_event_id = null, link_type = null where id = ?"
    db.execute(cut, [FIRST])
    undoing = "update events set label = ?, linked_event_id = ?, link_type = 'reverses' where id = ?"
    for number, label in ((FIRST + 1, "reversal"), (FIRST + 2, "hybrid")):
        db.execute(undoing, [label, FIRST, number])
    trending.refresh(db, now=now)
    for name, row in _others(at).items():
        names, marks = ", ".join(f'"{column}"' for column in row), ", ".join("?" * len(row))
        db.execute(f"insert into {name} ({names}) values ({marks})", list(row.values()))  # noqa: S608  # our names


def _others(at: str) -> dict[str, dict[str, Any]]:
    return {
        "alerts": {"id": "alert_1", "sequence": 1, "rule": "every event", "subject": "event", "label": "cut",
                   "company_id": FIRST, "raised_at": at, "headline": "An alert", "event_id": FIRST},
        "deliveries": {"alert_id": "alert_1", "channel": "desk", "state": "muted"},
        "accounts": {"event_id": FIRST, "company_id": FIRST, "label": "cut", "kind": "event", "announced_on": at[:10],
                     "date_precision": "day", "facts": '{"jobs_count": 30, "jobs_qualifier": "about"}',
                     "url": "https://paper.example/a", "publisher": "Paper", "source_tier": 2,
                     "source_check": "read", "origin": "imported", "added_at": at},
        "corrections": {"event_id": FIRST, "field": "jobs_count", "old": "40", "new": "30", "why": "a better source",
                        "by": "source", "corrected_at": at},
        "watched": {"list": "desk", "company_id": FIRST, "added_at": at},
        "trend_signals": {"label": "cut", "dimension": "function", "value": "customer service", "window_end": at[:10],
                          "window_days": 28, "observed": 12, "expected": 4.0, "low": 1, "high": 9, "direction": "more",
                          "state": "surge", "feeds": 3, "past_days": 364, "family": 1, "text": "12 cuts, a surge."},
        "polls": {"feed_id": FIRST, "polled_at": at, "result": "failed", "reason": "timed_out", "detail": "slow"},
    }  # fmt: skip


def poison(db: Database, payload: str, address: str = "https://") -> None:
    """Put the payload into every column of text but times, keys, JSON and kinds; where it is refused, it stays out.

    Where an address stands, `address` goes before it.
    """
    tables = [
        row[0] for row in db.execute("select name from sqlite_master where type = 'table' and sql like '%strict%'")
    ]
    for table in tables:
        for column in db.execute(f"pragma table_info({table})").fetchall():
            name, kind, is_key = column[1], column[2].lower(), column[5] or column[1].endswith("_id")
            timed = name.endswith(("_at", "_on", "_until", "_since", "_day"))
            if (
                kind != "text"
                or is_key
                or timed
                or name in {"facts", "spans", "details", "answer", "kind"}
                or table == "meta"
            ):
                continue
            # Unique ones must differ.
            update = f'update or ignore "{table}" set "{name}" = ? || hex(randomblob(4))'  # noqa: S608  # our names
            db.execute(update, [address + payload if "url" in name else payload])
    db.execute(
        "update articles set facts = json_object('jobs_qualifier', ?, 'share_base', ?, 'share_pct', 5)", [payload] * 2
    )
    db.execute("update accounts set facts = json_object('jobs_formula', ?, 'jobs_implied', 5)", [payload])


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
