"""Measure engines side by side: interleaved rounds, CPU time, medians."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def medians(engines: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return each engine's median CPU seconds over `rounds`, the engines taking turns so that a busy machine is busy for all."""
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for name, run in engines.items():
        run()  # warm: definitions read, checks compiled
        gc.collect()
        del name
    for _ in range(rounds):
        for name, run in engines.items():
            gc.collect()
            began = time.process_time()
            run()
            taken[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def rate(size_bytes: int, seconds: float) -> float:
    """Return megabytes a second."""
    return size_bytes / seconds / 1e6
