"""`gateway demo`: play a day of business, show it while it happens, and say at the end whether everything came out right."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from gateway.demo.day import Happening, the_day
from gateway.demo.expected import Expected
from gateway.demo.stage import Stage
from gateway.demo.typed import short_path, typed_command

PAUSE_SECONDS = 0.2  # between two happenings: the day goes on while earlier documents are on their way


def run_demo(home: Path, *, kills: int = 0, seed: int = 1, stay: bool = False, as_json: bool = False) -> int:
    """Play the day in `home` and return the exit code: 0 when everything that should have happened did.

    Args:
        kills: how often the gateway is killed with SIGKILL meanwhile.
        seed: decides when.
        stay: leave the gateway running afterwards, until Ctrl-C.
        as_json: print the result as JSON on standard output instead of the table.
    """
    screen = Console(stderr=True)
    started = time.monotonic()
    screen.print(
        f"Setting the stage in [bold]{short_path(home)}[/]: a gateway, a sample ERP, four customers, one supplier."
    )
    with Stage(home, lambda line: screen.print(line, style="dim"), kills, seed) as stage:
        day = the_day()
        troubles = _play(stage, day, screen)
        screen.print("The day is over; waiting for the last answers ...")
        stage.settle([e for h in day for e in h.expected])
        rows = [(h, troubles.get(h.at, "") or _unmet(stage, h)) for h in day]
        census = stage.census()
        left = stage.unfinished()
        failed = [h.at for h, wrong in rows if wrong] + [f"{d.kind} {d.number} is still {d.state}" for d in left]
        if as_json:
            Console().print_json(json.dumps(_as_json(rows, census, failed)))
        else:
            _show(Console(), rows, census)
        (stage.home / "result.json").write_text(json.dumps(_as_json(rows, census, failed), indent=1))
        seconds = time.monotonic() - started
        survived = f", {stage.kills_done} kills survived" if kills else ""
        if failed:
            screen.print(f"[bold red]Not everything came out right:[/] {'; '.join(failed)}. Log: {stage.log}")
        else:
            screen.print(f"[bold green]Everything came out as it should[/], in {seconds:.0f} seconds{survived}.")
        _say_what_next(screen, stage, stay=stay)
        if stay:
            _stay(screen)
    return 1 if failed else 0


def _play(stage: Stage, day: list[Happening], screen: Console) -> dict[str, str]:
    """Let everything happen, in order; return what could not be done, by time of day."""
    troubles = {}
    for happening in day:
        name = stage.partner(happening.who).profile.name
        screen.print(f"{happening.at}  [bold]{name}[/]: {happening.what}")
        try:
            happening.act(stage)
        except (TimeoutError, RuntimeError, OSError) as trouble:
            troubles[happening.at] = str(trouble)
            screen.print(f"       [red]{trouble}[/]")
        stage.pump()
        time.sleep(PAUSE_SECONDS)
    return troubles


def _unmet(stage: Stage, happening: Happening) -> str:
    """Return what should have happened and did not, in words, or ""."""
    wrong = []
    for expected in happening.expected:
        found = len(stage.found(expected))
        if found != expected.count:
            wrong.append(f"{found} instead of {_words(expected)}")
    return "; ".join(wrong)


def _words(expected: Expected) -> str:
    order = f" of order {expected.order}" if expected.order else ""
    return f"{expected.count} {expected.kind.label}{order} {expected.state}"


def _show(screen: Console, rows: list[tuple[Happening, str]], census: list[tuple[str, str, str, str, int]]) -> None:
    what = Table(title="What went in, and what became of it", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    what.add_column("Time", no_wrap=True)
    what.add_column("Partner", no_wrap=True)
    what.add_column("What happened, and what should become of it", ratio=1)
    what.add_column("Came out\nright", min_width=8)
    for happening, wrong in rows:
        verdict = f"[red]no: {wrong}[/]" if wrong else "[green]yes[/]"
        what.add_row(happening.at, happening.who, f"{happening.what}\n[dim]→ {happening.outcome}[/]", verdict)
    screen.print(what)
    out = Table(title="All documents, by partner", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for heading in ("Partner", "Way", "Kind", "State", "Number"):
        out.add_column(heading, justify="right" if heading == "Number" else "left", no_wrap=heading != "Kind")
    for partner, way, kind, state, many in census:
        out.add_row(partner, way, kind.replace("_", " "), state, str(many))
    screen.print(out)


def _as_json(
    rows: list[tuple[Happening, str]], census: list[tuple[str, str, str, str, int]], failed: list[str]
) -> dict[str, object]:
    return {
        "ok": not failed,
        "failed": failed,
        "happenings": [
            {"at": h.at, "partner": h.who, "what": h.what, "outcome": h.outcome, "ok": not wrong, "wrong": wrong}
            for h, wrong in rows
        ],
        "documents": [
            {"partner": partner, "direction": way, "kind": kind, "state": state, "count": many}
            for partner, way, kind, state, many in census
        ],
    }


def _say_what_next(screen: Console, stage: Stage, *, stay: bool) -> None:
    url = f"http://{stage.settings.api_host}:{stage.settings.api_port}"
    gateway, folder = typed_command(sys.argv[0]), short_path(stage.home)
    home = f"--home {folder}"
    ended = "" if stay else "The gateway and the sample ERP have ended; `--stay` keeps both running.\n"
    begin = "" if stay else f"  {gateway} serve {home}  (the gateway again, without its ERP)\n"
    screen.print(
        f"\n{ended}"
        f"Try next:\n"
        f"  {gateway} status HS-1001 {home}\n"
        f"  {gateway} status LM-2002 {home}  (why was it rejected?)\n"
        f"  {gateway} documents --needs-person {home}\n"
        f"  {gateway} explain {folder}/inbox/hill-street/.archive/*cut-off.edi\n"
        f"  {gateway} keys create me {home}  (an API key)\n"
        f"{begin}"
        f'  curl -H "Authorization: Bearer gw_..." {url}/v1/documents',
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _stay(screen: Console) -> None:
    screen.print("The gateway and the ERP stay up; Ctrl-C ends them.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        screen.print("Stopping.")
