"""The trained model: chances of labels and kinds from the features of an article, by weights in a readable file.

`benchmarks/train.py` writes `config/weights.json`; every feature an article has adds its weights (multinomial
logistic regression, one for the label and one for the kind).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from monitor.errors import ConfigurationError
from monitor.model import Kind, Label
from monitor.shipped import shipped

LABELS = tuple(Label)
KINDS = tuple(Kind)
_PLACE = {str(outcome): place for place, outcome in enumerate((*LABELS, *KINDS))}

Row = tuple[tuple[int, float], ...]  # place of a label or kind, and its weight


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
        sums = self._sums(features.items())
        labels = _softmax(sums[: len(LABELS)], self.label_temperature)
        kinds = _softmax(sums[len(LABELS) :], self.kind_temperature)
        return Chances(dict(zip(LABELS, labels, strict=True)), dict(zip(KINDS, kinds, strict=True)))

    def lean(self, features: Iterable[str], label: Label) -> float:
        """Return how much more the features speak for a label than for the likeliest other one, in log-odds."""
        sums = self._sums((name, 1.0) for name in features)[: len(LABELS)]
        place = LABELS.index(label)
        return sums[place] - max(value for index, value in enumerate(sums) if index != place)

    def _sums(self, features: Iterable[tuple[str, float]]) -> list[float]:
        """Return the weights of features added up, labels first; the same in whatever order they come."""
        added: list[list[float]] = [[] for _ in _PLACE]
        rows = self.rows
        for name, value in features:
            for place, weight in rows.get(name, ()):
                added[place].append(weight * value)
        return [math.fsum(parts) for parts in added]


def rows_of(features: Iterable[tuple[str, Mapping[str, float]]]) -> dict[str, Row]:
    """Return the rows of weights by name of label or kind; raises KeyError that names an unknown one.

    What is equal is held once: of 160,000 pairs in the shipped file 5,400 differ, and the process keeps them for good.
    """
    pairs: dict[tuple[int, float], tuple[int, float]] = {}
    rows: dict[Row, Row] = {}

    def once(row: Mapping[str, float]) -> Row:
        found = ((_PLACE[outcome], weight) for outcome, weight in row.items())
        held = tuple([pairs.setdefault(pair, pair) for pair in found])
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
