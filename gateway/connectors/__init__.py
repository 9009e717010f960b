"""Connectors: one module per ERP or commerce system, one row each in CONNECTORS.

To add one: its module with a class that fits `gateway.ports.Connector`, a row here, and a bench in tests/contracts; the contract
suite then runs over it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.clock import Clock
from gateway.connectors.sample_erp import open_sample_erp
from gateway.ports import Connector

# kind → factory(name in [connectors], the connector's own options, clock). Raises ConfigurationError with every complaint.
CONNECTORS: dict[str, Callable[[str, Mapping[str, Any], Clock], Connector]] = {
    "sample-erp": open_sample_erp,
}
