"""`gateway flow`: what waits, and which systems outside are down."""

from __future__ import annotations

from gateway.api.flow_views import FlowView, GateView, WaitingView
from gateway.cli.exits import Exit
from gateway.cli.home import AsJson, Home
from gateway.cli.printing import bold, counted, print_columns, print_json, print_wrapped, red, when
from gateway.cli.station import built_station
from gateway.states import LABELS
from gateway.steps.station import Station
from gateway.store import gates, queues
from gateway.store.gates import CONNECTOR, Gate


def flow(home: Home = None, as_json: AsJson = False) -> Exit:
    """Show what waits, and which systems outside are down.

    The queue is listed in the order in which it is served: answers that partners wait for, then orders, invoices last.
    """
    with built_station(home) as station:
        view = _flow(station)
    if as_json:
        print_json(view)
    else:
        _print(view)
    return Exit.DONE


def _flow(station: Station) -> FlowView:
    with station.database.read() as connection:
        waiting = queues.waiting(connection, station.clock.now())
        shut = gates.not_well(connection)
        before = {g.name: queues.before_gate(connection, g.name, _partners_of(g, station)) for g in shut}
    return FlowView(
        waiting=tuple(WaitingView.model_validate(w, from_attributes=True) for w in waiting),
        gates=tuple(
            GateView(
                name=g.name,
                failures=g.failures,
                down_since=g.shut_at,
                next_look=g.until,
                code=g.code,
                sentence=g.sentence,
                waiting=before[g.name],
            )
            for g in shut
        ),
    )


def _partners_of(gate: Gate, station: Station) -> list[str]:
    kind, _, of = gate.name.partition(":")
    return [p.id for p in station.partners.by_id.values() if kind == CONNECTOR and p.connector == of]


def _print(view: FlowView) -> None:
    for gate in view.gates:
        kind, _, of = gate.name.partition(":")
        what = f"The system {of}" if kind == CONNECTOR else f"The channel of {of}"
        how = "has trouble" if gate.down_since is None else f"is down since {when(gate.down_since)}"
        more = "" if gate.next_look is None else f"; next look at {when(gate.next_look)}"
        print_wrapped(f"{what} {how}, {counted(gate.waiting, 'document')} waiting{more}.", style=red)
        print_wrapped(f"{gate.code} {gate.sentence}", indent="  ")
    if not view.waiting:
        print("Nothing waits.")
        return
    print(bold("In the order in which it is served:"))
    print_columns(
        ("Way", "What", "At work", "Due", "Later", "Behind another", "Oldest"),
        [
            (w.direction, LABELS[w.kind], str(w.at_work), str(w.due), str(w.later), str(w.in_lane), when(w.oldest))
            for w in view.waiting
        ],
    )
