"""Train the model of the judge and write `config/weights.json`.

    pip install scikit-learn
    python benchmarks/train.py tests/data/written/*.jsonl [labelled.jsonl ...] > new.json
    mv new.json config/weights.json  # not at once: the file is read, too

Each line is a JSON object with title, text, label and kind; `group` (items of one story or firm are never divided
between training and test) is optional. Figures by grouped cross-validation, file by file, go to standard error. The
same input gives the same file.
"""

import hashlib
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.classify import rules
from monitor.classify.languages import language_of
from monitor.classify.weights import KINDS, LABELS

FOLDS = 5
LEAST = 3  # items a feature must occur in
COST = 0.15  # C of the regression: the inverse of its L2 penalty; chosen by cross-validation among 0.06 ... 1
SMALLEST = 0.02  # weights nearer to 0 are left out of the file
DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled item as the model meets it."""

    source: str
    group: str
    language: str
    features: Mapping[str, float]
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What a model that never met an item says of it: the chance of each label and kind."""

    labels: Mapping[str, float]
    kinds: Mapping[str, float]


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """Return the labelled items of JSON Lines files as the rules read them."""
    judge = rules.load()
    found = []
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            item = json.loads(line)
            group = str(item.get("group") or item.get("story") or item.get("company") or item["title"])
            language = language_of(item["title"], item["text"])
            features = judge.read_case(item["title"], item["text"], language).features
            found.append(Example(path.stem, f"{path.stem} {group}", language, features, item["label"], item["kind"]))
    return found


class Model:
    """One logistic regression for the label and one for the kind, over the features that occur often enough."""

    def __init__(self, examples: Sequence[Example]) -> None:
        from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415  # only who trains needs it
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # the same

        counts = Counter(name for example in examples for name in example.features)
        self.kept = {name for name, count in counts.items() if count >= LEAST} - {""}
        self.table = DictVectorizer()
        rows = self.table.fit_transform([self._row(example) for example in examples])
        self.label = LogisticRegression(C=COST, max_iter=500).fit(rows, [example.label for example in examples])
        self.kind = LogisticRegression(C=COST, max_iter=500).fit(rows, [example.kind for example in examples])

    def guesses(self, examples: Sequence[Example]) -> list[Guess]:
        """Return what the model says of items."""
        rows = self.table.transform([self._row(example) for example in examples])
        labels, kinds = (model.predict_proba(rows) for model in (self.label, self.kind))
        return [
            Guess(dict(zip(self.label.classes_, one, strict=True)), dict(zip(self.kind.classes_, two, strict=True)))
            for one, two in zip(labels, kinds, strict=True)
        ]

    def rows(self) -> dict[str, dict[str, float]]:
        """Return the weights by feature and outcome, without those near 0; "" is the constant."""
        found: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for model in (self.label, self.kind):
            for outcome, weights, constant in zip(model.classes_, model.coef_, model.intercept_, strict=True):
                found[""][str(outcome)] = round(float(constant), DECIMALS)
                for name, weight in zip(self.table.feature_names_, weights, strict=True):
                    if abs(weight) >= SMALLEST:
                        found[name][str(outcome)] = round(float(weight), DECIMALS)
        return dict(sorted(found.items()))

    def _row(self, example: Example) -> dict[str, float]:
        return {name: value for name, value in example.features.items() if name in self.kept}


def fold_of(group: str) -> int:
    """Return the fold of a group, the same on every machine."""
    return int(hashlib.md5(group.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def cross_validate(examples: Sequence[Example]) -> list[tuple[Example, Guess]]:
    """Return each item with the guess of a model that met nothing of its group."""
    outcome = []
    for fold in range(FOLDS):
        model = Model([example for example in examples if fold_of(example.group) != fold])
        outside = [example for example in examples if fold_of(example.group) == fold]
        outcome += list(zip(outside, model.guesses(outside), strict=True))
    return outcome


def temperature(pairs: Sequence[tuple[Mapping[str, float], str]]) -> float:
    """Return by what sums must be divided for the least log-loss of the right answers; chances as they were at 1."""
    tried = [0.5 + step * 0.05 for step in range(51)]
    return min(tried, key=lambda divisor: sum(_loss(chances, right, divisor) for chances, right in pairs))


def _loss(chances: Mapping[str, float], right: str, divisor: float) -> float:
    sums = {name: math.log(max(chance, 1e-9)) / divisor for name, chance in chances.items()}
    return math.log(sum(math.exp(value) for value in sums.values())) - sums.get(right, math.log(1e-9))


def report(outcome: Sequence[tuple[Example, Guess]]) -> str:
    """Return the figures of cross-validation by file: the model alone."""
    lines = [f"{'file':24} items  label right  kind right"]
    for source in sorted({example.source for example, _ in outcome}):
        inside = [(example, guess) for example, guess in outcome if example.source == source]
        labels = sum(max(g.labels, key=g.labels.__getitem__) == e.label for e, g in inside) / len(inside)
        kinds = sum(max(g.kinds, key=g.kinds.__getitem__) == e.kind for e, g in inside) / len(inside)
        lines.append(f"{source:24} {len(inside):5}  {labels:11.3f}  {kinds:10.3f}")
    return "\n".join(lines)


def as_file(rows: Mapping[str, Mapping[str, float]], label_temperature: float, kind_temperature: float) -> str:
    """Return the file of weights, one feature a line."""
    head = f'"label_temperature": {label_temperature},\n"kind_temperature": {kind_temperature},\n'
    lines = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(row)}" for name, row in rows.items())
    return "{" + head + '"features": {\n' + lines + "\n}}\n"


def main() -> None:
    """Train on the files named, write the weights to standard output and the figures to standard error."""
    examples = read_examples(map(Path, sys.argv[1:]))
    unknown = {e.label for e in examples} ^ set(map(str, LABELS)) | {e.kind for e in examples} - set(map(str, KINDS))
    if unknown:
        sys.exit(f"labels and kinds that are missing or unknown: {', '.join(sorted(unknown))}")
    outcome = cross_validate(examples)
    print(report(outcome), file=sys.stderr)
    labels = temperature([(guess.labels, example.label) for example, guess in outcome])
    kinds = temperature([(guess.kinds, example.kind) for example, guess in outcome])
    sys.stdout.write(as_file(Model(examples).rows(), round(labels, 2), round(kinds, 2)))


if __name__ == "__main__":
    main()
