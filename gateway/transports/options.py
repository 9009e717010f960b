"""What a transport takes under [transport] in a partner's file beside `kind`. Each has its own model, named in the table TRANSPORTS."""

from __future__ import annotations

from gateway.profiles import Closed


class TransportOptions(Closed):
    """The keys of one kind of transport."""
