"""Figures -> the text that Prometheus reads (its exposition format, version 0.0.4). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX: Final = "layoff_monitor_"

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name, with what they are."""

    name: str  # without the program's own beginning
    kind: Literal["gauge", "counter"]
    about: str
    samples: tuple[Sample, ...]


def gauge(name: str, about: str, value: float) -> Family:
    """Return a family of one sample."""
    return Family(name, "gauge", about, (({}, value),))


def counted(name: str, about: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], float]) -> Family:
    """Return a family with a sample for each combination of values, in their order."""
    samples = tuple((dict(zip(labels, key, strict=True)), number) for key, number in sorted(counts.items()))
    return Family(name, "counter" if name.endswith("_total") else "gauge", about, samples)


def text(families: tuple[Family, ...]) -> str:
    """Return the document."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    name = family.name if family.name.startswith("process_") else _PREFIX + family.name
    yield f"# HELP {name} {family.about}"
    yield f"# TYPE {name} {family.kind}"
    for labels, value in family.samples:
        said = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels.items())
        yield f"{name}{{{said}}} {_number(value)}" if said else f"{name} {_number(value)}"


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
