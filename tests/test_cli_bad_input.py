"""Files that are none of what a command reads: refused in a sentence that says why, before anything is done."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import layoff_monitor
from monitor.cli.reading import LONGEST_FILE

PICTURE = bytes(range(256)) * 40


def huge(file: Path) -> None:
    with file.open("wb") as opened:
        opened.truncate(LONGEST_FILE + 1)


def holds(body: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(body)


def folder(file: Path) -> None:
    file.mkdir()


UTF_16 = "Norvik Bank drops advisers\nAn assistant takes over.".encode("utf-16")
REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a picture to be judged": ("classify {}", holds(PICTURE), "is not text in UTF-8; save the article's words"),
    "a text in another encoding": ("classify {}", holds(UTF_16), "is not text in UTF-8"),
    "more than any article holds": ("classify {}", huge, "has more than 32 MiB; is it the right file?"),
    "an import that is too large": ("import {}", huge, "has more than 32 MiB"),
    "a list of feeds that is too large": ("feeds import {}", huge, "has more than 32 MiB"),
    "a picture for a list of feeds": ("feeds import {}", holds(PICTURE), "it is neither OPML nor text in UTF-8"),
    "a labelled file that is no JSON": ("evaluate {}", holds(b"label"), "line 1: is not JSON (Expecting value"),
    "a folder for a copy": ("restore {}", folder, "is a folder; name the copy in it"),
}


@pytest.mark.parametrize(("command", "made", "words"), REFUSED.values(), ids=REFUSED)
def test_what_a_command_cannot_read_is_refused_in_words(
    command: str, made: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    file = tmp_path / "given"
    made(file)
    line = ["--db", str(tmp_path / "monitor.db"), *command.format(file).split()]
    done = CliRunner().invoke(layoff_monitor, line)
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr


DENIED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "a store in a locked folder, looked at": (("--db", "locked/m.db", "check"), 1, "let this user into its folder"),
    "a store in a locked folder, asked": (
        ("--db", "locked/m.db", "search", "x"),
        3,
        "let this user into its folder",
    ),
    "a store that is locked": (("--db", "unread", "search", "x"), 3, "unable to open"),
    "settings that are locked": (("--config", "unread", "check"), 2, "unread: file: cannot be read: Permission denied"),
    "an article that is locked": (("classify", "unread"), 2, "unread cannot be read: Permission denied"),
    "a locked folder of articles": (("import", "locked"), 2, "locked cannot be read: Permission denied"),
    "a list of feeds that is locked": (("feeds", "import", "unread"), 2, "unread cannot be read: Permission denied"),
    "a locked folder to begin in": (("init", "locked"), 1, "locked/monitor.toml cannot be written: Permission denied"),
}


@pytest.mark.parametrize(("line", "code", "words"), DENIED.values(), ids=DENIED)
def test_what_this_user_may_not_read_is_refused_in_words(
    line: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "unread").write_bytes(b"x" * 5000)
    (tmp_path / "unread").chmod(0)
    (tmp_path / "locked").mkdir(0)
    rights = "-dac_override,-dac_read_search"
    without = ("setpriv", "--bounding-set", rights, "--inh-caps", rights) if os.geteuid() == 0 else ()
    if without and shutil.which("setpriv") is None:
        pytest.skip("root may read all, and there is no setpriv to give up that right")
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "XDG_DATA_HOME": str(tmp_path / "data")}
    command = [*without, sys.executable, "-m", "monitor", *line]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    (tmp_path / "locked").chmod(0o700)
    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


def atom(folder: Path, out: Path) -> Result:
    line = ["--db", str(folder / "monitor.db")]
    assert CliRunner().invoke(layoff_monitor, [*line, "run", "--once"]).exit_code == 0
    return CliRunner().invoke(layoff_monitor, [*line, "alerts", "atom", "--out", str(out)])


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As /dev/full was, for root."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert atom(tmp_path, pipe).exit_code == 0
        assert os.read(reader, 5) == b"<?xml"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_goes_on_to_lead_to_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("alerts.atom")
    assert atom(tmp_path, tmp_path / "link").exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "alerts.atom").read_bytes().startswith(b"<?xml")


def test_what_could_not_be_put_in_its_place_is_not_left_beside_it(tmp_path: Path) -> None:
    done = atom(tmp_path, tmp_path / "none" / "alerts.atom")
    assert (done.exit_code, "cannot be written: No such file or directory" in done.stderr) == (1, True)
    assert not list(tmp_path.glob(".alerts*"))


def test_a_demonstration_whose_folder_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = CliRunner().invoke(layoff_monitor, ["demo", str(tmp_path / "file" / "tryout")])
    assert (done.exit_code, "cannot be made: Not a directory; name another\n" in done.stderr) == (1, True)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder in which nobody can make a file")
def test_a_store_where_nobody_can_make_a_file_is_not_said_to_be_somebody_else_s() -> None:
    done = CliRunner().invoke(layoff_monitor, ["--db", "/proc/monitor.db", "run", "--once"])
    assert (done.exit_code, "name another place with --db" in done.stderr) == (3, True), done.stderr
