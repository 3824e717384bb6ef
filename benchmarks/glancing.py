"""What the look at a page's bytes before extraction saves, and whether it costs a verdict: 2,000 pages both ways.

    python benchmarks/glancing.py --news FOLDER --mixed FOLDER [--told FILE] [--pages 2000] [--rounds 3] [--json FILE]

The folders are those of `extraction.py`. The rest of the pages is made of the articles of `--told` (one JSON object a
line with `title` and `text`; by default those written for this project), each set in place of the article of a public
page, so that what stands around it is real. Each page is judged as it is after extraction, and once more as the look
would have it; it counts as different if the labels are not the same. Then the look, our extraction and trafilatura with
metadata take turns over the news pages without a label. A page costs its look, and its extraction where it is not
passed over; the floor is what the look does before it knows a word: bytes to text, and that without scripts. Only CPU
seconds count.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from random import Random
from typing import Any

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from extraction import Page, mixed_pages, news_pages

from monitor.classify import rules
from monitor.errors import ParseError
from monitor.extract import extract
from monitor.extract.glance import Glance, glance
from monitor.extract.scan import decoded, without_scripts
from monitor.model import Label

WRITTEN = Path(__file__).resolve().parent.parent / "tests" / "data" / "written"
TURN = 30  # pages
JUDGE = rules.load()


def passed_over(page: Page) -> Glance | None:
    """Return what is seen of a page that is not worth extracting, None for the others; no feed said anything of it."""
    seen = glance(page.body, "text/html")
    return None if seen is None or JUDGE.second_look(seen.title, seen.lead, seen.paragraphs) else seen


def label_of(page: Page) -> Label:
    """Return the label of a page without the look; what stands before an article has none."""
    try:
        read = extract(page.body, "text/html", page.url)
    except ParseError:
        return Label.NONE
    return JUDGE.classify(read.title, read.text, None).label


def told(path: Path) -> Iterator[tuple[str, str]]:
    """Give the title and text of the articles of a file, or of all files of a folder."""
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
        for line in file.read_text("utf-8").splitlines():
            item = json.loads(line)
            yield item.get("title") or "", item.get("text") or ""


def framed(frame: Page, title: str, text: str) -> Page | None:
    """Return a page with another article in place of its own, None for one whose paragraphs are not to be found."""
    html = frame.body.decode("utf-8", "replace")
    pieces = html.split("</p>")
    lengths = [len(piece) - piece.rfind("<p") if "<p" in piece else 0 for piece in pieces]
    long = [number for number, length in enumerate(lengths) if length > 200]
    if len(long) < 4:
        return None
    first, last = long[0], long[-1]
    start = pieces[first].rfind("<p")
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))
    head, body = "</p>".join([*pieces[:first], pieces[first][:start]]), "</p>".join(pieces[last + 1 :])
    before, _, after = head.partition("<title")
    head = f"{before}<title>{escape(title)}</title{after.partition('</title')[2]}" if after else head
    return Page(frame.url, f"{head}<h1>{escape(title)}</h1>{paragraphs}{body}".encode(), None)


def mixed_set(real: Sequence[Page], stories: Iterable[tuple[str, str]], count: int) -> list[Page]:
    """Return so many pages: the real ones, and stories in their frames."""
    luck, pages = Random(8), list(real)
    stories = list(stories)
    luck.shuffle(stories)
    for number, (title, text) in enumerate(stories):
        if len(pages) >= count:
            break
        page = framed(real[number % len(real)], title, text)
        pages += [page] if page is not None else []
    return pages


def cpu_s(work: Callable[[Page], object], pages: Sequence[Page]) -> float:
    """Return the CPU seconds of some work on these pages."""
    began = time.process_time()
    for page in pages:
        work(page)
    return time.process_time() - began


def whole(page: Page) -> Any:
    """Return what trafilatura makes of a page, with metadata, as it comes."""
    return bare_extraction(page.body, url=page.url, with_metadata=True)


def extracted(page: Page) -> object:
    """Return what is read out of a page, or why nothing is."""
    try:
        return extract(page.body, "text/html", page.url)
    except ParseError as error:
        return error


def floor(page: Page) -> str:
    """Return the text in which the look looks."""
    return without_scripts(decoded(page.body, "text/html"))


WORKS: dict[str, Callable[[Page], object]] = {
    "whole": whole,
    "look": passed_over,
    "extraction": extracted,
    "floor": floor,
}


def spent(pages: Sequence[Page], rounds: int) -> dict[str, float]:
    """Return the CPU ms a page of each work on these pages, which take turns: medians."""
    found: dict[str, list[float]] = {name: [] for name in WORKS}
    for number in range(rounds + 1):
        sums = dict.fromkeys(WORKS, 0.0)
        for start in range(0, len(pages), TURN):
            reset_caches()
            for name, work in WORKS.items():
                sums[name] += cpu_s(work, pages[start : start + TURN])
        if number:  # the first warms up
            for name, total in sums.items():
                found[name].append(1000 * total / len(pages))
    return {name: statistics.median(times) for name, times in found.items()}


def costs(over: Sequence[Page], kept: Sequence[Page], rounds: int) -> dict[str, float]:
    """Return the CPU of pages off topic against trafilatura with metadata: of those passed over, and of all."""
    passed, read = spent(over, rounds), spent(kept, rounds)
    all_of = {name: len(over) * passed[name] + len(kept) * read[name] for name in WORKS}
    told = all_of["look"] + len(kept) * read["extraction"]
    return {
        "CPU of one passed over, against trafilatura with metadata": round(passed["look"] / passed["whole"], 4),
        "CPU of all of them with the look": round(told / all_of["whole"], 4),
        "CPU of all of them, extracted without it": round(all_of["extraction"] / all_of["whole"], 4),
        "CPU of all of them, the floor": round(all_of["floor"] / all_of["whole"], 4),
        "ms of one passed over": round(passed["look"], 2),
    }


def main() -> int:
    """Print the figures; return 1 if a verdict differs."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--news", type=Path, metavar="FOLDER", required=True)
    asked.add_argument("--mixed", type=Path, metavar="FOLDER", required=True)
    asked.add_argument("--told", type=Path, metavar="FILE", action="append")
    asked.add_argument("--pages", type=int, default=2000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", type=Path, metavar="FILE")
    given = asked.parse_args()
    news = list(news_pages(given.news))
    real = [*news, *mixed_pages(given.mixed)]
    stories = [story for path in given.told or [WRITTEN] for story in told(path)]
    pages = mixed_set(real, stories, given.pages)
    without = [label_of(page) for page in pages]
    seen = [passed_over(page) for page in pages]
    with_it = [
        label if look is None else JUDGE.classify(look.title, look.lead, None).label
        for label, look in zip(without, seen, strict=True)
    ]
    differ = [page.url for page, one, other in zip(pages, without, with_it, strict=True) if one is not other]
    off = [(page, look) for page, label, look in zip(news, without, seen, strict=False) if label is Label.NONE]
    over, kept = ([page for page, look in off if (look is not None) is passed] for passed in (True, False))
    figures = {
        "pages": len(pages),
        "labels": Counter(map(str, without)),
        "passed over": sum(look is not None for look in seen),
        "verdicts that differ": len(differ),
        "news pages off topic": len(off),
        "of them passed over": len(over),
        **costs(over, kept, given.rounds),
    }
    for name, figure in figures.items():
        print(f"{name:62} {dict(figure) if isinstance(figure, Counter) else figure}")
    for url in differ:
        print(f"differs: {url}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
