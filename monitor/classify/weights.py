"""The trained model: chances of labels and kinds from the features of an article, by weights in a readable file.

`benchmarks/train.py` writes `config/weights.json`; every feature an article has adds its weights (multinomial
logistic regression, one for the label and one for the kind). In languages other than English that have cues the rows
of `config/weights.abroad.json` stand in for those of the same name; `benchmarks/abroad.py` writes them.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import msgspec

from monitor.errors import ConfigurationError
from monitor.model import Kind, Label
from monitor.shipped import shipped

LABELS = tuple(Label)
KINDS = tuple(Kind)
_PLACE = {str(outcome): place for place, outcome in enumerate((*LABELS, *KINDS))}

Row = tuple[float, ...]  # the weight of each label, then of each kind; 0 where the file has none
NONE: Row = (0.0,) * len(_PLACE)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it stands."""

    label_temperature: float
    kind_temperature: float
    features: dict[str, msgspec.Raw]  # feature -> label or kind -> weight, read row by row; "" is the constant


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each label and each kind is; each of the two adds up to 1."""

    labels: Mapping[Label, float]
    kinds: Mapping[Kind, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """The model; never changes after loading."""

    rows: Mapping[str, Row]
    label_temperature: float  # by which sums are divided so that chances are honest on items not trained on
    kind_temperature: float

    def chances(self, features: Mapping[str, float]) -> Chances:
        """Return the chances of labels and kinds of an article with these features."""
        sums = self.sums(features)
        kinds = _softmax(sums[len(LABELS) :], self.kind_temperature)
        return Chances(self._labels(sums), dict(zip(KINDS, kinds, strict=True)))

    def sums(self, features: Mapping[str, float]) -> list[float]:
        """Return what is said for each label and then for each kind, in log-odds."""
        return _sums(self._scaled(features), len(_PLACE))

    def with_rows(self, rows: Mapping[str, Row]) -> "Weights":
        """Return a model with these rows in the place of its own."""
        return replace(self, rows={**self.rows, **rows})

    def label_chances(self, features: Mapping[str, float]) -> Mapping[Label, float]:
        """Return the chances of labels alone."""
        return self._labels(_sums(self._scaled(features), len(LABELS)))

    def weigh(self, names: Iterable[str]) -> list[float]:
        """Return how much the features of these names, each of them fully, say for each label; to be added up."""
        return list(map(sum, islice(zip(NONE, *filter(None, map(self.rows.get, names)), strict=True), len(LABELS))))

    def any_label(self, sums: list[float]) -> float:
        """Return how likely any label is where this is said for each."""
        return 1 - self._labels(sums)[Label.NONE]

    def _labels(self, sums: list[float]) -> dict[Label, float]:
        return dict(zip(LABELS, _softmax(sums[: len(LABELS)], self.label_temperature), strict=True))

    def _scaled(self, features: Mapping[str, float]) -> list[Row]:
        """Return the rows of the features that have one, times their values."""
        row_of = self.rows.get
        return [
            row if value == 1 else tuple(weight * value for weight in row)
            for name, value in features.items()
            if (row := row_of(name)) is not None
        ]

    def lean(self, features: Iterable[str], label: Label) -> float:
        """Return how much more the features speak for a label than for the likeliest other one, in log-odds."""
        sums = _sums(filter(None, map(self.rows.get, features)), len(LABELS))
        own = sums.pop(LABELS.index(label))
        return own - max(sums)

    def strongest(self, features: Iterable[str], label: Label, default: str) -> str:
        """Return which feature alone leans to a label most, of equal ones the first by name."""
        place = LABELS.index(label)

        def lean(name: str) -> float:
            labels = self.rows.get(name, NONE)[: len(LABELS)]
            return labels[place] - max(labels[:place] + labels[place + 1 :])

        return min(features, key=lambda name: (-lean(name), name), default=default)


def _sums(rows: Iterable[Row], most: int) -> list[float]:
    """Return rows added up, the first `most` columns; the same in whatever order they come."""
    return [math.fsum(column) for column in islice(zip(NONE, *rows, strict=True), most)]


def rows_of(features: Iterable[tuple[str, Mapping[str, float]]]) -> dict[str, Row]:
    """Return the rows of weights by name of label or kind; raises KeyError that names an unknown one.

    What is equal is held once: few of the shipped weights differ, and the process keeps them for good.
    """
    weights: dict[float, float] = {}
    rows: dict[Row, Row] = {}

    def once(given: Mapping[str, float]) -> Row:
        row = [*NONE]
        for outcome, weight in given.items():
            row[_PLACE[outcome]] = weights.setdefault(weight, weight)
        held = tuple(row)
        return rows.setdefault(held, held)

    return {name: once(row) for name, row in features}


def load(path: Path | None = None) -> Weights:
    """Return the weights of a file, the shipped ones by default; raises ConfigurationError that names the file."""
    path = path or shipped("config/weights.json")
    try:
        raw = path.read_bytes()
        file = msgspec.json.decode(raw, type=_File)
        read = msgspec.json.Decoder(dict[str, float]).decode
        rows = rows_of((name, read(row)) for name, row in file.features.items())
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is no file of weights: {error}") from error
    except KeyError as error:
        raise ConfigurationError(f"{path}: {error.args[0]!r} is neither a label nor a kind") from error
    if not (file.label_temperature > 0 and file.kind_temperature > 0):
        raise ConfigurationError(f"{path}: a temperature must be above 0")
    return Weights(rows, file.label_temperature, file.kind_temperature)


def _softmax(sums: list[float], temperature: float) -> list[float]:
    """Return chances from sums of weights."""
    top = max(sums)
    powers = [math.exp((value - top) / temperature) for value in sums]
    whole = sum(powers)
    return [power / whole for power in powers]
