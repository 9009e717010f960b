"""What belongs to one partner alone: its folder, its account on our server. Two that share one would read each other's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway.ports import Transport
from gateway.profiles import PartnerProfile, Partners
from gateway.transports.as2.channel import As2Transport
from gateway.transports.hosted import HostedTransport


def folder_of(profile: PartnerProfile) -> Path:
    """Return a partner's folder below inbox/ and outbox/."""
    return Path(str(profile.transport.options.get("folder") or profile.id))


def shared_folders(partners: Partners) -> list[str]:
    """Return a complaint for each folder that two partners have."""
    wrong = []
    seen: dict[Path, str] = {}
    for profile in partners.by_id.values():
        if profile.transport.kind != "folder":
            continue
        folder = folder_of(profile)
        other = seen.setdefault(folder, profile.id)
        if other != profile.id:
            wrong.append(
                f"partners/{profile.id}.toml: transport.folder: {folder} is also the folder of partners/{other}.toml"
            )
    return wrong


def shared_accounts(transports: Mapping[str, Transport]) -> list[str]:
    """Return a complaint for each account that two partners have."""
    wrong = []
    seen: dict[str, str] = {}
    for partner, transport in transports.items():
        if isinstance(transport, HostedTransport):
            other = seen.setdefault(transport.user, partner)
            if other != partner:
                wrong.append(
                    f"partners/{partner}.toml: transport.user: {transport.user} is also the account of partners/{other}.toml"
                )
    return wrong


def shared_as2_names(transports: Mapping[str, Transport]) -> list[str]:
    """Return a complaint for each pair of AS2 names that two partners have, and for each certificate of both tests and business."""
    wrong = []
    seen: dict[tuple[str, str], str] = {}
    usages: dict[str, tuple[str, str]] = {}
    for partner, transport in transports.items():
        if not isinstance(transport, As2Transport):
            continue
        options = transport.options
        other = seen.setdefault((options.as2_id, options.company_as2_id), partner)
        if other != partner:
            wrong.append(
                f"partners/{partner}.toml: transport.as2_id: {options.as2_id} to {options.company_as2_id} is also partners/{other}.toml"
            )
        for one in transport.ring.certificates:
            usage, where = usages.setdefault(one.pinned.fingerprint, (one.usage, partner))
            if usage != one.usage:
                wrong.append(
                    f"partners/{partner}.toml: {one.file} is used for tests and for business ({where}); each needs its own"
                )
    return wrong
