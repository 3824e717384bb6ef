"""The stories the demonstration's small press prints, read from `stories.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

Outlet = Literal["ledger", "wire", "desk"]


@dataclass(frozen=True, slots=True)
class Story:
    """One story of the small press."""

    slug: str
    outlet: Outlet
    days_ago: float
    title: str
    text: str  # paragraphs separated by blank lines
    also_in: Outlet | None = None  # a second feed that carries the same address
    page: Literal["sound", "missing", "private"] = "sound"

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs, each on one line."""
        return [" ".join(paragraph.split()) for paragraph in self.text.strip().split("\n\n")]


def read_stories() -> tuple[Story, ...]:
    """Return the shipped stories, in the order of the file."""
    with Path(__file__).with_name("stories.toml").open("rb") as file:
        return msgspec.convert(tomllib.load(file)["stories"], tuple[Story, ...])
