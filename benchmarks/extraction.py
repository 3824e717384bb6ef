"""How well and how fast articles are read out of pages: ours against trafilatura with metadata, on public pages.

    python benchmarks/extraction.py [--news FOLDER] [--mixed FOLDER] [--rounds 3] [--json FILE]

Nothing is shipped; whoever runs it fetches one or both of:

- news: github.com/scrapinghub/article-extraction-benchmark, its root (`ground-truth.json`, `html/*.html.gz`);
  181 news pages with their article texts. Scored as its README says: F1 over the multiset of 4-word shingles,
  precision and recall averaged over the pages.
- mixed: github.com/adbar/trafilatura, its folder `tests` (`evaldata.json`, `cache/`, `eval/`); 990 pages of all sorts
  with passages that must be in the text and passages that must not. Scored over the passages. Most of
  its pages come with title, author and day of publication, against which the head is measured.

The readers take turns, thirty pages each; only CPU seconds are counted, after a pass that warms them up. Pages that
we refuse as walls and stubs are listed, and scored both ways.
"""

import argparse
import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.errors import ParseError
from monitor.extract import read_page

TURN = 30  # pages
SHINGLE = 4  # words


@dataclass(frozen=True)
class Read:
    """What a reader made of one page."""

    text: str = ""
    title: str | None = None
    author: str | None = None
    day: str | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Page:
    """A page and what is right."""

    url: str
    body: bytes
    truth: Any


@dataclass
class Run:
    """What a reader made of all pages, and the CPU seconds of each page in each round."""

    reads: list[Read] = field(default_factory=list)
    rounds: list[list[float]] = field(default_factory=list)

    def seconds(self) -> float:
        """Return the CPU seconds of all pages, the median of the rounds."""
        return statistics.median(sum(one) for one in self.rounds)

    def per_page(self) -> list[float]:
        """Return each page's seconds, the median of the rounds, shortest first."""
        return sorted(statistics.median(times) for times in zip(*self.rounds, strict=True))


Reader = Callable[[Page], Read]


def ours(page: Page) -> Read:
    """Return what we read, of a page named as a wall too: the sets hold some stubs, and their few lines are right."""
    try:
        read, instead = read_page(page.body, "text/html", page.url)
    except ParseError as error:
        return Read(refused=error.reason)
    day = read.published_at.date().isoformat() if read.published_at else None
    return Read(read.text, read.title, read.author, day, instead)


def trafilatura(*, comments: bool) -> Reader:
    """Return trafilatura as it comes, with metadata."""

    def read(page: Page) -> Read:
        document: Any = bare_extraction(page.body, url=page.url, with_metadata=True, include_comments=comments)
        if document is None:
            return Read(refused="none")
        return Read(document.text or "", document.title, document.author, document.date)

    return read


READERS: dict[str, Reader] = {
    "ours": ours,
    "trafilatura, no comments": trafilatura(comments=False),
    "trafilatura, default": trafilatura(comments=True),
}


def measured(pages: list[Page], rounds: int) -> dict[str, Run]:
    """Return each reader's run: the first round warms up and is not counted."""
    runs = {name: Run() for name in READERS}
    for number in range(rounds + 1):
        times: dict[str, list[float]] = {name: [] for name in READERS}
        for start in range(0, len(pages), TURN):
            for name, reader in READERS.items():
                reset_caches()
                for page in pages[start : start + TURN]:
                    began = time.process_time()
                    read = reader(page)
                    times[name].append(time.process_time() - began)
                    if number == 0:
                        runs[name].reads.append(read)
        if number:
            for name, run in runs.items():
                run.rounds.append(times[name])
    return runs


# --- scores ------------------------------------------------------------------------------------------------


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the runs of four words of a text; a shorter text is one run."""
    words = re.findall(r"\w+", text)
    if not words:
        return Counter()
    return Counter(tuple(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1)))


def news_scores(pages: Iterable[Page], reads: Iterable[Read]) -> tuple[float, float, float]:
    """Return F1, precision and recall; a page without text has no precision, only a recall of nothing."""
    precisions, recalls = [], []
    for page, read in zip(pages, reads, strict=True):
        right, said = shingles(page.truth), shingles(read.text)
        common = (right & said).total()
        if said:
            precisions.append(common / said.total())
        if right:
            recalls.append(common / right.total())
    return f1(statistics.mean(precisions), statistics.mean(recalls))


def mixed_scores(pages: Iterable[Page], reads: Iterable[Read]) -> tuple[float, float, float]:
    """Return F1, precision and recall over all passages."""
    found = wrong = missed = 0
    for page, read in zip(pages, reads, strict=True):
        text = one_line(read.text)
        hits = sum(one_line(passage) in text for passage in page.truth["with"])
        found += hits
        missed += len(page.truth["with"]) - hits
        wrong += sum(one_line(passage) in text for passage in page.truth["without"])
    return f1(found / (found + wrong), found / (found + missed))


def f1(precision: float, recall: float) -> tuple[float, float, float]:
    """Return the harmonic mean with what it is made of."""
    return 2 * precision * recall / (precision + recall), precision, recall


def one_line(text: str) -> str:
    """Return text with single spaces."""
    return " ".join(text.split())


def head_scores(pages: Iterable[Page], reads: Iterable[Read]) -> str:
    """Return how many titles, authors and days are right of those known; a title may have its site behind it."""
    right: Counter[str] = Counter()
    known: Counter[str] = Counter()
    stated: Counter[str] = Counter()
    for page, read in zip(pages, reads, strict=True):
        for name, said in (("title", read.title), ("author", read.author), ("date", read.day)):
            truth = page.truth.get(name)
            if not truth:
                continue
            known[name] += 1
            stated[name] += bool(said)
            right[name] += folded(said or "") == folded(" ".join(truth) if isinstance(truth, list) else truth)
    return ", ".join(f"{name} {right[name]} right, {stated[name]} stated of {known[name]}" for name in known)


def folded(text: str) -> str:
    """Return the words of a text in lower case, whatever stands between them."""
    return " ".join(re.findall(r"\w+", text.lower()))


# --- the sets ----------------------------------------------------------------------------------------------


def news_pages(folder: Path) -> Iterator[Page]:
    """Give the pages of the article-extraction benchmark."""
    for name, truth in json.loads((folder / "ground-truth.json").read_text("utf-8")).items():
        body = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        yield Page(truth["url"], body, truth["articleBody"])


def mixed_pages(folder: Path) -> Iterator[Page]:
    """Give the pages of trafilatura's own evaluation."""
    for url, truth in json.loads((folder / "evaldata.json").read_text("utf-8")).items():
        path = next(path for place in ("cache", "eval") if (path := folder / place / truth["file"]).is_file())
        yield Page(url, path.read_bytes(), truth)


def report(name: str, pages: list[Page], runs: dict[str, Run]) -> dict[str, dict[str, float]]:
    """Print one table and return its F1 and the CPU of ours as a share, by reader."""
    told: dict[str, dict[str, float]] = {}
    scores = news_scores if isinstance(pages[0].truth, str) else mixed_scores
    print(
        f"\n{name}: {len(pages)} pages, {sum(len(page.body) for page in pages) / len(pages) / 1000:.0f} kB on average"
    )
    print(f"{'':26}{'F1':>8}{'P':>8}{'R':>8}{'pages/s':>9}{'ms':>7}{'p99 ms':>8}{'worst':>7}{'CPU of ours':>13}")
    mine = runs["ours"]
    for reader, run in runs.items():
        times = run.per_page()
        shares = [sum(a) / sum(b) for a, b in zip(mine.rounds, run.rounds, strict=True)]
        scored = scores(pages, run.reads)
        told[reader] = {"F1": round(scored[0], 4), "CPU of ours": round(statistics.median(shares), 4)}
        figures = "".join(f"{figure:8.4f}" for figure in scored)
        print(
            f"{reader:26}{figures}{len(pages) / run.seconds():9.1f}{1000 * statistics.median(times):7.1f}"
            f"{1000 * times[int(len(times) * 0.99)]:8.1f}{1000 * times[-1]:7.0f}{statistics.median(shares):13.3f}"
        )
    for page, read in zip(pages, mine.reads, strict=True):
        if read.refused:
            print(f"refused by us as {read.refused}: {page.url}")
    kept = scores(pages, [replace(read, text="") if read.refused else read for read in mine.reads])
    print(f"F1 with what is refused as nothing: {kept[0]:.4f}")
    if scores is mixed_scores:
        for reader in ("ours", "trafilatura, no comments"):
            print(f"head, {reader}: {head_scores(pages, runs[reader].reads)}")
    return told


def main() -> None:
    """Measure the sets named on the command line."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--news", type=Path, metavar="FOLDER")
    asked.add_argument("--mixed", type=Path, metavar="FOLDER")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", type=Path, metavar="FILE")
    given = asked.parse_args()
    told = {}
    for name, folder, load in (("news", given.news, news_pages), ("mixed", given.mixed, mixed_pages)):
        if folder:
            pages = list(load(folder))
            told[name] = report(name, pages, measured(pages, given.rounds))
    if given.json:
        given.json.write_text(json.dumps(told, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
