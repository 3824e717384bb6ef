"""What the tests that preload a disk share."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from faults.preload import library


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the disk of `disk.c` as a library; skips where it cannot be made."""
    return library(tmp_path_factory.mktemp("disk"))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in memory, where there is one: nobody waits for a disk to hold what is thrown away at once."""
    shared = Path("/dev/shm")  # noqa: S108  # in a folder of its own
    with TemporaryDirectory(prefix="faults-", dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)
