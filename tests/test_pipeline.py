"""The whole way of a story over real peers: feed site, store, webhook receiver; on one machine and in a cluster."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from pipes import WordJudge, article, clustered, rss, runtime, settings

import pytest
from faults.hostile import HostileServer
from faults.receiver import Receiver

from monitor.clock import from_text
from monitor.dispatch import run_batch
from monitor.model import NotTried, Verdict
from monitor.pipeline import Runtime, deliver, poll_pass, process_pass
from monitor.settings import AlertsSettings
from monitor.store import audit, entries, feeds
from monitor.store.rows import Row, rows

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


Opened = Callable[..., AbstractAsyncContextManager[Runtime]]


@pytest.fixture(params=["here", "elsewhere"])
def opened(request: pytest.FixtureRequest) -> Opened:
    """Give what opens a runtime whose batches are carried out here, and then one whose workers are elsewhere."""
    if request.param == "here":
        return runtime
    return partial(clustered, request.getfixturevalue("postgres_url"))


async def add(given: Runtime, *urls: str) -> None:
    for url in urls:
        work = partial(feeds.add, url=url, title=None, origin="added", now=given.tools.clock(), start_interval_s=1800)
        await given.store.write(work)


async def ask(given: Runtime, sql: str) -> list[Row]:
    return await given.store.read(partial(rows, sql=sql))


async def pass_over_all(given: Runtime) -> None:
    await poll_pass(given, include_all=True)
    await process_pass(given)


def publish(site: HostileServer, titles: Sequence[str], feed: str = "/feed") -> str:
    items = []
    for title in titles:
        path = "/" + title.replace(" ", "-").lower()
        site.serve(path, article(title), HTML)
        items.append((title, site.url(path)))
    site.serve(feed, rss(*items), RSS, etag=f'"{len(items)}"')
    return site.url(feed)


async def test_a_story_goes_from_its_feed_to_a_stored_article_an_event_and_a_webhook(
    opened: Opened, tmp_path: Path
) -> None:
    async with (
        HostileServer() as site,
        Receiver() as hook,
        opened(settings(tmp_path / "m.db", hook=hook.url)) as given,
    ):
        await add(given, publish(site, ["Norvik drops 320 advisers"]))
        await pass_over_all(given)
        await deliver(given)
        [kept] = await ask(given, "select label, company, event_id, text_state from articles_view")
        assert kept == {"label": "cut", "company": "Norvik", "event_id": 1, "text_state": "full"}
        [taken] = hook.taken
        assert (taken.verified, taken.json["data"]["company"]) == (True, "Norvik")
        assert [row["state"] for row in await ask(given, "select state from deliveries_view")] == ["sent"]


async def test_a_second_pass_fetches_no_page_and_stores_nothing_new(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, publish(site, ["Norvik drops 320 advisers", "Halden splits its service"]))
        await pass_over_all(given)
        before = len(site.requests)
        polled = await poll_pass(given, include_all=True)
        processed = await process_pass(given)
        assert (polled["not_modified"], processed["entries"]) == (1, 0)
        assert [seen.path for seen in site.requests[before:]] == ["/feed"]


async def test_an_identical_body_without_validators_is_counted_as_unchanged(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        site.serve("/feed", rss(("Norvik drops 320 advisers", site.url("/a"))), RSS)
        await add(given, site.url("/feed"))
        await poll_pass(given, include_all=True)
        assert (await poll_pass(given, include_all=True))["unchanged"] == 1


async def test_a_story_in_two_feeds_is_stored_once_and_known_as_a_duplicate(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        one = publish(site, ["Norvik drops 320 advisers"])
        site.serve("/two", rss(("Norvik drops!", site.url("/norvik-drops-320-advisers?utm_source=two"))), RSS)
        await add(given, one, site.url("/two"))
        await pass_over_all(given)
        found = await ask(given, "select outcome, article_id from entries_view order by outcome")
        assert found == [{"outcome": "duplicate", "article_id": 1}, {"outcome": "stored", "article_id": 1}]


async def test_the_first_look_passes_a_page_over_and_can_be_turned_off(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, publish(site, ["Fair weather for the weekend"]))
        await pass_over_all(given)
        assert await ask(given, "select outcome, reason from entries_view") == [
            {"outcome": "passed_over", "reason": None}
        ]
        assert site.asked("/fair-weather-for-the-weekend") == []


async def test_a_cut_and_its_reversal_become_one_history(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, publish(site, ["Norvik drops 320 advisers", "Norvik rehires 200 advisers"]))
        await pass_over_all(given)
        [history] = await ask(given, "select name, cuts, reversals, current_state from companies_view")
        assert history == {"name": "Norvik", "cuts": 1, "reversals": 1, "current_state": "reversed"}
        [link] = await ask(given, "select link_type, reverses_event_id from events_view where label = 'reversal'")
        assert link["link_type"] == "reverses"


async def test_a_page_that_moved_to_another_host_is_fetched_there(opened: Opened, tmp_path: Path) -> None:
    async with (
        HostileServer() as site,
        HostileServer(host="127.0.0.2") as other,
        opened(settings(tmp_path / "m.db")) as given,
    ):
        other.serve("/story", article("Norvik drops 320 advisers"), HTML)
        site.redirect("/story", other.url("/story"))
        site.serve("/feed", rss(("Norvik drops 320 advisers", site.url("/story"))), RSS)
        await add(given, site.url("/feed"))
        await pass_over_all(given)
        [kept] = await ask(given, "select a.url, a.final_url from articles a")
        assert kept == {"url": site.url("/story"), "final_url": other.url("/story")}


async def test_hosts_that_fail_cost_their_neighbours_nothing_and_every_entry_is_accounted_for(
    opened: Opened, tmp_path: Path
) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        site.serve("/gone", b"", status=410)
        site.serve("/broken", b"", status=500)
        site.serve("/limited", b"", {"Retry-After": "3600"}, status=429)
        site.serve("/html", b"<html><body>not a feed</body></html>", HTML)
        site.serve("/cut-off", rss(("Norvik drops half", site.url("/half")))[:-20], RSS)
        urls = [site.url(path) for path in ("/gone", "/broken", "/limited", "/html", "/cut-off")]
        await add(given, *urls, publish(site, ["Norvik drops 320 advisers"]))
        tally = await poll_pass(given)
        await process_pass(given)
        assert (tally["feeds"], tally["document"], tally["failed"]) == (6, 2, 4)
        assert await given.store.read(audit.ledger_of_polls) == []
        states = {row["url"].rpartition("/")[2]: row["state"] for row in await ask(given, "select * from feeds_view")}
        assert states["gone"] == "gone"
        assert states["limited"] == "blocked"
        assert states["feed"] == "ok"


async def test_poll_all_leaves_alone_who_asked_to_be_left_alone(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, site.serve("/limited", b"", {"Retry-After": "3600"}, status=429))
        await poll_pass(given, include_all=True)
        assert (await poll_pass(given, include_all=True))["feeds"] == 0


@pytest.mark.parametrize("limit", [1, 3])
async def test_process_takes_no_more_entries_than_its_limit(opened: Opened, tmp_path: Path, limit: int) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, publish(site, [f"Norvik drops {number}" for number in range(5)]))
        await poll_pass(given)
        tally = await process_pass(given, limit=limit)
        assert (tally["entries"], tally["stored"]) == (limit, limit)


async def test_a_feed_s_first_document_is_quiet_unless_the_settings_say_otherwise(
    opened: Opened, tmp_path: Path
) -> None:
    chosen = replace(settings(tmp_path / "m.db"), alerts=AlertsSettings(first_document="quiet"))
    async with HostileServer() as site, opened(chosen) as given:
        await add(given, publish(site, ["Norvik drops 320 advisers"]))
        await pass_over_all(given)
        assert await ask(given, "select id from alerts_view") == []
        publish(site, ["Norvik drops 320 advisers", "Halden drops 50 agents"])
        await pass_over_all(given)
        assert [row["company"] for row in await ask(given, "select company from alerts_view")] == ["Halden"]


@dataclass
class Unstorable(WordJudge):
    """A judge whose numbers no store can hold."""

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        verdict = super().classify(title, text, published_on)
        return replace(verdict, facts=replace(verdict.facts, jobs_count=10**30))


async def test_a_result_that_cannot_be_stored_ends_its_entry_and_frees_its_host(tmp_path: Path) -> None:
    async with HostileServer() as site, runtime(settings(tmp_path / "m.db")) as sound:
        given = replace(sound, tools=replace(sound.tools, classifier=Unstorable()))
        await add(given, publish(site, ["Norvik drops 320 advisers"]))
        await pass_over_all(given)
        assert await ask(given, "select outcome, reason from entries_view") == [
            {"outcome": "failed", "reason": "classify_failed"}
        ]
        assert await ask(given, "select * from leases") == []


async def test_a_poll_that_cannot_be_recorded_is_a_failed_poll(opened: Opened, tmp_path: Path) -> None:
    class Blind(WordJudge):
        def first_look(self, title: str, summary: str) -> bool:
            raise RuntimeError("cannot look")

    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as sound:
        given = replace(sound, recorder=replace(sound.recorder, classifier=Blind()))
        await add(given, publish(site, ["Norvik drops 320 advisers"]))
        assert (await poll_pass(given))["failed"] == 1
        [feed] = await ask(given, "select failures, last_error from feeds_view")
        assert (feed["failures"], "cannot look" in feed["last_error"]) == (1, True)


async def test_a_hold_of_centuries_is_a_hold_of_a_day(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, publish(site, ["Norvik drops 320 advisers"]))
        site.serve("/norvik-drops-320-advisers", b"", {"Retry-After": "999999999999999"}, status=429)
        before = given.tools.clock()
        await pass_over_all(given)
        [host] = await ask(given, "select hold_until from hosts")
        assert before < from_text(host["hold_until"]) <= given.tools.clock() + timedelta(days=1)


async def test_a_stale_result_changes_nothing_but_may_bring_an_article(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        await add(given, publish(site, ["Norvik drops 320 advisers"]))
        await poll_pass(given)
        claim = partial(
            entries.claim, now=given.tools.clock(), max_batches=1, max_items=9, lease_s=60, delay_s=0, deadline_s=9,
            host_daily_pages=0, feed_daily_pages=0,
        )  # fmt: skip
        [batch] = await given.store.write(claim)
        record = partial(given.recorder.page, now=given.tools.clock(), lease="another")
        assert await given.store.write(partial(record, page=NotTried(1))) == "late"
        assert [row["lease"] for row in await ask(given, "select lease from entries")] == [batch.lease]
        [read] = (await run_batch(batch, given.tools)).results
        assert await given.store.write(partial(record, page=read)) == "stored"


async def test_a_pass_polls_every_due_feed_however_many(opened: Opened, tmp_path: Path) -> None:
    async with HostileServer() as site, opened(settings(tmp_path / "m.db")) as given:
        document = rss(("Norvik drops 320 advisers", site.url("/a")))
        await add(given, *(site.serve(f"/feed/{number}", document, RSS) for number in range(60)))
        assert (await poll_pass(given))["feeds"] == 60
        assert site.most_at_once <= given.settings.network.concurrent_feeds


async def test_a_story_waiting_from_a_first_document_is_news_once_another_feed_lists_it_as_new(
    opened: Opened, tmp_path: Path
) -> None:
    chosen = replace(settings(tmp_path / "m.db"), alerts=AlertsSettings(first_document="quiet"))
    async with HostileServer() as site, opened(chosen) as given:
        await add(given, publish(site, [], feed="/old"))
        await poll_pass(given, include_all=True)
        await add(given, publish(site, ["Norvik drops 320 advisers"], feed="/added"))
        await poll_pass(given)
        publish(site, ["Norvik drops 320 advisers"], feed="/old")
        await pass_over_all(given)
        assert [row["company"] for row in await ask(given, "select company from alerts_view")] == ["Norvik"]
