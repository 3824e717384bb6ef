"""An explanation as a JSON document and as lines for a terminal."""

from collections.abc import Iterator

from monitor.explain.courtesy import lines as courtesy_lines
from monitor.explain.feed import lines as feed_lines
from monitor.explain.story import Explanation
from monitor.store.rows import Row


def as_dict(explanation: Explanation) -> Row:
    """Return the explanation as one JSON-able document."""
    return {
        "asked": explanation.asked,
        "found": explanation.found,
        "canonical_url": explanation.canonical_url,
        "feed": explanation.feed,
        "entries": list(explanation.entries),
        "article": explanation.article,
        "events": list(explanation.events),
        "why": list(explanation.why),
    }


def as_text(explanation: Explanation) -> list[str]:
    """Return the explanation as lines for a terminal."""
    lines = [explanation.asked]
    if explanation.canonical_url not in {None, explanation.asked}:
        lines.append(f"  looked up as {explanation.canonical_url}")
    if explanation.feed is not None:
        lines.extend(feed_lines(explanation.feed))
    for entry in explanation.entries:
        lines.extend(_entry_lines(entry))
    if explanation.article is not None:
        lines.extend(_article_lines(explanation.article))
    for event in explanation.events:
        lines.extend(_event_lines(event))
    lines.extend(f"why: {reason}" for reason in explanation.why)
    return lines


def _entry_lines(entry: Row) -> Iterator[str]:
    yield f"entry {entry['id']}: {entry['title'] or '(no title)'}"
    yield f"  seen      {entry['first_seen_at']} in {entry['feed'] or 'an import'}: {entry['recognised']}"
    yield f"  address   {entry['url'] or '(none)'}"
    if entry["via_url"]:
        yield f"  via       {entry['via_url']}, an aggregator's page that led there"
    reason = ": ".join(part for part in (entry["reason"], entry["detail"]) if part)
    ended = f" at {entry['ended_at']}" if entry["ended_at"] else f", next attempt {entry['next_attempt_at']}"
    yield f"  outcome   {entry['outcome'] or 'waiting'}{f' ({reason})' if reason else ''}{ended}"
    yield f"  attempts  {entry['attempts']}"
    if entry["courtesy"]:
        yield from courtesy_lines(entry["courtesy"])


def _article_lines(article: Row) -> Iterator[str]:
    yield f"article {article['id']}: {article['title']}"
    where = article["final_url"] or article["url"] or "(a file)"
    yield f"  read      {where}, {article['publisher'] or 'no publisher'}"
    yield f"  text      {article['text_state']}, {article['text_length']} characters"
    yield (
        f"  judged    {article['label']} / {article['kind']}, {article['confidence']} confidence"
        f" ({article['probability']:.2f}), rule {article['rule']}, by {article['classifier']}"
    )
    yield from _story_lines(article["id"], article["story"])
    if article["review_state"] != "auto":
        yield f"  review    {article['review_state']}"
    for version in article["versions"]:
        told = f"{version['text_length']} characters, {version['label']} / {version['kind']}: {version['title']}"
        yield f"  changed   {version['replaced_at']}; until then {told}"
    for before in article["earlier"]:
        told = f"{before['label']} / {before['kind']}, {before['company'] or 'no employer'}, by {before['classifier']}"
        yield f"  before    {told}, until {before['replaced_at']}"
    for asked in article["opinions"]:
        detail = f" ({asked['detail']})" if asked["detail"] else ""
        cut = f", the last {asked['cut_chars']} characters not sent" if asked["cut_chars"] else ""
        yield f"  opinion   {asked['outcome']}{detail} by {asked['model']} at {asked['asked_at']}{cut}"
    yield f"  employer  {article['company'] or 'none found'}"
    for cue in article["evidence"]:
        quote = " ".join(cue["quote"].split())
        marks = f"our summary: {quote}" if article["text_state"] == "abstract" else f'"{quote}"'
        yield f"  cue       {cue['cue']} in the {cue['place']} at {cue['start']}: {marks}"


def _story_lines(article_id: int, story: Row) -> Iterator[str]:
    if story["articles"] > 1:
        told = f"{story['articles']} articles, {_counted(story['publishers'], 'publisher')}"
        yield f"  story     {story['story_id']}: {told}{_merged(story)}"
    for merge in story["undone"]:
        other = merge["like_article_id"] if merge["article_id"] == article_id else merge["article_id"]
        yield f"  parted    from article {other} at {merge['undone_at']}: {merge['undone_why']}"

    for like in story["refused"]:
        if like["because"] != "person":
            told = f"of article {like['article_id']}, in spite of its {like['layer']}"
            yield f"  no copy   {told}: another {like['because']}"


def _merged(story: Row) -> str:
    """Return by which layer an article became part of its story, in words."""
    match story["layer"]:
        case None:
            return ""
        case "person":
            return f"; joined by a person: {story['why']}"
        case layer:
            likeness = "" if story["likeness"] is None else f", likeness {story['likeness']:.2f}"
            return f"; a copy of article {story['like_article_id']} by its {layer}{likeness}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _event_lines(event: Row) -> Iterator[str]:
    number = "" if event["jobs_count"] is None else f", jobs {event['jobs_qualifier']} {event['jobs_count']}"
    status = event["status"].replace("_", " ")
    what = f"{event['company']}, {event['label']}, {status} {event['announced_on']}{number}"
    yield f"event {event['id']}: {what}"
    counts = [_counted(event["articles"], "article")]
    if event["accounts"]:
        counts.append(f"{_counted(event['accounts'], 'row')} of files")
    counts += [_counted(event["publishers"], "publisher"), _counted(event["independent_reports"], "independent report")]
    yield f"  sources   {', '.join(counts)}"
    yield f"  joined    {event['joined']}"
    for change in event["changes"]:
        words = f"{change['field']}: {change['old'] or 'nothing'} -> {change['new'] or 'nothing'}"
        yield f"  changed   {words} ({change['by']}: {change['why']}) at {change['corrected_at']}"
    if event["linked_event_id"] is not None:
        yield f"  link      {event['link_type']} event {event['linked_event_id']}"
    for alert in event["alerts"]:
        why = f" ({alert['why']})" if alert.get("why") else ""
        yield f"  alert     {alert['id']} by rule {alert['rule']!r} at {alert['raised_at']}: {alert['state']}{why}"
        for sent in alert["deliveries"]:
            error = f"; {sent['last_error']}" if sent["last_error"] else ""
            again = f", next {sent['next_attempt_at']}" if sent["next_attempt_at"] else ""
            after = f" after {_counted(sent['attempts'], 'attempt')}" if sent["attempts"] else ""
            yield f"    {sent['recipient']}: {sent['state']}{after}{again}{error}"
