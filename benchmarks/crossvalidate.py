"""How good the judge is on articles it has not met: trained five times, each time judging what was left out.

    python benchmarks/crossvalidate.py tests/data/written/*.jsonl [more.jsonl ...] --show labelled.jsonl [--show ...]

Files as for `train.py`, `--show` files among them; of each of those the report of `layoff-monitor evaluate` is
printed, and one of all written files together. Items of one group are never divided. Temperatures are the shipped
ones.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import train
from monitor import evaluate
from monitor.classify import rules
from monitor.classify.weights import Weights, rows_of
from monitor.evaluate import Item
from monitor.model import Verdict


def judged_apart(paths: list[Path]) -> dict[Path, list[tuple[Item, Verdict]]]:
    """Return every item with the verdict of a judge that was not trained on its group, file by file."""
    judge = rules.load()
    examples = train.read_examples(paths)
    items = [(path, item) for path in paths for item in evaluate.read_items(path.read_text("utf-8").splitlines())]
    found: dict[Path, list[tuple[Item, Verdict]]] = {path: [] for path in paths}
    for fold in range(train.FOLDS):
        model = train.Model([example for example in examples if train.fold_of(example.group) != fold])
        weights = Weights(rows_of(model.rows().items()), judge.model.label_temperature, judge.model.kind_temperature)
        apart = replace(judge, model=weights)
        for example, (path, item) in zip(examples, items, strict=True):
            if train.fold_of(example.group) == fold:
                found[path].append((item, apart.classify(item.title, item.text, None)))
    return found


def main() -> None:
    """Train, judge and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--show", action="append", type=Path, default=[])
    options = parser.parse_args()
    found = judged_apart([*options.files, *options.show])
    written = [pair for path in options.files if "written" in path.parts for pair in found[path]]
    for name, pairs in (("written", written), *((path.name, found[path]) for path in options.show)):
        items, verdicts = zip(*pairs, strict=True) if pairs else ((), ())
        print(f"--- {name}")
        print(evaluate.as_text(evaluate.report(items, evaluate.Run("cross-validated", verdicts, 0.0))))


if __name__ == "__main__":
    main()
