"""The pages: each asks the store once and hands what it found to a template."""

import json
import shlex
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from datasette.utils.asgi import Response  # type: ignore[import-untyped]  # datasette ships no types

from monitor import explain
from monitor.alerts import documents
from monitor.clock import to_text
from monitor.errors import UsageError
from monitor.explain.event import joined
from monitor.site import charts, summary, wording
from monitor.site import packet as packets
from monitor.site.asking import NAME, Visit
from monitor.store import Database, alerts, companies, verdicts
from monitor.store.reading import happenings, outlook, overview
from monitor.store.reading import sources as origins
from monitor.store.reading import stories as reading
from monitor.store.rows import Row, rows

FOUR_WEEKS: Final = timedelta(days=27)  # both ends count
HOME_WEEKS, TREND_WEEKS = 26, 52
NEWEST: Final = 6
TABLES: Final = {  # question -> heading
    "kinds_of_work": "By kind of work",
    "countries": "By country",
    "employers_of_the_year": "By employer",
    "watch_lists": "By watch-list",
}


async def home(visit: Visit) -> Response:
    """Return what the last four weeks brought, the weeks before, the newest events, alerts, and how the feeds fare."""
    today = visit.now.date()
    by_week = await visit.question("weeks")

    def look(db: Database) -> Row:
        counted = overview.between(db, today - FOUR_WEEKS, today)
        weeks = charts.weeks(rows(db, by_week), today, HOME_WEEKS)
        return {
            "sentence": summary.sentence(counted),
            "apart": overview.set_apart(db, today - FOUR_WEEKS, today),
            "stated": summary.stated(counted.get("cut")),
            "ratio": outlook.ratio(db),
            "chart": charts.chart(weeks),
            "events": happenings.newest(db, NEWEST),
            "alerts": overview.alerts(db, to_text(visit.now - timedelta(days=7))),
            "feeds": overview.feed_states(db),
        }

    return await visit.page("home.html", {**await visit.read(look), "since": today - FOUR_WEEKS, "today": today})


async def employers(visit: Visit) -> Response:
    """Return the employers with the latest events, or those whose name has the letters asked for.

    `name` leads straight to the employer of that name.
    """
    letters, name = visit.asked("q"), visit.asked("name")
    number = await visit.read(lambda db: companies.find(db, name)) if name else None
    if number is not None:
        return Response.redirect(f"/employers/{number}")
    found = await visit.read(lambda db: overview.employers(db, name or letters))
    return await visit.page("employers.html", {"employers": found, "letters": name or letters})


async def employer(visit: Visit) -> Response:
    """Return an employer's history as a timeline."""
    number = visit.number("employer")

    def look(db: Database) -> Row:
        found = happenings.employer(db, number)
        if found is None:
            return {}
        events = happenings.of_employer(db, number)
        undoing = [row for row in events if row["reverses_event_id"]]
        history = summary.history(events)
        due = happenings.due(db, found["name"])
        waiting = [row for row in due if row["state"] != "due"]
        return {
            "employer": found,
            "events": _with_gaps(events),
            "soonest": min(undoing, key=lambda row: int(row["days_to_reversal"]), default=None),
            "history": history,
            "stated": [told for label, row in history.items() if (told := summary.stated(row, label))],
            "due": [*(row for row in due if row["state"] == "due"), *waiting[:1]],
            "notes": happenings.notes(db, found["name"]),
        }

    context = await visit.read(look)
    if not context:
        return await visit.missing(f"employer {number}", "/employers")
    return await visit.page("employer.html", context)


async def event(visit: Visit) -> Response:
    """Return an event with its sources, their words and numbers, what it undoes and what was corrected."""
    context = await _event(visit)
    if context is None:
        return await visit.missing(f"event {visit.number('event')}", "/")
    told = packets.citation(context["event"], visit.now)
    return await visit.page("event.html", {**context, "citation": told, "address": visit.request.path})


async def packet(visit: Visit) -> Response:
    """Return the evidence packet of an event as a JSON document to keep."""
    context = await _event(visit)
    if context is None:
        return Response.json({"error": "there is no such event"}, status=404)
    found = packets.packet(
        context["event"], context["articles"], context["accounts"], context["corrections"], visit.now
    )
    name = f"event-{context['event']['id']}-evidence.json"
    body = json.dumps(found, indent=1, ensure_ascii=False)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, content_type="application/json; charset=utf-8")


async def article(visit: Visit) -> Response:
    """Return a stored article as text, the words that decided marked."""
    number = visit.number("article")

    def look(db: Database) -> Row:
        found = happenings.article(db, number)
        if found is None:
            return {}
        stands = {place: [(row["start"], row["end"]) for row in found["evidence"] if row["place"] == place]
                  for place in ("title", "text")}  # fmt: skip
        return {
            "article": found,
            "title": wording.pieces(found["title"], stands["title"]),
            "text": wording.pieces(found["text"], stands["text"]),
            "stated": _stated(found),
            "earlier": verdicts.earlier(db, number),
        }

    context = await visit.read(look)
    if not context:
        return await visit.missing(f"article {number}", "/stories")
    return await visit.page("article.html", context)


async def trends(visit: Visit) -> Response:
    """Return the weeks of a year by label, counts against expectation, and where the year's events happened."""
    today = visit.now.date()
    by_week = await visit.question("weeks")
    tables = {name: await visit.question(name) for name in TABLES}

    def look(db: Database) -> Row:
        weeks = charts.weeks(rows(db, by_week), today, TREND_WEEKS)
        return {
            "weeks": weeks,
            "charts": {label: charts.chart(weeks, [label]) for label in charts.LABELS},
            "tables": [{"name": name, "title": TABLES[name], "rows": rows(db, sql)} for name, sql in tables.items()],
            "feeds": overview.feed_states(db),
            **_signals(outlook.signals(db), weeks),
            "ratio": outlook.ratio(db),
            "ratios": charts.ratios(outlook.ratios(db)),
            "survival": charts.survival(outlook.survival(db)),
        }

    return await visit.page("trends.html", {**await visit.read(look), "today": today})


async def stories(visit: Visit) -> Response:
    """Return articles by words and facets, with the matches marked."""
    names = ("words", "label", "kind", "function", "country", "publisher", "week")
    asked = reading.Asked(**{name: visit.asked("q" if name == "words" else name) for name in names})
    page = min(int(text), reading.COUNTED // reading.PAGE) if (text := visit.asked("page")).isdecimal() else 0
    context: dict[str, Any] = {"asked": asked, "chosen": asked.facets(), "page": page, "wrong": None, "found": None}
    try:
        context["found"] = await visit.read(lambda db: reading.look(db, asked, page))
    except UsageError as error:
        context["wrong"] = str(error)
    context |= {"counted": reading.COUNTED, "size": reading.PAGE, "with_": _address(visit)}
    return await visit.page("stories.html", context)


async def sources(visit: Visit) -> Response:
    """Return every feed and how it fares, why entries were refused, and what languages and countries are covered."""

    def look(db: Database) -> Row:
        return {
            "feeds": origins.feeds(db),
            "states": overview.feed_states(db),
            "reasons": origins.reasons(db),
            "languages": origins.languages(db),
            "countries": origins.countries(db),
        }

    return await visit.page("sources.html", await visit.read(look))


async def document(visit: Visit) -> Response:
    """Return what can be subscribed to under this name: events and alerts as Atom, follow-ups as a calendar."""
    name = visit.request.path.removeprefix("/")
    site_url = f"{visit.request.scheme}://{visit.request.host}"
    media_type, body = await visit.read(lambda db: documents.document(db, name, visit.now, site_url))
    return Response(body, content_type=media_type)


async def ask(visit: Visit) -> Response:
    """Return the named queries, each with what it answers and its SQL."""
    queries = await visit.datasette.get_canned_queries(NAME, None)
    return await visit.page("ask.html", {"queries": [{"name": name, **query} for name, query in queries.items()]})


async def why(visit: Visit) -> Response:
    """Return what `explain` prints of an address or number."""
    asked = visit.asked("url")
    told = None
    if asked:
        told = await visit.read(lambda db: explain.explain(db, asked, visit.now))
    lines = explain.as_text(told) if told else []
    return await visit.page("why.html", {"asked": asked, "told": told, "lines": lines, "command": shlex.quote(asked)})


async def _event(visit: Visit) -> Row | None:
    number = visit.number("event")

    def look(db: Database) -> Row | None:
        found = happenings.event(db, number)
        if found is None:
            return None
        articles = [{**row, "stated": _stated(row)} for row in happenings.articles(db, number)]
        stories = happenings.by_story(articles)
        return {
            "event": found,
            "articles": articles,
            "stories": stories,
            "joined": joined(db, number, [story[0]["id"] for story in stories]),
            "accounts": [{**row, "stated": _stated(row)} for row in happenings.accounts(db, number)],
            "corrections": happenings.corrections(db, number),
            "follow_ups": happenings.follow_ups(db, number),
            "alerts": alerts.of_event(db, number),
        }

    return await visit.read(look)


def _stated(account: Row) -> Row:
    """Return what an article or another source states; pure."""
    return {"label": account["label"], **json.loads(account["facts"])}


def _with_gaps(events: list[Row]) -> list[Row]:
    """Return the events, each with `gap`, the days since the one before, and how exactly that one is known; pure."""
    told = []
    for before, row in zip([None, *events], events, strict=False):
        gap = before and (date.fromisoformat(row["announced_on"]) - date.fromisoformat(before["announced_on"])).days
        told.append({**row, "gap": gap, "before_precision": before and before["date_precision"]})
    return told


def _signals(found: list[Row], weeks: list[charts.Week]) -> Row:
    """Return the series with their drawings, all to one measure, and those of all events by label; pure."""
    most = max((max(row["observed"], row["high"]) for row in found if row["expected"] is not None), default=0)
    drawn = [{**row, "bullet": charts.bullet(row, most), "window": charts.window(weeks, row)} for row in found]
    return {
        "signals": [row for row in drawn if row["bullet"]],
        "muted": [row for row in drawn if not row["bullet"]],
        "overall": {row["label"]: row for row in drawn if row["dimension"] == "all"},
    }


def _address(visit: Visit) -> Any:
    """Return a function that gives this page's address with some parameters changed, None taking one away."""

    def changed(**parameters: object) -> str:
        kept: dict[str, object] = {name: visit.asked(name) for name in visit.request.args if name != "page"}
        return "?" + urlencode({name: value for name, value in (kept | parameters).items() if value not in {None, ""}})

    return changed
