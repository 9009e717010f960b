"""When a partner is due and when it is open: cron times, windows, holidays, days of 23 and 25 hours, clocks that are set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import ValidationError

from gateway.errors import GatewayError
from gateway.transports.schedule_options import ScheduleOptions
from gateway.transports.schedules import Due, Schedule, check_open

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def schedule(
    *times: str, windows: tuple[str, ...] = (), zone: str = "UTC", holidays: tuple[date, ...] = ()
) -> Schedule:
    return Schedule(ScheduleOptions(times=times, windows=windows, time_zone=zone), holidays)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def all_due(plan: Schedule, start: datetime, end: datetime) -> list[datetime]:
    found, last = [], start
    while (due := plan.next_due(last)) is not None and due <= end:
        found.append(due)
        last = due
    return found


# ---- windows


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-02 05:59:59", False),
        ("2026-03-02 06:00", True),
        ("2026-03-02 19:59:59", True),
        ("2026-03-02 20:00", False),
        ("2026-03-07 09:00", True),
        ("2026-03-07 12:00", False),
        ("2026-03-08 09:00", False),
    ],
)
def test_windows_begin_and_end_on_the_minute(moment: str, is_open: bool) -> None:
    assert schedule(windows=("mon-fri 06:00-20:00", "sat 08:00-12:00")).is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-06 21:59", False),  # Friday
        ("2026-03-06 22:00", True),
        ("2026-03-07 03:59", True),  # the night of Friday
        ("2026-03-07 04:00", False),
        ("2026-03-07 22:30", False),  # Saturday has none
        ("2026-03-02 03:00", False),  # nor has the night of Sunday
    ],
)
def test_a_window_may_go_over_midnight_and_belongs_to_the_day_it_begins(moment: str, is_open: bool) -> None:
    assert schedule(windows=("mon-fri 22:00-04:00",)).is_open(at(moment)) is is_open


def test_a_window_until_midnight_is_open_until_midnight() -> None:
    plan = schedule(windows=("mon 18:00-24:00",))
    assert plan.is_open(at("2026-03-02 23:59:59"))
    assert not plan.is_open(at("2026-03-03 00:00"))


def test_weekdays_go_round() -> None:
    plan = schedule(windows=("sat-mon 10:00-11:00",))
    open_days = [day for day in range(7) if plan.is_open(MONDAY + timedelta(days=day, hours=10))]
    assert open_days == [0, 5, 6]


def test_windows_are_in_the_partners_time_also_when_its_clocks_change() -> None:
    plan = schedule(windows=("mon-sun 06:00-07:00",), zone="America/Chicago")
    assert plan.is_open(at("2026-03-07 12:30"))  # -06:00
    assert not plan.is_open(at("2026-03-09 12:30"))
    assert plan.is_open(at("2026-03-09 11:30"))  # -05:00


def test_on_a_holiday_nobody_is_there_not_even_in_the_night_that_begins_on_it() -> None:
    plan = schedule(windows=("mon-fri 22:00-04:00",), holidays=(date(2026, 3, 2),))
    assert not plan.is_open(at("2026-03-02 23:00"))
    assert not plan.is_open(at("2026-03-03 01:00"))
    assert plan.is_open(at("2026-03-03 23:00"))
    assert not schedule(holidays=(date(2026, 3, 2),)).is_open(MONDAY)
    is_open = Schedule(ScheduleOptions(windows=("mon 00:00-24:00",), holidays="open"), [date(2026, 3, 2)])
    assert is_open.is_open(MONDAY)


def test_a_sender_is_told_when_the_partner_opens() -> None:
    plan = schedule(windows=("mon-fri 06:00-20:00",), holidays=(date(2026, 3, 9),))
    check_open(plan, "acme", at("2026-03-06 12:00"))
    check_open(None, "acme", at("2026-03-06 12:00"))
    with pytest.raises(GatewayError) as caught:
        check_open(plan, "acme", at("2026-03-06 20:00:30"))
    error = caught.value
    assert (error.code, error.is_retryable) == ("GW-4115", True)
    assert error.retry_after_seconds == (at("2026-03-10 06:00") - at("2026-03-06 20:00:30")).total_seconds()
    assert "2026-03-10 06:00 UTC" in error.sentence


def test_a_sender_to_a_partner_that_never_opens_asks_again_some_day() -> None:
    every_day = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(1200))
    assert schedule(holidays=every_day).seconds_until_open(MONDAY) == 15 * 86_400


# ---- times


def test_times_outside_the_windows_and_on_holidays_are_none() -> None:
    plan = schedule("0 */6 * * *", windows=("mon-fri 06:00-20:00",), holidays=(date(2026, 3, 3),))
    found = all_due(plan, MONDAY, MONDAY + timedelta(days=3))
    assert [f"{due:%a %H}" for due in found] == ["Mon 06", "Mon 12", "Mon 18", "Wed 06", "Wed 12", "Wed 18"]


def test_several_expressions_are_one_list_without_doubles() -> None:
    found = all_due(schedule("0 6 * * *", "0 6,7 * * mon"), MONDAY, MONDAY + timedelta(days=1))
    assert [due.hour for due in found] == [6, 7]


def test_an_expression_that_never_comes_is_none() -> None:
    assert schedule("0 0 30 2 *").next_due(MONDAY) is None


@pytest.mark.parametrize(
    ("day", "expression", "count"),
    [
        ("2026-03-08", "30 2 * * *", 1),  # 02:30 does not exist in Chicago
        ("2026-11-01", "30 1 * * *", 1),  # 01:30 is there twice
        ("2026-03-08", "0 * * * *", 23),
        ("2026-11-01", "0 * * * *", 25),
    ],
)
def test_on_days_of_23_and_25_hours_daily_times_come_once_and_hourly_ones_every_hour(
    day: str, expression: str, count: int
) -> None:
    start = at(f"{day} 06:00") - timedelta(seconds=1)  # about midnight in Chicago
    if day.startswith("2026-11"):
        start = at(f"{day} 05:00") - timedelta(seconds=1)
    found = all_due(
        schedule(expression, zone="America/Chicago"), start, start + timedelta(hours=count if count > 1 else 24)
    )
    assert len(found) == count
    assert found == sorted(set(found))


# ---- what is due


HOURLY = schedule("0 * * * *")


def test_nothing_is_due_before_its_time_and_once_at_it() -> None:
    last = at("2026-03-02 10:00")
    assert HOURLY.due(last, at("2026-03-02 10:59:59")) is None
    assert HOURLY.due(last, at("2026-03-02 11:00")) == Due(at("2026-03-02 11:00"), is_run=True)
    assert HOURLY.due(at("2026-03-02 11:00"), at("2026-03-02 11:00")) is None


@pytest.mark.parametrize("hours", [2.5, 30, 24 * 20, 24 * 500])
def test_what_was_missed_is_made_up_for_once(hours: float) -> None:
    now = at("2026-03-02 10:30")
    due = HOURLY.due(now - timedelta(hours=hours), now)
    assert due == Due(at("2026-03-02 10:00"), is_run=True)
    assert HOURLY.due(due.at, now) is None


def test_a_rare_time_that_was_missed_long_ago_is_made_up_for_too() -> None:
    yearly = schedule("0 6 2 1 *")
    assert yearly.due(at("2025-12-30 00:00"), at("2026-03-02 00:00")) == Due(at("2026-01-02 06:00"), is_run=True)


def test_a_clock_set_back_a_little_runs_nothing_twice() -> None:
    last = at("2026-03-02 10:00")
    for seconds in (1, 59, 1800, 3599):
        assert HOURLY.due(last, last - timedelta(seconds=seconds)) is None


def test_a_clock_set_back_by_hours_or_days_stops_nothing_for_longer_than_a_period() -> None:
    last = at("2026-03-02 10:00")
    now = last - timedelta(hours=5, minutes=30)
    anew = HOURLY.due(last, now)
    assert anew == Due(now, is_run=False)
    assert HOURLY.due(anew.at, now + timedelta(minutes=30)) == Due(at("2026-03-02 05:00"), is_run=True)


@pytest.mark.parametrize("step_hours", [-24, -1, -0.25, 0.25, 1, 24, 24 * 30])
def test_after_any_step_of_the_clock_each_period_has_one_run(step_hours: float) -> None:
    """A day by the minute; in the middle the clock is set. No time of the clock runs twice, and no gap is longer than a period."""
    now, last = at("2026-03-02 00:30"), at("2026-03-02 00:30")
    runs: list[tuple[int, datetime]] = []
    for minute in range(24 * 60):
        now += timedelta(minutes=1)
        if minute == 12 * 60 + 10:
            now += timedelta(hours=step_hours)
        due = HOURLY.due(last, now)
        if due is not None:
            last = due.at
            if due.is_run:
                runs.append((minute, due.at))
    gaps = [after - before for (before, _), (after, _) in pairwise(runs)]
    assert max(gaps) <= 120, "at most one period late"
    if step_hours > -1:
        assert len({when for _, when in runs}) == len(runs)


# ---- what is no schedule


@pytest.mark.parametrize(
    "given",
    [
        {"times": ["* * * *"]},
        {"times": ["61 * * * *"]},
        {"times": ["0 6 * * 1-5"]},
        {"times": ["0 6 * * caturday"]},
        {"windows": ["06:00-20:00"]},
        {"windows": ["mon-fri 06:00"]},
        {"windows": ["mon-xyz 06:00-20:00"]},
        {"windows": ["mon 25:00-26:00"]},
        {"windows": ["mon 06:75-07:00"]},
        {"windows": ["mon 06:00-06:00"]},
        {"time_zone": "Chicago"},
        {"time_zone": "../etc/passwd"},
        {"window": ["mon 06:00-07:00"]},
    ],
)
def test_what_cannot_be_meant_is_refused_at_load(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ScheduleOptions.model_validate(given)
