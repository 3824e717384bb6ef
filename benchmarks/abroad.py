"""Fit the judge's model to languages other than English, and write `config/weights.abroad.json`.

    pip install scikit-learn
    python benchmarks/abroad.py tests/data/written/*.jsonl [news.jsonl ...] > new.json
    mv new.json config/weights.abroad.json  # not at once: the file is read, too

Files as for `train.py`, of which items in English are passed over; general news are items off topic. The shipped
weights stay as they are: what is learned is what must be added to them for items in these languages to be right (a
logistic regression that starts from their sums), and a feature to which nothing is added has no row.
`crossvalidate.py --news` does the same five times. The same input gives the same file.
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import train
from benchmarks.train import Example
from monitor.classify import weights
from monitor.classify.languages import WITH_CUES
from monitor.classify.weights import KINDS, LABELS, Weights
from monitor.model import Label

SPARED = 1.0  # log-odds given back to every label: news are many times the labelled items, and as many as were found
_STEPS = 60


def rows_abroad(start: Weights, examples: Iterable[Example]) -> dict[str, dict[str, float]]:
    """Return the rows that stand in for those of a model in other languages, by feature and outcome."""
    import numpy as np  # noqa: PLC0415  # only who trains needs it
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415  # the same

    items = [example for example in examples if example.language in WITH_CUES]
    counts = Counter(name for item in items for name in item.features)
    table = DictVectorizer()
    often = ({name: value for name, value in i.features.items() if counts[name] >= train.LEAST} for i in items)
    matrix = table.fit_transform(often)
    begin = np.array([start.sums(item.features) for item in items])
    names = table.feature_names_
    constant = names.index("")
    parts = []
    for outcomes, right in ((LABELS, [item.label for item in items]), (KINDS, [item.kind for item in items])):
        truth = np.array([[str(outcome) == one for outcome in outcomes] for one in right], dtype=float)
        parts.append(_added(matrix, begin[:, : len(outcomes)], truth, constant))
        begin = begin[:, len(outcomes) :]
    added = np.hstack(parts)
    added[abs(added) < train.SMALLEST] = 0
    added[constant, LABELS.index(Label.NONE)] -= SPARED
    rows = np.array([start.rows.get(name, weights.NONE) for name in names]) + added
    outcomes = [*map(str, (*LABELS, *KINDS))]
    return {
        names[place]: {o: w for o, w in zip(outcomes, rows[place].round(train.DECIMALS).tolist(), strict=True) if w}
        for place in np.flatnonzero(added.any(axis=1))
    }


def _added(matrix: Any, begin: Any, truth: Any, constant: int) -> Any:
    """Return what is added to each weight for the least log-loss, with the penalty of `train.py` on all but one."""
    import numpy as np  # noqa: PLC0415  # only who trains needs it
    from scipy.optimize import minimize  # noqa: PLC0415  # comes with scikit-learn

    shape = (matrix.shape[1], truth.shape[1])
    across = matrix.T.tocsr()
    held = (np.arange(shape[0]) != constant)[:, None]

    def loss(flat: Any) -> tuple[float, Any]:
        added = flat.reshape(shape)
        sums = begin + matrix @ added
        sums -= sums.max(axis=1, keepdims=True)
        logs = sums - np.log(np.exp(sums).sum(axis=1, keepdims=True))
        gradient = train.COST * (across @ (np.exp(logs) - truth)) + held * added
        whole = -train.COST * (truth * logs).sum() + (held * added**2).sum() / 2
        return float(whole), gradient.ravel()

    found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return found.x.reshape(shape)


def main() -> None:
    """Fit, and write the rows to standard output."""
    start = weights.load()
    rows = rows_abroad(start, train.read_examples(map(Path, sys.argv[1:])))
    sys.stdout.write(train.as_file(rows, start.label_temperature, start.kind_temperature))


if __name__ == "__main__":
    main()
