"""When the daemon takes silence for silence: not soon after its start, and not soon after its clock was set."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from pipes import runtime, settings

from store_builders import HOUR, NOW, added

from monitor.clock import to_text
from monitor.daemon import Watch
from monitor.settings import RuleSettings
from monitor.store import Database, lookback
from monitor.watchman import SETTLED_S


class Hands:
    """A clock on the wall, and one that nobody sets."""

    def __init__(self) -> None:
        self.steady_s = 0.0
        self.set_by = timedelta(0)

    def wall(self) -> datetime:
        return NOW + timedelta(seconds=self.steady_s) + self.set_by

    def steady(self) -> float:
        return self.steady_s


def unanswered(db: Database) -> None:
    feed = added(db)
    values = [to_text(NOW - 5 * HOUR), to_text(NOW - HOUR), to_text(NOW - 90 * HOUR), feed]
    db.execute("update feeds set last_ok_at = ?, last_polled_at = ?, added_at = ? where id = ?", values)


async def test_silence_means_something_after_two_hours_by_a_clock_that_was_right(tmp_path: Path) -> None:
    hands = Hands()
    chosen = replace(settings(tmp_path / "m.db"), rules=(RuleSettings(name="quiet", kind="silence", days=99),))
    async with runtime(chosen, hands.wall) as given:
        await given.store.write(unanswered)
        watch = Watch(given, hands.steady)

        async def told() -> bool:
            await watch.look()
            return await given.store.read(
                lambda db: lookback.raised_last(db, "quiet", "silence:polls", now=hands.wall()) is not None
            )

        hands.steady_s = SETTLED_S - 1
        assert not await told()
        hands.set_by = timedelta(days=30)
        hands.steady_s = SETTLED_S + 1
        assert not await told(), "the clock was set"
        hands.steady_s = 2 * SETTLED_S + 2
        assert await told()
