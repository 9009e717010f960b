"""When a partner is open, and when it is due: cron times, windows and business calendars. Pure: told the time, never asking.

APScheduler's triggers compute the times of cron expressions, also where a day has 23 or 25 hours. Its scheduler is not used: it stalls
after a clock is set back, and two processes fire twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from gateway.errors import GatewayError
from gateway.transports.schedule_options import ScheduleOptions, window_of

LONGEST_LOOK_AHEAD_DAYS = 400  # a time further away is none
LONGEST_CLOSED_DAYS = 15  # a sender that waits longer asks again then
MOST_TIMES = 10_000  # of one expression, looked through for the latest that is due


def check_open(schedule: Schedule | None, partner: str, now: datetime) -> None:
    """See that the partner takes files now.

    Raises:
        GatewayError: GW-4115 it does not, and when it will.
    """
    wait_seconds = 0.0 if schedule is None else schedule.seconds_until_open(now)
    if wait_seconds:
        at = now + timedelta(seconds=wait_seconds)
        raise GatewayError(
            "GW-4115",
            f"The partner takes files again from {at:%Y-%m-%d %H:%M} UTC, as its schedule says.",
            is_retryable=True,
            retry_after_seconds=wait_seconds,
            partner=partner,
        )


@dataclass(frozen=True, slots=True)
class Due:
    """What a job with times is to do now.

    Args:
        at: the latest due time; everything before it is made up for with this one run.
        is_run: False when the clock had been ahead: the account begins anew at `at`, and nothing is run.
    """

    at: datetime
    is_run: bool


class Schedule:
    """A partner's schedule.

    Args:
        holidays: days of the calendar it names.
    """

    def __init__(self, options: ScheduleOptions, holidays: Iterable[date] = ()) -> None:
        self._zone = ZoneInfo(options.time_zone)
        # In the hour that a day of 25 has twice, a time that names its hour is meant once, as in cron; one for every hour twice.
        self._triggers = [
            (CronTrigger.from_crontab(expression, self._zone), "*" in expression.split()[1])
            for expression in options.times
        ]
        self._windows = [window_of(text) for text in options.windows]
        self._holidays = frozenset(holidays) if options.holidays == "closed" else frozenset()

    @property
    def has_times(self) -> bool:
        """Return whether it says when to look, and not only when it may be looked."""
        return bool(self._triggers)

    def is_open(self, now: datetime) -> bool:
        """Return whether the partner may be looked at and sent to."""
        local = now.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        if not self._windows:
            return today not in self._holidays
        return any(
            (
                today.weekday() in days
                and today not in self._holidays
                and start <= minute < (end if end > start else 24 * 60)
            )
            or (end < start and yesterday.weekday() in days and yesterday not in self._holidays and minute < end)
            for days, start, end in self._windows
        )

    def seconds_until_open(self, now: datetime) -> float:
        """Return how long it is until the partner is open, LONGEST_CLOSED_DAYS at most; 0 when it is."""
        if self.is_open(now):
            return 0.0
        # A window or a day begins on a full minute of local time, whatever the zone.
        at = now.replace(second=0, microsecond=0)
        end = now + timedelta(days=LONGEST_CLOSED_DAYS)
        while at < end:
            at += timedelta(minutes=1)
            if self.is_open(at):
                return (at - now).total_seconds()
        return (end - now).total_seconds()

    def next_due(self, after: datetime) -> datetime | None:
        """Return the first due time after a moment that falls into an open time, or None within a year."""
        found = [due for trigger, repeats in self._triggers if (due := self._next_of(trigger, after, repeats=repeats))]
        return min(found, default=None)

    def due(self, last: datetime, now: datetime) -> Due | None:
        """Return what is due now, or None.

        Args:
            last: the due time that was last run, or when the account began.
        """
        if last <= now:
            latest = self._latest_due(last, now)
            return None if latest is None else Due(latest, is_run=True)
        # The clock was set back. By less than a period: wait, or the same time would run twice. By more: nothing would run until the
        # wrong time comes again, so the account begins anew.
        upcoming = self.next_due(now)
        return Due(now, is_run=False) if upcoming is not None and upcoming < last else None

    def _next_of(self, trigger: CronTrigger, after: datetime, *, repeats: bool) -> datetime | None:
        end = after + timedelta(days=LONGEST_LOOK_AHEAD_DAYS)
        at: datetime = after + timedelta(microseconds=1)
        for _ in range(MOST_TIMES):
            found: datetime | None = trigger.get_next_fire_time(None, at)
            if found is None or found > end:
                return None
            if self.is_open(found) and (repeats or not found.fold):
                return found.astimezone(after.tzinfo)
            at = found + timedelta(microseconds=1)
        return None

    def _latest_due(self, after: datetime, until: datetime) -> datetime | None:
        """Return the latest due time after one moment and not after another."""
        # A gap of weeks needs no walk through all its times: any of the last days stands for them.
        start = max(after, until - timedelta(days=8))
        latest = None
        for begin in (start, after):
            due = self.next_due(begin)
            while due is not None and due <= until:
                latest = due
                due = self.next_due(due)
            if latest is not None or begin == after:
                return latest
        return latest
