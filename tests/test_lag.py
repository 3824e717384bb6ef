"""A loop that is held up says so, and a call that does not return is named in the stacks (RELIABILITY.md T3)."""

import asyncio
import faulthandler
import io
import sys
from pathlib import Path
from time import monotonic

import pytest

from monitor.lag import LATE_S, LOOK_S, STUCK_S, Watchdog, arm, watch

PATIENCE_S = 30.0


class Hands:
    """A clock that only moves when somebody works or waits, and a watchdog that notes when it is armed."""

    def __init__(self, *lasting: float) -> None:
        self.now_s = 0.0
        self.lasting = list(lasting)  # of each pause, in truth
        self.armed = 0
        self.disarmed = 0

    def arm(self) -> None:
        self.armed += 1

    def disarm(self) -> None:
        self.disarmed += 1

    async def pause(self, seconds: float) -> bool:
        assert seconds == LOOK_S
        self.now_s += self.lasting.pop(0)
        return bool(self.lasting)

    def watchdog(self) -> Watchdog:
        return Watchdog(lambda: self.now_s, self.arm, self.disarm)


LATENESS: dict[str, tuple[float, list[float]]] = {
    "on time": (1.0, []),
    "a second late": (2.0, []),
    "more than a second late": (2.5, [1.5]),
    "an hour late": (3601.0, [3600.0]),
    "stopped in the middle": (0.2, []),
}


@pytest.mark.parametrize(("lasting", "late"), LATENESS.values(), ids=LATENESS)
async def test_a_loop_that_is_over_a_second_late_is_told_of(
    lasting: float, late: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    hands = Hands(1.0, lasting, 1.0)
    await watch(hands.pause, hands.watchdog())
    assert [vars(record)["late_s"] for record in caplog.records if record.message == "loop.late"] == late
    assert hands.disarmed == 1


async def test_the_watchdog_is_armed_anew_every_ten_seconds_and_after_a_delay() -> None:
    hands = Hands(*[1.0] * 25, 3600.0, 1.0)
    await watch(hands.pause, hands.watchdog())
    assert hands.armed == 4


async def test_a_watch_that_is_cut_off_leaves_no_watchdog_behind() -> None:
    hands = Hands()

    async def forever(_seconds: float) -> bool:
        return await asyncio.Event().wait()

    watching = asyncio.ensure_future(watch(forever, hands.watchdog()))
    await asyncio.sleep(0)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert (hands.armed, hands.disarmed) == (1, 1)


def the_call_that_blocks(stacks: Path) -> None:
    """Hold the loop until the watchdog has spoken."""
    ends_at = monotonic() + PATIENCE_S
    while "the_call_that_blocks" not in stacks.read_text() and monotonic() < ends_at:
        pass


async def test_a_call_that_blocks_the_loop_is_named_in_the_stacks(tmp_path: Path) -> None:
    stacks = tmp_path / "stacks"

    async def pause(_seconds: float) -> bool:
        the_call_that_blocks(stacks)
        return False

    with stacks.open("w") as file:
        soon = Watchdog(arm=lambda: faulthandler.dump_traceback_later(STUCK_S / 300, file=file))
        await watch(pause, soon)
    assert "in the_call_that_blocks" in stacks.read_text()
    assert "in pause" in stacks.read_text()


async def test_the_control_without_a_watchdog_tells_of_no_delay(caplog: pytest.LogCaptureFixture) -> None:
    began = monotonic()
    while monotonic() < began + LATE_S + 0.1:
        pass
    await asyncio.sleep(0)
    assert caplog.messages == []


@pytest.mark.parametrize("stderr", [None, io.StringIO()], ids=["none", "no file"])
def test_a_process_without_standard_error_is_watched_without_stacks(
    monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO | None
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    arm()
    faulthandler.cancel_dump_traceback_later()
