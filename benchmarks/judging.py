"""What verdict and facts cost beside trafilatura on the same pages, and how the cost grows with the text.

    python benchmarks/judging.py FOLDER_OF_PAGES

CPU seconds of one run, the two in turn page by page, best of three rounds; JSON on standard output.
"""

import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.classify import rules

ROUNDS = 3
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)  # characters of one text


def read_page(path: Path) -> str:
    """Return a page as text; files that end in .gz are unpacked."""
    body = path.read_bytes()
    return (gzip.decompress(body) if path.suffix == ".gz" else body).decode("utf-8", "replace")


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    """Measure and print."""
    judge = rules.load()
    pages = [read_page(path) for path in sorted(Path(sys.argv[1]).glob("**/*.htm*"))]
    texts = [trafilatura.extract(page) or "" for page in pages]
    extracting, judging = [], []
    for _ in range(ROUNDS):
        spent = [0.0, 0.0]
        for page, text in zip(pages, texts, strict=True):
            spent[0] += cpu_s(lambda page=page: trafilatura.extract(page))  # type: ignore[misc]  # bound now
            spent[1] += cpu_s(lambda text=text: judge.classify(text[:80], text, None))  # type: ignore[misc]
        extracting.append(spent[0])
        judging.append(spent[1])
    story = " ".join(texts)
    report = {
        "pages": len(pages),
        "words_per_page": round(sum(len(text.split()) for text in texts) / len(pages)),
        "trafilatura_ms": round(1000 * min(extracting) / len(pages), 2),
        "judge_ms": round(1000 * min(judging) / len(pages), 2),
        "ratio": round(min(judging) / min(extracting), 3),
        "seconds_by_characters": {
            size: round(cpu_s(lambda size=size: judge.classify("", (story * (size // len(story) + 1))[:size], None)), 3)  # type: ignore[misc]
            for size in SIZES
        },
        "seconds_for_100000_sentences": round(
            cpu_s(lambda: judge.classify("", "AI cuts 40 jobs. " * 100_000, None)), 3
        ),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
