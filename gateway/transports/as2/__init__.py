"""AS2 without IO: bytes and open files in, values out.

    headers = read_headers(raw_headers)                      # who, to whom, which Message-ID, which receipt; nothing of the body
    opened = read_as2(headers, body, receiving)              # decrypted, verified, inflated: payloads, or a refusal
    answer = write_mdn(headers, opened, answering)           # the receipt's headers and bytes; None when none is wanted

    sealed = write_as2(payloads, sending)                    # headers and body to post, and the MIC to expect
    receipt = read_mdn(raw_headers, body, receiving)         # the receipt's fields, its signature verified
    verdict = judge_mdn(receipt, sent, receiving)           # what it means for the transmission
    sentence = explained_mic(theirs, header, content)        # which canonicalisation a wrong MIC would have matched

Rules: what is verified are the received bytes, and only the verified slice goes on. Authenticated and decrypted before inflated, as
far as the layers' order allows. Bad input never raises: it becomes findings (codes AS2-..., handbook/findings.md) and a disposition.
The values and their contract are in `values`, the partner's agreement in `terms`, keys in `certificates`, files in `octets`.
"""

from gateway.transports.as2.headers import read_headers
from gateway.transports.as2.mdn import judge_mdn, read_mdn, write_mdn
from gateway.transports.as2.message import read_as2
from gateway.transports.as2.mic import explained_mic
from gateway.transports.as2.sealing import write_as2

__all__ = ["explained_mic", "judge_mdn", "read_as2", "read_headers", "read_mdn", "write_as2", "write_mdn"]
