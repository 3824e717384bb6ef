"""How good the judge is on articles it has not met: trained five times, each time judging what was left out.

    python benchmarks/crossvalidate.py tests/data/written/*.jsonl [more.jsonl ...] --show labelled.jsonl [--show ...]
        [--news FILE.jsonl ...]

Files as for `train.py`, `--show` files among them; of each of those the report of `layoff-monitor evaluate` is
printed, and one of all written files together. Items of one group are never divided. Temperatures are the shipped
ones. `--news` are general news that only `abroad.py` is given; without them its step is left out.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import train
from benchmarks.abroad import rows_abroad
from monitor import evaluate
from monitor.classify import rules
from monitor.classify.weights import Weights, rows_of
from monitor.evaluate import Item
from monitor.model import Verdict


def judged_apart(paths: list[Path], news: list[Path]) -> dict[Path, list[tuple[Item, Verdict]]]:
    """Return every item with the verdict of a judge that was not trained on its group, file by file."""
    judge = rules.load()
    examples = train.read_examples(paths)
    about_else = train.read_examples(news)
    items = [(path, item) for path in paths for item in evaluate.read_items(path.read_text("utf-8").splitlines())]
    found: dict[Path, list[tuple[Item, Verdict]]] = {path: [] for path in paths}
    for fold in range(train.FOLDS):
        met = [example for example in examples if train.fold_of(example.group) != fold]
        model = train.Model(met)
        weights = Weights(rows_of(model.rows().items()), judge.model.label_temperature, judge.model.kind_temperature)
        own = rows_of(rows_abroad(weights, [*met, *about_else]).items()) if about_else else {}
        apart = replace(judge, model=weights, abroad=weights.with_rows(own))
        for example, (path, item) in zip(examples, items, strict=True):
            if train.fold_of(example.group) == fold:
                found[path].append((item, apart.classify(item.title, item.text, None)))
    return found


def main() -> None:
    """Train, judge and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--show", action="append", type=Path, default=[])
    parser.add_argument("--news", nargs="+", type=Path, default=[])
    options = parser.parse_args()
    found = judged_apart([*options.files, *options.show], options.news)
    written = [pair for path in options.files if "written" in path.parts for pair in found[path]]
    for name, pairs in (("written", written), *((path.name, found[path]) for path in options.show)):
        items, verdicts = zip(*pairs, strict=True) if pairs else ((), ())
        print(f"--- {name}")
        print(evaluate.as_text(evaluate.report(items, evaluate.Run("cross-validated", verdicts, 0.0))))


if __name__ == "__main__":
    main()
