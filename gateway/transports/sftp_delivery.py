"""Putting a file on a partner's SFTP server: under a temporary name, its size compared, then renamed; nobody sees half of it.

The name carries the delivery id, so a second try replaces the first. A server that cannot replace by a rename is asked whether what has
the name has our size: then the first try had come through and only its answer was lost.
"""

from __future__ import annotations

from gateway.errors import GatewayError
from gateway.ports import Dispatch
from gateway.transports import sftp_packets as sftp
from gateway.transports.sftp_channel import SftpChannel
from gateway.transports.sftp_options import SftpOptions


def put(channel: SftpChannel, dispatch: Dispatch, options: SftpOptions) -> None:
    """Write a dispatch into the delivery folder.

    Raises:
        GatewayError: GW-4112 the server refuses it. Whatever a channel raises.
    """
    final = options.delivery_folder.encode().rstrip(b"/") + b"/" + dispatch.name.encode()
    written = final if options.direct else final + options.temporary.encode()
    opened = channel.ask(sftp.opened_to_write(written))
    if opened.status != sftp.OK:
        raise _refused(dispatch, options, opened.words)
    refused, said = channel.write_and_close(sftp.opened_handle(opened), dispatch.payload)
    why = None if refused is None else refused.words
    if why is None and said is not None and said.size not in (None, len(dispatch.payload)):
        why = f"it has {said.size} bytes of {len(dispatch.payload)}"
    if why is None and not options.direct:
        why = _renamed(channel, written, final, len(dispatch.payload))
    if why is not None:
        channel.ask(sftp.removed(written))
        raise _refused(dispatch, options, why)
    if options.delivered_marker:
        marked = channel.ask(sftp.opened_to_write(final + options.delivered_marker.encode()))
        if marked.status != sftp.OK:
            raise _refused(dispatch, options, f"its marker: {marked.words}")
        channel.ask(sftp.closed(sftp.opened_handle(marked)))


def _renamed(channel: SftpChannel, written: bytes, final: bytes, size: int) -> str | None:
    """Give the file its final name; return None, or why that is not possible."""
    if channel.can_rename_over:
        answer = channel.ask(sftp.renamed_over(written, final))
        return None if answer.status == sftp.OK else f"the rename: {answer.words}"
    answer = channel.ask(sftp.renamed(written, final))
    if answer.status == sftp.OK:
        return None
    there = sftp.attributes_in(channel.ask(sftp.stat_of_path(final)))
    if there is None:
        return f"the rename: {answer.words}"
    if there.size == size:
        channel.ask(sftp.removed(written))
        return None
    # What an earlier try left there is not whole.
    channel.ask(sftp.removed(final))
    answer = channel.ask(sftp.renamed(written, final))
    return None if answer.status == sftp.OK else f"the rename: {answer.words}"


def _refused(dispatch: Dispatch, options: SftpOptions, why: str) -> GatewayError:
    return GatewayError(
        "GW-4112",
        f"{options.host}:{options.port} does not take {dispatch.name} in {options.delivery_folder}: {why}. Ask the partner for room "
        f"and for the right to write there.",
        is_retryable=True,
        partner=dispatch.partner,
    )
