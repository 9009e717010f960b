"""Partners' inboxes: a document is durable before it is answered, and taken once however often it is posted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gateway.api.app import create_app
from gateway.errors import GatewayError
from gateway.states import Kind, State
from gateway.store import api_keys, idempotency
from gateway.store.payloads import PayloadStore
from gateway.transports.http import HttpTransport
from gateway.transports.http_options import HttpOptions
from tests.gateway.transports.sftp_bench import interchange
from tests.journeys.gateway_under_test import GatewayUnderTest

HILL, LAKE = "hill-street", "lakeside"


class Inbox:
    """A gateway of its own with one partner that posts."""

    def __init__(self, home: Path) -> None:
        self.gateway = GatewayUnderTest(home)
        station = self.gateway.station
        station.transports[HILL] = HttpTransport(HILL, HttpOptions(keys=("hill",)), station.clock, home / "spool")
        self.station = station
        self.client = TestClient(create_app(station), raise_server_exceptions=False)
        self.key = self.new_key("hill")

    def new_key(self, name: str, *scopes: str) -> str:
        now = self.station.clock.now()
        return self.station.database.write(
            lambda c: api_keys.create(c, name, scopes or ("inbox:write", "documents:read"), now)
        )[1]

    def post(
        self, content: bytes, key: str | None = "k-1", secret: str = "", partner: str = HILL, **headers: str
    ) -> Any:
        sent = {"Authorization": f"Bearer {secret or self.key}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        if key is not None:
            sent["Idempotency-Key"] = key
        return self.client.post(f"/v1/partners/{partner}/inbox", content=content, headers=sent)

    def files(self) -> list[Any]:
        return [document for document in self.gateway.all() if document.kind is Kind.INTERCHANGE]


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    made = Inbox(tmp_path)
    with made.client:
        yield made
    made.gateway.close()


def test_a_posted_document_is_received_and_goes_its_way(inbox: Inbox) -> None:
    content = interchange()
    answer = inbox.post(content, Content_Disposition='attachment; filename="order.edi"')
    assert answer.status_code == 202, answer.text
    taken = answer.json()
    assert taken["size_bytes"] == len(content)
    [document] = inbox.files()
    assert (document.id, document.number, document.state) == (taken["document"], "order.edi", State.RECEIVED)
    with inbox.station.database.read() as connection:
        kept = b"".join(inbox.station.payloads.chunks(connection, taken["sha256"]))
    assert kept == content
    inbox.gateway.runner.run_until_idle()
    told = inbox.client.get(f"/v1/documents/{taken['document']}", headers={"X-API-Key": inbox.key}).json()
    assert told["state"] != "received"


def test_the_same_key_and_document_are_answered_the_same_and_taken_once(inbox: Inbox) -> None:
    content = interchange()
    first, second = inbox.post(content), inbox.post(content)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(inbox.files()) == 1


def test_the_same_key_with_another_document_is_refused(inbox: Inbox) -> None:
    inbox.post(interchange())
    answer = inbox.post(interchange())
    assert (answer.status_code, answer.json()["code"]) == (422, "GW-6110")
    assert len(inbox.files()) == 1


def test_another_key_is_another_delivery(inbox: Inbox) -> None:
    content = interchange()
    ids = {inbox.post(content, key).json()["document"] for key in ("k-1", "k-2")}
    assert len(ids) == 2, "the journey finds the repeat inside"


def test_two_callers_may_use_the_same_key(inbox: Inbox) -> None:
    other = inbox.new_key("lake")
    transports = inbox.station.transports
    lake = HttpOptions(keys=("lake",))
    transports[LAKE] = HttpTransport(LAKE, lake, inbox.station.clock, inbox.gateway.home / "lake")
    assert inbox.post(interchange()).status_code == 202
    assert inbox.post(interchange(), secret=other, partner=LAKE).status_code == 202


def test_row_30_of_many_at_once_one_is_taken_and_the_others_hear_the_same_or_wait(inbox: Inbox) -> None:
    content = interchange()
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: inbox.post(content), range(50)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"GW-6109"}
    assert len(inbox.files()) == 1
    assert inbox.post(content).status_code == 202


def test_while_the_first_is_worked_on_a_second_is_told_to_wait(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    content = interchange()
    begun, go_on = threading.Event(), threading.Event()
    take = PayloadStore.take

    def slow(self: PayloadStore, chunks: Any, name: str) -> Any:
        begun.set()
        assert go_on.wait(10)
        return take(self, chunks, name)

    monkeypatch.setattr(PayloadStore, "take", slow)
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(inbox.post(content)))
    first.start()
    assert begun.wait(10)
    assert inbox.post(content).status_code == 409
    go_on.set()
    first.join()
    assert answers[0].status_code == 202
    assert len(inbox.files()) == 1


def test_after_a_crash_between_the_commit_and_the_answer_the_first_document_is_told(inbox: Inbox) -> None:
    content = interchange()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(idempotency, "finish", lambda *_: (_ for _ in ()).throw(RuntimeError("the process is gone")))
        assert inbox.post(content).status_code == 500
    [document] = inbox.files()
    assert inbox.post(content).status_code == 409, "the first may still be at it"
    inbox.gateway.clock.advance(idempotency.IN_FLIGHT_SECONDS)
    again = inbox.post(content)
    assert (again.status_code, again.json()["document"]) == (202, document.id)
    assert len(inbox.files()) == 1


def test_row_34_without_room_nothing_is_acknowledged_and_the_key_is_free_again(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = interchange()

    def full(*_: Any) -> None:
        raise GatewayError("GW-5003", "No space left on device.", is_retryable=True)

    with monkeypatch.context() as patched:
        patched.setattr(PayloadStore, "take", full)
        answer = inbox.post(content)
    assert (answer.status_code, answer.json()["code"]) == (503, "GW-5003")
    assert answer.headers["retry-after"]
    assert inbox.files() == []
    assert inbox.post(content).status_code == 202


def test_keys_are_kept_for_30_days(inbox: Inbox) -> None:
    first, second = interchange(), interchange()
    inbox.post(first)
    inbox.gateway.clock.advance(29 * 86_400)
    assert inbox.post(second).status_code == 422
    inbox.gateway.clock.advance(2 * 86_400)
    assert inbox.post(second).status_code == 202


# ---- who may post where


def test_a_key_posts_only_where_the_partners_file_names_it(inbox: Inbox) -> None:
    stranger = inbox.new_key("stranger")
    for partner, secret in ((HILL, stranger), (LAKE, inbox.key), ("nobody", inbox.key)):
        answer = inbox.post(interchange(), secret=secret, partner=partner)
        assert (answer.status_code, answer.json()["code"]) == (403, "GW-6108")
    assert inbox.files() == []


def test_the_body_of_a_stranger_is_not_even_stored(inbox: Inbox) -> None:
    folder = inbox.gateway.home / "spool"
    assert inbox.client.post(f"/v1/partners/{HILL}/inbox", content=b"x" * 1_000_000).status_code == 401
    assert not folder.exists()


# ---- what is no document


def test_a_request_without_a_key_for_itself_is_refused(inbox: Inbox) -> None:
    for key in (None, "", "two words", "k" * 256, "é"):
        sent = None if key is None else key.encode()
        headers = {"Authorization": f"Bearer {inbox.key}"} | ({} if sent is None else {"Idempotency-Key": sent})
        answer = inbox.client.post(f"/v1/partners/{HILL}/inbox", content=b"x", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "GW-6006"), key
    assert inbox.files() == []


def test_an_empty_body_and_a_compressed_one_are_refused(inbox: Inbox) -> None:
    assert inbox.post(b"").status_code == 422
    answer = inbox.post(b"\x1f\x8b", Content_Encoding="gzip")
    assert (answer.status_code, answer.json()["code"]) == (415, "GW-6112")


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_document_over_the_limit_is_refused_and_leaves_nothing(tmp_path: Path, is_chunked: bool) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GATEWAY_PAYLOAD_LIMIT_BYTES", "1000")
        inbox = Inbox(tmp_path)
    with inbox.client:
        content: Any = iter([b"x" * 600] * 3) if is_chunked else b"x" * 1800
        answer = inbox.post(content)
        assert (answer.status_code, answer.json()["code"]) == (413, "GW-6111")
        assert inbox.post(b"x" * 1000, "k-2").status_code == 202
    spool = inbox.gateway.home / "spool"
    assert not spool.exists() or list(spool.iterdir()) == []
    inbox.gateway.close()


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="order.edi"', "order.edi"),
        ("attachment; filename*=UTF-8''%C3%BCber.edi", "über.edi"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\order.edi"', "order.edi"),
        ("attachment", "k-1.edi"),
        ("rubbish;;;=", "k-1.edi"),
    ],
)
def test_row_20_a_file_name_is_metadata_and_never_a_path(inbox: Inbox, header: str, name: str) -> None:
    assert inbox.post(interchange(), Content_Disposition=header).status_code == 202
    [document] = inbox.files()
    assert document.number == name
