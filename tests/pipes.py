"""Builders for tests of the whole way: a judge that goes by one word, a runtime on loopback, pages and feeds."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from random import Random

from faults.receiver import SECRET

from monitor import app
from monitor.classify import publishers
from monitor.clock import Clock, utc_now
from monitor.cluster import Engine, Pace, serve
from monitor.dispatch import Tools
from monitor.fetch import Gate
from monitor.model import ClassifierId, Confidence, Evidence, Facts, Kind, Label, Verdict
from monitor.pipeline import Runtime
from monitor.record import Recorder
from monitor.sandbox import Sandbox
from monitor.settings import (
    AlertsSettings,
    ClusterSettings,
    NetworkSettings,
    RuleSettings,
    Settings,
    StoreSettings,
    WebhookChannel,
)
from monitor.store import Store

LABELS = {"drops": Label.CUT, "rehires": Label.REVERSAL, "splits": Label.HYBRID}


class WordJudge:
    """A classifier that goes by the second word of the title; the first is the employer."""

    id = ClassifierId("word", "1")

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        if "poison" in text:
            raise RuntimeError("this judge cannot read that")
        words = [*title.split(), "", ""]
        label = LABELS.get(words[1], Label.NONE)
        start = len(words[0]) + 1
        evidence = (Evidence("title", words[1], start, start + len(words[1]), "word"),) if label != Label.NONE else ()
        kind = Kind.OFF_TOPIC if label is Label.NONE else Kind.EVENT
        facts = Facts(company=words[0] or None, announced_on=published_on)
        return Verdict(label, kind, Confidence.HIGH, 0.9, "7", evidence, facts, {}, self.id)

    def first_look(self, title: str, summary: str) -> bool:
        return "weather" not in title

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        return self.first_look(title, summary)


def settings(path: Path, *, hook: str | None = None, **network: object) -> Settings:
    """Return settings for loopback: private addresses allowed, no delay, first documents may alert."""
    channels = {"hook": WebhookChannel(name="hook", url=hook, secret=SECRET)} if hook else {}
    return Settings(
        store=StoreSettings(path=path),
        network=NetworkSettings(**{"allow_private": ("127.0.0.0/8:*",), "host_delay_s": 0, **network}),
        alerts=AlertsSettings(first_document="alert", group_wait_s=0, group_interval_s=0),
        channels=channels,
        rules=(RuleSettings(name="every event"),),
    )


@asynccontextmanager
async def tools(clock: Clock = utc_now, **network: object) -> AsyncIterator[Tools]:
    """Give what a worker works with, on loopback."""
    allowed = NetworkSettings(**{"allow_private": ("127.0.0.0/8:*",), "host_delay_s": 0, **network})
    async with Gate(allowed, clock=clock) as gate, Sandbox(1) as sandbox:
        yield Tools(gate, sandbox, WordJudge(), clock)


@asynccontextmanager
async def runtime(chosen: Settings, clock: Clock = utc_now) -> AsyncIterator[Runtime]:
    """Give a runtime as `app` builds it, but with the judge that goes by one word and an empty store."""
    async with Store.open(chosen.store.path, clock=clock) as store, tools(clock) as given:
        recorder = Recorder(chosen, publishers.load(), WordJudge())
        yield Runtime(chosen, store, given, recorder, Random(7), asyncio.Semaphore(4))


@asynccontextmanager
async def clustered(url: str, chosen: Settings, clock: Clock = utc_now) -> AsyncIterator[Runtime]:
    """Give the same as the home of a cluster, with one worker, which has a gate and a sandbox of its own."""
    named = replace(chosen, cluster=ClusterSettings(url=url, heartbeat_s=0.2, stale_s=3.0))
    async with (
        runtime(named, clock) as given,
        one_worker(url, clock),
        app.with_workers(given, Counter(), lost=lambda: None) as home,
    ):
        yield home


@asynccontextmanager
async def one_worker(url: str, clock: Clock = utc_now, name: str = "one") -> AsyncIterator[None]:
    """Run a worker in this process, heard by PostgreSQL when the block begins."""
    stop = asyncio.Event()
    async with tools(clock) as given, Engine(url, Pace(0.2, 3.0, 0.1, 0.1)) as engine:
        working = asyncio.create_task(serve(engine, given, name=name, places=4, stop=stop))
        async with asyncio.timeout(20):
            while not (await engine.standing()).workers:
                await asyncio.sleep(0.02)
        try:
            yield
        finally:
            stop.set()
            await working


def article(title: str, *paragraphs: str) -> bytes:
    """Return a page with one article, long enough for an extractor to be sure of it."""
    words = paragraphs or (f"{title} in a report of several sentences. " * 6, "The second paragraph says more. " * 6)
    text = "".join(f"<p>{escape(word)}</p>" for word in words)
    return (
        f"<!doctype html><html lang='en'><head><title>{escape(title)}</title></head>"
        f"<body><article><h1>{escape(title)}</h1>{text}</article></body></html>"
    ).encode()


def rss(*items: tuple[str, str], title: str = "A feed") -> bytes:
    """Return an RSS document of (title, address) items."""
    entries = "".join(
        f"<item><title>{escape(name)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid></item>"
        for name, url in items
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title>{entries}</channel></rss>".encode()
