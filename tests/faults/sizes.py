"""How large a run of the fault tests is: on each change, every night, or as long as asked.

`pytest tests/faults --size night` makes the numbers of `NIGHT`; the seed of every random choice is the one pytest
prints as `--randomly-seed`, and given again it brings the same faults.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """How many faults of each sort one run makes."""

    store_kills: int
    daemon_kills: int
    migration_kills: int
    delivery_kills: int
    images: int  # of a store after a loss of power
    io_faults: int  # at most so many calls fail, spread evenly over those of the four workloads, one of which has fewer
    fuzz_runs: int  # over all targets together
    steps: int  # of the stateful machine
    examples: int  # of each property
    injections: int  # texts that give orders to a language model
    soak_s: float
    outages_s: tuple[float, ...]  # of the database of a cluster


CHANGE: Final = Size(
    store_kills=30,
    daemon_kills=20,
    migration_kills=18,
    delivery_kills=12,
    images=300,
    io_faults=80,
    fuzz_runs=20_000,
    steps=500,
    examples=100,
    injections=40,
    soak_s=12,
    outages_s=(5.0,),
)
NIGHT: Final = Size(
    store_kills=3_000,
    daemon_kills=600,
    migration_kills=300,
    delivery_kills=300,
    images=20_000,
    io_faults=2_800,
    fuzz_runs=1_000_000,
    steps=20_000,
    examples=2_000,
    injections=200,
    soak_s=600,
    outages_s=(8.0, 45.0),
)
SIZES: Final = {"change": CHANGE, "night": NIGHT}
