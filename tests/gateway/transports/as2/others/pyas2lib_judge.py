"""Speaks for pyas2lib: a job as JSON on standard input, its outcome as JSON on standard output.

Runs in the environment that tools/as2_judges.py makes, never in ours: pyas2lib is GPL and needs an oscrypto of its own.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
import time

from pyas2lib import as2  # from the judge's own environment

logging.disable(logging.CRITICAL)


def organization(job):
    key = (job["own_key"] + job["own_certificate"]).encode()
    return as2.Organization(as2_name=job["own_name"], sign_key=key, decrypt_key=key)


def partner(job, **options):
    certificate = job["partner_certificate"].encode()
    return as2.Partner(
        as2_name=job["partner_name"], verify_cert=certificate, encrypt_cert=certificate, validate_certs=False, **options
    )


def joined(job):
    head = "".join(f"{name}: {value}\r\n" for name, value in job["headers"])
    return head.encode() + b"\r\n" + base64.b64decode(job["body"])


def written(transmission):
    return {
        "headers": list(transmission.headers.items()),
        "body": base64.b64encode(transmission.content).decode(),
    }


def opened(job, raw=None):
    transmission = as2.Message()
    ours, theirs = organization(job), partner(job)
    status, (error, _), mdn = transmission.parse(raw or joined(job), lambda _: ours, lambda _: theirs)
    return transmission, status, error, mdn


def open_(job):
    transmission, status, error, mdn = opened(job)
    return {
        "status": status,
        "error": str(error) if error else "",
        "payload": base64.b64encode(transmission.content).decode(),
        "mic": transmission.mic.decode() if transmission.mic else "",
        "receipt": written(mdn) if mdn else None,
    }


def seal(job):
    transmission = as2.Message(organization(job), partner(job, **job["options"]))
    transmission.build(base64.b64decode(job["payload"]), filename="order.edi", content_type="application/edi-x12")
    return written(transmission) | {"mic": transmission.mic.decode() if transmission.mic else ""}


def judge(job):
    transmission = as2.Message(organization(job), partner(job, mdn_digest_alg="sha256"))
    transmission.message_id, transmission.mic = job["message_id"], job["mic"].encode()
    status, detail = as2.Mdn().parse(joined(job), lambda *_: transmission)
    return {"status": status, "detail": detail}


def speed(job):
    raw = joined(job)
    ours, theirs = organization(job), partner(job)
    began = time.process_time()
    for _ in range(job["rounds"]):
        status, _, mdn = as2.Message().parse(raw, lambda _: ours, lambda _: theirs)
        assert status == "processed", status
        assert mdn.content
    return {"seconds": (time.process_time() - began) / job["rounds"]}


JOBS = {"open": open_, "seal": seal, "judge": judge, "speed": speed}

if __name__ == "__main__":
    job = json.load(sys.stdin)
    print(json.dumps(JOBS[job["act"]](job)))
