"""Logs: one JSON object for each line on stderr. An event is fixed words, its facts are keys; payloads and secrets never."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import structlog

REPEAT_SECONDS = 60


def log_json_lines() -> None:
    """Send the process's logs to stderr as JSON lines; the standard library's warnings go the same way."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,  # not dict_tracebacks: it would write out local variables, payloads among them
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_ToStructlog()], force=True)


class TroubleLog:
    """Logs trouble that no document's story tells; the same trouble once a minute, however often it is met.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._reported: dict[tuple[str, ...], float] = {}

    def report(self, trouble: Exception, **facts: str) -> None:
        """Log `trouble`, unless it was logged with these facts less than a minute ago."""
        code = getattr(trouble, "code", type(trouble).__name__)
        key = (code, *facts.values())
        now = self._monotonic()
        if now - self._reported.get(key, -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._reported[key] = now
            sentence = getattr(trouble, "sentence", str(trouble))
            structlog.get_logger("gateway").warning("trouble", code=code, sentence=sentence, **facts)


class _ToStructlog(logging.Handler):
    """Passes what a library logs on."""

    def emit(self, entry: logging.LogRecord) -> None:
        """Pass one entry on."""
        structlog.get_logger(entry.name).log(entry.levelno, entry.getMessage())
