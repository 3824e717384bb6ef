"""The unit for systemd: it is one, it says what the daemon keeps, and it leaves the daemon little it could misuse."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.daemon import GRACE_S
from monitor.errors import ConfigurationError
from monitor.health.attending import WRITER_S
from monitor.sandbox.limits import PAGE
from monitor.shipped import shipped

UNIT = shipped("config/layoff-monitor.service").read_text(encoding="utf-8")
LINES = [line for line in UNIT.splitlines() if "=" in line and not line.startswith("#")]
MOST_EXPOSED = 2.0  # of 10, as systemd-analyze scores it
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


def value(key: str) -> str:
    [found] = [line.partition("=")[2] for line in LINES if line.startswith(f"{key}=")]
    return found


def analyzed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Return what systemd says of the unit with a program in it that is there."""
    file = folder / "layoff-monitor.service"
    program = value("ExecStart").split()[0]
    file.write_text(UNIT.replace(program, sys.executable), encoding="utf-8")
    return subprocess.run(["systemd-analyze", *words, str(file)], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    done = analyzed(tmp_path, "verify")
    assert (done.returncode, [line for line in done.stderr.splitlines() if "layoff-monitor.service" in line]) == (0, [])


@needs_systemd
def test_systemd_finds_a_key_that_there_is_not(tmp_path: Path) -> None:
    """The control of the line above."""
    file = tmp_path / "other.service"
    file.write_text(UNIT.replace("ProtectSystem=", "ProtectsSystem="), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False)
    assert "ProtectsSystem" in done.stderr


@needs_systemd
def test_the_daemon_is_left_little_it_could_misuse(tmp_path: Path) -> None:
    done = analyzed(tmp_path, "security", "--offline=true")
    found = re.search(r"exposure level .*?: (\d+\.\d)", done.stdout)
    if found is None:
        pytest.skip("this systemd-analyze judges no unit offline")
    assert float(found[1]) <= MOST_EXPOSED


SANDBOX = {
    "ProtectSystem": "strict",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "PrivateDevices": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "MemoryDenyWriteExecute": "yes",
    "DynamicUser": "yes",
    "UMask": "0077",
}


@pytest.mark.parametrize(("key", "wanted"), SANDBOX.items(), ids=SANDBOX)
def test_it_is_shut_in(key: str, wanted: str) -> None:
    assert value(key) == wanted


def test_it_waits_as_long_as_the_daemon_takes() -> None:
    assert int(value("TimeoutStopSec").removesuffix("s")) > GRACE_S + 8
    assert int(value("WatchdogSec").removesuffix("min")) * 60 / 3 > WRITER_S
    assert value("TimeoutStartSec") == "infinity"
    assert (value("Type"), value("NotifyAccess")) == ("notify", "main")


def test_it_has_memory_for_all_its_workers() -> None:
    assert int(value("MemoryMax").removesuffix("G")) * 2**30 >= 4 * PAGE.memory_bytes + 200 * 2**20


def test_what_trying_again_does_not_help_is_not_tried_again() -> None:
    assert value("RestartPreventExitStatus") == str(ConfigurationError.exit_code)
