"""A SPARQL service is asked over one connection; errors, silence and cut answers are never taken for answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from fake_service import JSON, FakeService, running_service

from nosograph.errors import RemoteStoreError, SettingsError, StoreTimedOut, StoreUnavailable
from nosograph.sparql.service import SparqlService, check_address, read_authorization

ONE = "SELECT ?x { VALUES ?x { 1 } }"
EMPTY = b'{"head": {"vars": []}, "results": {"bindings": []}}'


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """Return a service."""
    with running_service() as service:
        yield service


@pytest.mark.parametrize("address", ["", "ftp://a/", "http://", "http://a b/", "http://a:99999/", "a/sparql"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """The message says what one looks like."""
    with pytest.raises(SettingsError, match="address of a SPARQL service"):
        check_address(address)


def test_an_address_holds_no_password() -> None:
    """It would stand in logs and lists of processes."""
    with pytest.raises(SettingsError, match="password") as caught:
        check_address("http://me:secret@host/sparql")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("credentials", "header"),
    [("me:pass:word\n", "Basic bWU6cGFzczp3b3Jk"), ("Bearer abc.def", "Bearer abc.def"), ("", "")],
)
def test_credentials_become_a_header(credentials: str, header: str) -> None:
    """Names and passwords follow RFC 7617, tokens RFC 6750."""
    assert read_authorization(credentials) == header


@pytest.mark.parametrize("credentials", ["secret", "bearer ", "a:b\r\nX: y", "bearer a\nb"])
def test_what_are_no_credentials_is_refused(credentials: str) -> None:
    """Nothing of them is shown."""
    with pytest.raises(SettingsError) as caught:
        read_authorization(credentials)

    assert "secret" not in str(caught.value)


def test_one_connection_serves_many_queries(fake: FakeService) -> None:
    """And each of them bears the credentials."""
    with SparqlService(fake.query, "Basic x") as service:
        rows = [service.rows(ONE)[0]["x"].value for _ in range(3)]

    assert rows == ["1"] * 3
    assert fake.connections == 1
    assert fake.authorizations == ["Basic x"] * 3


def test_a_connection_that_was_closed_meanwhile_is_opened_again(fake: FakeService) -> None:
    """A service may close what it keeps open at any time."""
    with SparqlService(fake.query) as service:
        fake.answer = lambda asked: (200, {"Content-Type": JSON, "Connection": "close"}, EMPTY)
        service.rows(ONE)
        fake.answer = lambda asked: None

        assert service.rows(ONE)[0]["x"].value == "1"


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (302, {"Location": "http://127.0.0.1:1/"}, RemoteStoreError),
        (307, {"Location": "http://127.0.0.1:1/"}, RemoteStoreError),
        (400, {}, RemoteStoreError),
        (401, {}, RemoteStoreError),
        (500, {}, RemoteStoreError),
        (503, {"Retry-After": "7"}, StoreUnavailable),
        (429, {}, StoreUnavailable),
        (504, {}, StoreTimedOut),
        (206, {"Content-Type": JSON}, StoreTimedOut),
        (200, {"Content-Type": JSON, "X-SQL-State": "S1TAT"}, StoreTimedOut),
        (200, {"Content-Type": JSON, "X-SPARQL-MaxRows": "10000"}, RemoteStoreError),
        (200, {"Content-Type": "text/html"}, RemoteStoreError),
    ],
)
def test_what_is_no_whole_answer_is_an_error(
    fake: FakeService, status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    """Redirects are not followed, and the first part of an answer is none."""
    fake.answer = lambda asked: (status, headers, EMPTY)

    with SparqlService(fake.query) as service, pytest.raises(error) as caught:
        service.rows(ONE)

    assert type(caught.value) is error
    assert getattr(caught.value, "retry_after", None) in (None, 7, 5)


def test_silence_is_a_timeout(fake: FakeService) -> None:
    """The limit is named."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service = SparqlService(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.2)

        with pytest.raises(StoreTimedOut, match=r"0\.2 seconds"):
            service.rows(ONE)


def test_nobody_there_is_no_answer() -> None:
    """It can be asked again."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(StoreUnavailable, match=str(port)):
        SparqlService(f"http://127.0.0.1:{port}/").rows(ONE)


def test_results_that_end_early_are_no_results(fake: FakeService) -> None:
    """JSON that cannot be read is told as such."""
    fake.answer = lambda asked: (200, {"Content-Type": JSON}, EMPTY[:20])

    with SparqlService(fake.query) as service, pytest.raises(RemoteStoreError, match="cannot be read"):
        service.rows(ONE)


@pytest.mark.parametrize(
    "content",
    [
        b'{"head":{},"boolean":true}',
        b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}},{"x"',
    ],
    ids=["boolean", "cut"],
)
def test_what_are_no_rows_is_an_error(fake: FakeService, content: bytes) -> None:
    """The parser reads a row when it is asked for it, so a fault in one shows late."""
    fake.answer = lambda asked: (200, {"Content-Type": JSON}, content)

    with SparqlService(fake.query) as service, pytest.raises(RemoteStoreError, match=r"boolean|cannot be read"):
        service.rows(ONE)
