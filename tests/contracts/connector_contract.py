"""What every connector must do, whatever system is behind it. To be subclassed by a test class; see test_connectors.py.

A bench (below) stands for one system with a connector to it, seen also from behind: what it really booked, and its bad days.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from gateway.errors import GatewayError
from gateway.ports import Connector, Posted, Posting
from translators.canonical.document import BusinessDocument

SECRET = "contract-secret-token"


class ConnectorBench(Protocol):
    """One system, and the connector under test."""

    connector: Connector

    def order(self) -> Posting:
        """Return a purchase order that the system takes, another one at each call."""
        ...

    def refused_order(self) -> Posting:
        """Return a purchase order that the system refuses."""
        ...

    def booked(self, posting: Posting) -> int:
        """Return how many times the system has it."""
        ...

    def go_down(self) -> None:
        """From now on nothing can be reached."""
        ...

    def be_busy(self, retry_after_seconds: int) -> None:
        """From now on every call is told to come back later."""
        ...

    def lose_answers(self) -> None:
        """From now on calls take effect and are never answered."""
        ...

    def talk_nonsense(self) -> None:
        """From now on calls take effect and are answered with something else than agreed."""
        ...

    def recover(self) -> None:
        """End what is wrong."""
        ...

    def produce(self, count: int) -> list[str]:
        """Make so many outgoing documents; return their ids in order."""
        ...


def failure(call: object) -> GatewayError:
    """Return the GatewayError that `call` raises."""
    with pytest.raises(GatewayError) as caught:
        call()  # type: ignore[operator]
    return caught.value


class ConnectorContract:
    """The contract, as behaviour."""

    def test_it_says_what_it_is(self, connector_bench: ConnectorBench, kind: str) -> None:
        connector = connector_bench.connector
        assert connector.kind == kind
        assert isinstance(connector.honours_keys, bool)
        assert connector.settle_seconds >= 0

    def test_a_good_order_has_no_error_and_the_check_books_nothing(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.order()
        assert not [finding for finding in connector_bench.connector.check(posting) if finding.refuses]
        assert connector_bench.booked(posting) == 0

    def test_a_posted_order_is_there_once_under_its_reference(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.order()
        assert connector_bench.connector.find(posting) is None
        posted = connector_bench.connector.post(posting)
        assert not posted.was_there_already
        assert posted.reference in posted.sentence
        assert connector_bench.booked(posting) == 1
        found = connector_bench.connector.find(posting)
        assert found is not None
        assert found.reference == posted.reference
        assert found.was_there_already

    def test_a_repeat_with_the_same_key_gives_the_same_reference(self, connector_bench: ConnectorBench) -> None:
        if not connector_bench.connector.honours_keys:
            pytest.skip("this system does not honour keys")
        posting = connector_bench.order()
        first = connector_bench.connector.post(posting)
        again = connector_bench.connector.post(posting)
        assert (again.reference, again.was_there_already) == (first.reference, True)
        assert connector_bench.booked(posting) == 1

    def test_eight_at_once_with_the_same_key_book_once(self, connector_bench: ConnectorBench) -> None:
        if not connector_bench.connector.honours_keys:
            pytest.skip("this system does not honour keys")
        posting = connector_bench.order()
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: connector_bench.connector.post(posting), range(8)))
        assert len({answer.reference for answer in answers}) == 1
        assert [answer.was_there_already for answer in answers].count(False) == 1
        assert connector_bench.booked(posting) == 1

    def test_many_orders_at_once_each_get_their_own_reference(self, connector_bench: ConnectorBench) -> None:
        postings = [connector_bench.order() for _ in range(24)]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(connector_bench.connector.post, postings))
        assert len({answer.reference for answer in answers}) == len(postings)
        for posting, answer in zip(postings, answers, strict=True):
            found = connector_bench.connector.find(posting)
            assert found is not None
            assert found.reference == answer.reference

    @pytest.mark.parametrize("mishap", ["lose_answers", "talk_nonsense"])
    def test_an_order_without_a_proper_answer_is_in_doubt_and_can_be_found(
        self, connector_bench: ConnectorBench, mishap: str
    ) -> None:
        posting = connector_bench.order()
        getattr(connector_bench, mishap)()
        error = failure(lambda: connector_bench.connector.post(posting))
        connector_bench.recover()
        assert error.is_outcome_unknown
        assert error.is_retryable
        found = connector_bench.connector.find(posting)
        assert found is not None
        assert connector_bench.booked(posting) == 1
        if connector_bench.connector.honours_keys:
            again = connector_bench.connector.post(posting)
            assert again == Posted(found.reference, again.sentence, was_there_already=True)
            assert connector_bench.booked(posting) == 1

    def test_questions_without_an_answer_are_never_in_doubt(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.order()
        connector_bench.lose_answers()
        connector = connector_bench.connector
        errors = [
            failure(lambda: connector.check(posting)),
            failure(lambda: connector.find(posting)),
            failure(lambda: connector.outgoing("")),
        ]
        assert [(error.is_retryable, error.is_outcome_unknown) for error in errors] == [(True, False)] * 3

    def test_a_refused_order_is_not_tried_again_and_not_booked(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.refused_order()
        assert [finding for finding in connector_bench.connector.check(posting) if finding.refuses]
        error = failure(lambda: connector_bench.connector.post(posting))
        assert (error.is_retryable, error.is_outcome_unknown) == (False, False)
        assert connector_bench.booked(posting) == 0

    def test_a_system_that_is_down_is_tried_again_and_booked_nothing(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.order()
        connector_bench.go_down()
        error = failure(lambda: connector_bench.connector.post(posting))
        connector_bench.recover()
        assert (error.is_retryable, error.is_outcome_unknown) == (True, False)
        assert connector_bench.booked(posting) == 0
        assert not connector_bench.connector.post(posting).was_there_already

    def test_a_busy_system_says_when_to_come_back(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.order()
        connector_bench.be_busy(17)
        error = failure(lambda: connector_bench.connector.post(posting))
        connector_bench.recover()
        assert (error.is_retryable, error.is_outcome_unknown, error.retry_after_seconds) == (True, False, 17)
        assert connector_bench.booked(posting) == 0

    def test_errors_have_a_code_and_a_sentence_and_keep_the_secret(self, connector_bench: ConnectorBench) -> None:
        posting = connector_bench.refused_order()
        errors = [failure(lambda: connector_bench.connector.post(posting))]
        for mishap in (connector_bench.lose_answers, connector_bench.talk_nonsense, connector_bench.go_down):
            mishap()
            errors.append(failure(lambda: connector_bench.connector.post(connector_bench.order())))
            connector_bench.recover()
        for error in errors:
            assert re.fullmatch(r"GW-4\d{3}", error.code)
            assert re.search(r"[.?!]$", error.sentence)
            assert SECRET not in f"{error} {error.facts}"

    def test_the_feed_is_in_order_complete_and_resumable(self, connector_bench: ConnectorBench) -> None:
        start = end_of_feed(connector_bench.connector)
        made = connector_bench.produce(70)
        seen: list[str] = []
        cursor = start
        while True:
            page = connector_bench.connector.outgoing(cursor)
            again = connector_bench.connector.outgoing(cursor)
            assert [d.id for d in again.documents] == [d.id for d in page.documents]
            if not page.documents:
                break
            assert page.cursor != cursor
            assert all(d.account and isinstance(d.document, BusinessDocument) for d in page.documents)
            seen += [d.id for d in page.documents]
            cursor = page.cursor
        assert seen == made
        assert connector_bench.connector.outgoing(start).documents[0].id == made[0]

    def test_the_cursor_of_an_empty_page_continues(self, connector_bench: ConnectorBench) -> None:
        cursor = connector_bench.connector.outgoing(end_of_feed(connector_bench.connector)).cursor
        made = connector_bench.produce(2)
        assert [d.id for d in connector_bench.connector.outgoing(cursor).documents] == made


def end_of_feed(connector: Connector) -> str:
    """Return the cursor after everything that is there now."""
    page = connector.outgoing("")
    while page.documents:
        page = connector.outgoing(page.cursor)
    return page.cursor
