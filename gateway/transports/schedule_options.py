"""When a partner is fetched from and sent to: [transport.schedule] in its file."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.triggers.cron import CronTrigger
from pydantic import AfterValidator, Field

from gateway.profiles import Closed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")


def _cron(expression: str) -> str:
    """Return a cron expression that can be computed. Raises ValueError."""
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError("five fields: minute hour day month weekday")
    if re.search(r"\d", fields[4]):
        raise ValueError("weekdays by name (mon-fri): their numbers mean other days in other programs")
    CronTrigger.from_crontab(expression, "UTC")
    return expression


def window_of(text: str) -> tuple[frozenset[int], int, int]:
    """Return a window as weekdays (0 is Monday), and the minutes of the day it begins and ends; an end before the beginning is on the
    next day.

    Raises:
        ValueError: it is written otherwise.
    """  # noqa: D205
    found = _WINDOW.fullmatch(text.strip().lower())
    if found is None or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
        raise ValueError("like mon-fri 06:00-20:00, or sat 08:00-12:00")
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if start >= 24 * 60 or end > 24 * 60 or int(found[4]) > 59 or int(found[6]) > 59 or start == end:
        raise ValueError("times from 00:00 to 24:00, and not the same twice")
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    days = [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    return frozenset(days), start, end


def _window(text: str) -> str:
    window_of(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"no time zone {name!r}; like America/Chicago") from unknown
    return name


class ScheduleOptions(Closed):
    """When the partner is looked at, and when it takes files."""

    times: tuple[Annotated[str, AfterValidator(_cron)], ...] = Field(
        (),
        description="Look at these times instead of every poll_seconds: cron expressions, weekdays by name: `*/10 6-19 * * mon-fri`. What "
        "was due while the gateway was down is made up for once.",
    )
    windows: tuple[Annotated[str, AfterValidator(_window)], ...] = Field(
        (),
        description="Look and send only then: `mon-fri 06:00-20:00`. An end before the beginning is on the next day.",
    )
    calendar: str = Field(
        "", description="Name of a [calendars.NAME] in gateway.toml: on its holidays nothing is fetched or sent."
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="Of the times and windows.")
    holidays: Literal["closed", "open"] = Field(
        "closed", description="What a holiday of the calendar is for this partner."
    )
