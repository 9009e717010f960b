"""A gateway process on the home given as its argument, with an ERP in memory; at the end it prints the orders that it booked."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.bootstrap import build
from gateway.runner import Runner
from gateway.settings import load_settings
from tests.fakes import FakeErp


def main(home: Path) -> None:
    erp = FakeErp()
    erp.post = slowly(erp.post)  # type: ignore[method-assign]  so that both are in the middle of something
    station = dataclasses.replace(build(load_settings(home)), connectors={"erp": erp})
    runner = Runner(station)
    runner.start()
    (home / f"ready-{os.getpid()}").touch()
    while not (home / "stop").exists():
        time.sleep(0.05)
    runner.stop()
    station.database.close()
    print(json.dumps([posting.document.order_number for posting in erp.booked.values()]))


def slowly(post):
    def slow(posting):
        time.sleep(0.02)
        return post(posting)

    return slow


if __name__ == "__main__":
    main(Path(sys.argv[1]))
