"""A run of `gateway simulate`: the partner's side is played against a gateway that runs, until everything was answered or time is up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.simulator.behaviours import BEHAVIOURS, behaviour_of
from gateway.simulator.papers import SOLD, Sold, drawn_order
from gateway.simulator.partner import SimulatedPartner

POLL_SECONDS = 0.1
QUIET_SECONDS = 5.0  # with nothing in either direction, and everything answered, the run is over


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does.

    Args:
        count: orders a customer sends; orders of ours that a supplier answers.
        prefix: of the order numbers, so that two runs do not use the same.
        seconds: how long it lasts at most.
        items: what is ordered.
    """

    behaviour: str
    count: int
    seed: int
    prefix: str
    seconds: float
    items: tuple[Sold, ...] = SOLD


@dataclass(slots=True)
class Report:
    """What came of a run."""

    partner: str
    plan: Plan
    got: dict[str, int] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "partner": self.partner,
            "behaviour": self.plan.behaviour,
            "seed": self.plan.seed,
            "received": self.got,
            "orders": self.orders,
            "unanswered": self.unanswered,
        }


def simulate(
    partner: SimulatedPartner,
    plan: Plan,
    say: Callable[[str], None],
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Report:
    """Play one run and return what came of it.

    Args:
        partner: made with the plan's behaviour and seed.
        say: shows progress, a line at a time.
        now, wait: seconds that go forward, and how they pass.
    """
    is_customer = partner.profile.role == "customer"
    chance = random.Random(plan.seed)  # noqa: S311  reproducible
    mine: list[str] = []
    end = now() + plan.seconds
    quiet_since = now()
    told = 0
    while now() < end:
        if is_customer and len(mine) < plan.count:
            number = f"{plan.prefix}-{len(mine) + 1:04d}"
            behaviour, _ = behaviour_of(plan.behaviour, number, plan.seed)
            partner.send(drawn_order(number, datetime.now().astimezone(), chance, plan.items))
            mine.append(number)
            say(f"{number}: order sent, {behaviour}")
            quiet_since = now()
        if partner.take():
            quiet_since = now()
        total = sum(partner.got.values())
        if total != told:
            told = total
            say(", ".join(f"{many} {kind}" for kind, many in sorted(partner.got.items())))
        if _is_over(partner, plan, mine, is_customer=is_customer, quiet_seconds=now() - quiet_since):
            break
        wait(POLL_SECONDS)
    return _report(partner, plan, mine)


def _is_over(
    partner: SimulatedPartner, plan: Plan, mine: list[str], *, is_customer: bool, quiet_seconds: float
) -> bool:
    """Return whether everything was sent and answered, and nothing more came for a while."""
    if partner.is_waiting or quiet_seconds < QUIET_SECONDS:
        return False
    if is_customer:
        return len(mine) == plan.count
    return len([n for n, story in partner.stories.items() if n and story.got]) >= plan.count


def _report(partner: SimulatedPartner, plan: Plan, mine: list[str]) -> Report:
    report = Report(partner.profile.id, plan, dict(sorted(partner.got.items())))
    for number, story in partner.stories.items():
        if number:
            entry = {"number": number, "behaviour": story.behaviour, "sent": story.sent, "got": story.got}
            report.orders.append(entry)
    report.unanswered = [
        number
        for number in mine
        if not partner.stories[number].got and not BEHAVIOURS[partner.stories[number].behaviour].breaks
    ]
    return report
