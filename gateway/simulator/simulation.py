"""A run of `gateway simulate`: the partner's side is played against a gateway that runs, until everything was answered or time is up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
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


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an order in the gateway.

    Args:
        state: in a word, "posted", "parked".
        code: why it was stopped; "" where it was not.
        is_final: whether nothing more becomes of it by itself.
        is_accepted: whether it was taken as an order.
    """

    state: str
    code: str
    is_final: bool
    is_accepted: bool

    @property
    def words(self) -> str:
        """Return it for people: "parked GW-2402"."""
        return f"{self.state} {self.code}".rstrip()


Look = Callable[[str], Fate | None]  # order number → what became of it, None where that cannot be seen


@dataclass(slots=True)
class Report:
    """What came of a run.

    Args:
        unanswered: orders that got no answer in time, and of which nothing else is known.
        not_accepted: orders that were sent as they should be, and were parked or refused.
    """

    partner: str
    plan: Plan
    got: dict[str, int] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    not_accepted: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "partner": self.partner,
            "behaviour": self.plan.behaviour,
            "seed": self.plan.seed,
            "received": self.got,
            "orders": self.orders,
            "unanswered": self.unanswered,
            "not_accepted": self.not_accepted,
        }


def simulate(
    partner: SimulatedPartner,
    plan: Plan,
    say: Callable[[str], None],
    look: Look = lambda _: None,
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Report:
    """Play one run and return what came of it.

    Args:
        partner: made with the plan's behaviour and seed.
        say: shows progress, a line at a time.
        look: sees what became of an order, where the gateway's database can be seen.
        now, wait: seconds that go forward, and how they pass.
    """
    is_customer = partner.profile.role == "customer"
    chance = random.Random(plan.seed)  # noqa: S311  reproducible
    mine: list[str] = []
    schemes = partner.agreed_items()
    older = partner.leave_older()
    if older:
        say(f"left alone in the outbox: {_counted(older, 'older file')}")
    end = now() + plan.seconds
    quiet_since = now()
    told = 0
    while now() < end:
        if is_customer and len(mine) < plan.count:
            number = f"{plan.prefix}-{len(mine) + 1:04d}"
            behaviour, _ = behaviour_of(plan.behaviour, number, plan.seed)
            partner.send(drawn_order(number, datetime.now().astimezone(), chance, plan.items, schemes))
            mine.append(number)
            say(f"{number}: order sent, {behaviour}")
            quiet_since = now()
        if partner.take():
            quiet_since = now()
        total = sum(partner.got.values())
        if total != told:
            told = total
            say(received(partner.got))
        if _is_over(partner, plan, mine, is_customer=is_customer, quiet_seconds=now() - quiet_since):
            break
        wait(POLL_SECONDS)
    return _report(partner, plan, mine, look)


def received(got: Mapping[str, int]) -> str:
    """Return what was taken in words: "3 × 997, 2 tickets"; "nothing"."""
    told = [
        f"{many} × {kind}" if kind[-1].isdigit() else _counted(many, kind.replace("_", " "))
        for kind, many in sorted(got.items())
    ]
    return ", ".join(told) or "nothing"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _is_over(
    partner: SimulatedPartner, plan: Plan, mine: list[str], *, is_customer: bool, quiet_seconds: float
) -> bool:
    """Return whether everything was sent and answered, and nothing more came for a while."""
    if partner.is_waiting or quiet_seconds < QUIET_SECONDS:
        return False
    if is_customer:
        return len(mine) == plan.count
    return len([n for n, story in partner.stories.items() if n and story.got]) >= plan.count


def _report(partner: SimulatedPartner, plan: Plan, mine: list[str], look: Look) -> Report:
    report = Report(partner.profile.id, plan, dict(sorted(partner.got.items())))
    for number, story in partner.stories.items():
        if not number:
            continue
        fate = look(number) if number in mine else None
        became = fate.words if fate is not None else _judged(story.got)
        entry = {"number": number, "behaviour": story.behaviour, "sent": story.sent, "got": story.got}
        report.orders.append({**entry, "became": became})
        if number not in mine or BEHAVIOURS[story.behaviour].breaks == "file":
            continue
        if became == REFUSED or (fate is not None and fate.is_final and not fate.is_accepted):
            report.not_accepted.append(number)
        elif not story.got and not (fate is not None and fate.is_final):
            report.unanswered.append(number)
    return report


REFUSED = "refused"
_REFUSALS = ("997 R", "999 R", "TA1 R", "receipt refused", "ticket")


def _judged(got: list[str]) -> str:
    """Return what the answers alone tell of an order: "accepted", "refused", "" where there is none."""
    if any(words in _REFUSALS for words in got):
        return REFUSED
    return "accepted" if any(words.startswith(("997", "999", "receipt")) for words in got) else ""
