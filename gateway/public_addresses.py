"""Where a call may go whose address somebody else had a say in: only into the public internet, unless the operator allows more.

A name is resolved once, and the connection goes to the address that was looked at: a name server that answers differently the next time
changes nothing. All addresses of a name must be public; one that is not condemns the name.

Source: OWASP, Server-Side Request Forgery Prevention; Standard Webhooks, section on server side request forgery.
"""

from __future__ import annotations

import ipaddress
import socket

from gateway.errors import GatewayError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


def address_of(host: str, port: int, *, allows_private: bool = False) -> str:
    """Return the address to connect to for `host`.

    Args:
        host: a name, or an address in any spelling that the system's resolver takes: decimal, hexadecimal, IPv4 in IPv6.

    Raises:
        GatewayError: GW-4114 it leads where no partner is.
        OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allows_private and (private := [address for address in addresses if not is_public(address)]):
        raise GatewayError(
            "GW-4114",
            f"{host} leads to {private[0]}, which is no address in the public internet, so nothing was sent. If the partner really is "
            f"there, set allow_private = true in its file.",
            host=host,
            address=private[0],
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Return whether an address, or the IPv4 address inside it, is one that anybody in the internet may have."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(one is not None and not is_public(str(one)) for one in inner):
            return False
        if ip.ipv4_mapped is not None:
            return True
    return (ip.is_global and not ip.is_multicast and not ip.is_reserved) or ip in _NAT64
