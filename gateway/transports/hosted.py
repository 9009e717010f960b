"""Hosted SFTP: the partner connects to us. What it uploads lies in a folder of its own, as with the folder transport, once it is closed.

The server (`sftp_host`) gives each partner two folders and nothing else; this is the gateway's end of them.
"""

from __future__ import annotations

from pathlib import Path

from gateway.clock import Clock
from gateway.transports.folder import FolderHints, FolderRules, FolderTransport
from gateway.transports.hosted_options import HostedOptions


class HostedTransport(FolderTransport):
    """One partner's account.

    Args:
        root: what the partner sees as /; it puts files in /in and finds ours in /out.
    """

    kind = "hosted-sftp"

    def __init__(
        self, partner: str, options: HostedOptions, root: Path, clock: Clock, hints: FolderHints, rules: FolderRules
    ) -> None:
        super().__init__(partner, root / "in", root / "out", clock, hints, rules)
        self.options = options
        self.root = root

    @property
    def user(self) -> str:
        """Return the name of its account."""
        return self.options.user or self.partner
