"""Days, quiet hours and digests by the clock on the wall, also when that clock is set forward or back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.alerts.hours import loud_from, midnight, next_midnight, period, wall, zone_of

PARIS = "Europe/Paris"  # forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00
NEW_YORK = "America/New_York"  # forward on 2026-03-08, back on 2026-11-01
LORD_HOWE = "Australia/Lord_Howe"  # by half an hour: forward on 2026-10-04, back on 2026-04-05
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "began", "ends"),
    [
        ("2026-03-02T23:30", "UTC", "2026-03-02T00:00", "2026-03-03T00:00"),
        ("2026-03-02T23:30", PARIS, "2026-03-02T23:00", "2026-03-03T23:00"),
        ("2026-03-29T12:00", PARIS, "2026-03-28T23:00", "2026-03-29T22:00"),
        ("2026-10-25T12:00", PARIS, "2026-10-24T22:00", "2026-10-25T23:00"),
    ],
)
def test_a_day_is_one_of_the_zone(now: str, zone: str, began: str, ends: str) -> None:
    place = zone_of(zone)
    assert (midnight(utc(now), place), next_midnight(utc(now), place)) == (utc(began), utc(ends))


@pytest.mark.parametrize(
    ("quiet", "now", "zone", "loud"),
    [
        pytest.param("", "2026-03-02T03:00", "UTC", "2026-03-02T03:00", id="no quiet hours"),
        pytest.param("22:00-07:00", "2026-03-02T21:59", "UTC", "2026-03-02T21:59", id="before them"),
        pytest.param("22:00-07:00", "2026-03-02T22:00", "UTC", "2026-03-03T07:00", id="as they begin"),
        pytest.param("22:00-07:00", "2026-03-03T06:59", "UTC", "2026-03-03T07:00", id="after midnight"),
        pytest.param("22:00-07:00", "2026-03-03T07:00", "UTC", "2026-03-03T07:00", id="as they end"),
        pytest.param("12:00-14:00", "2026-03-02T13:00", "UTC", "2026-03-02T14:00", id="at noon"),
        pytest.param("22:00-07:00", "2026-03-28T22:00", PARIS, "2026-03-29T05:00", id="a night one hour shorter"),
        pytest.param("22:00-07:00", "2026-10-24T22:00", PARIS, "2026-10-25T06:00", id="a night one hour longer"),
        pytest.param("22:00-02:30", "2026-03-28T23:00", PARIS, "2026-03-29T01:30", id="an end that is left out"),
        pytest.param("22:00-02:30", "2026-10-24T23:00", PARIS, "2026-10-25T00:30", id="an end that comes twice"),
        pytest.param("22:00-02:15", "2026-03-08T04:00", NEW_YORK, "2026-03-08T07:15", id="New York, left out"),
        pytest.param("22:00-01:15", "2026-11-01T04:00", NEW_YORK, "2026-11-01T05:15", id="New York, twice"),
        pytest.param("22:00-02:10", "2026-10-03T14:00", LORD_HOWE, "2026-10-03T15:40", id="Lord Howe, left out"),
        pytest.param("22:00-01:45", "2026-04-04T13:00", LORD_HOWE, "2026-04-04T14:45", id="Lord Howe, twice"),
    ],
)
def test_quiet_hours_end_by_the_wall_clock(quiet: str, now: str, zone: str, loud: str) -> None:
    assert loud_from(quiet, utc(now), zone_of(zone)) == utc(loud)


def test_a_digest_of_the_week_is_that_of_its_monday() -> None:
    monday = utc("2026-03-02T08:00")
    assert period(monday - MINUTE, "08:00", "monday", UTC) == date(2026, 2, 23)
    assert {period(monday + timedelta(days=days), "08:00", "monday", UTC) for days in range(7)} == {date(2026, 3, 2)}


CHANGES = [
    pytest.param(PARIS, "2026-03-29", "02:30", "03:00", id="Paris, left out: just after"),
    pytest.param(PARIS, "2026-10-25", "02:30", "02:30", id="Paris, twice: at the first"),
    pytest.param(NEW_YORK, "2026-03-08", "02:15", "03:00", id="New York, left out: just after"),
    pytest.param(NEW_YORK, "2026-11-01", "01:15", "01:15", id="New York, twice: at the first"),
    pytest.param(LORD_HOWE, "2026-10-04", "02:10", "02:30", id="Lord Howe, left out: just after"),
    pytest.param(LORD_HOWE, "2026-04-05", "01:45", "01:45", id="Lord Howe, twice: at the first"),
]


@pytest.mark.parametrize(("zone", "day", "at", "shown"), CHANGES)
def test_a_digest_comes_once_on_the_day_the_clocks_are_changed(zone: str, day: str, at: str, shown: str) -> None:
    """RELIABILITY.md T2: a minute's look over three days; a period that was told is not told again."""
    place, told = zone_of(zone), {}
    start = utc(day) - timedelta(days=1)
    for minute in range(3 * 24 * 60):
        now = start + minute * MINUTE
        told.setdefault(period(now, at, "day", place), now)
    first = wall(told[date.fromisoformat(day)], place)
    assert f"{first:%Y-%m-%d %H:%M}" == f"{day} {shown}"
    assert sum(1 for moment in told.values() if wall(moment, place).date().isoformat() == day) == 1


def test_the_control_that_asks_for_a_time_of_day_tells_twice_on_the_day_the_clocks_are_set_back() -> None:
    """What most schedulers do: whenever the wall clock shows the time, it is time."""
    place, told = zone_of(PARIS), 0
    for minute in range(24 * 60):
        here = wall(utc("2026-10-24T22:00") + minute * MINUTE, place)
        told += f"{here:%H:%M}" == "02:30"
    assert told == 2
