"""Bounds of the connections of one client and of all."""

from __future__ import annotations

import pytest

from nosograph.web.server.admission import Admission, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_what_counts_as_one_client(address: str, network: str) -> None:
    """Whoever has a /64 of IPv6 has 2^64 addresses, and is one client; a mapped address is that of IPv4."""
    assert network_of(address) == network


def test_connections_are_counted_in_and_out() -> None:
    """A client at its bound is refused, then a full server; who leaves makes room."""
    admission = Admission(connections=3, per_client=2)
    for client in ("a", "a", "b"):
        assert admission.refusal(client) == ""
        admission.enter(client)

    assert admission.refusal("a") == "client"
    assert admission.refusal("b") == admission.refusal("c") == "server"
    admission.leave("a")
    assert admission.refusal("a") == admission.refusal("c") == ""


def test_behind_a_proxy_no_client_is_bounded() -> None:
    """All connections of a proxy come from one address."""
    admission = Admission(connections=3, per_client=0)
    admission.enter("proxy")
    admission.enter("proxy")

    assert admission.refusal("proxy") == ""


def test_bytes_are_bounded_for_one_client_and_for_all() -> None:
    """One client gets a quarter of the room, and gives it back."""
    admission = Admission(connections=9, per_client=9, body_bytes=100)

    assert admission.hold("a", 25)
    assert not admission.hold("a", 1)
    assert all(admission.hold(client, 25) for client in "bcd")
    assert not admission.hold("e", 1)
    admission.let_go("a", 25)
    assert admission.hold("e", 25)
