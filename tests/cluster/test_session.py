"""The address of a cluster is checked before anything is started."""

from __future__ import annotations

import re
import socket

import pytest

from nosograph.cluster.session import check_master
from nosograph.errors import RemoteStoreError, SettingsError


@pytest.mark.parametrize("master", ["local", "local[2]", "local[*]", "local-cluster[2,1,1024]"])
def test_this_machine_needs_no_address(master: str) -> None:
    """Spark's own words for this machine are taken."""
    check_master(master)


@pytest.mark.parametrize("master", ["", "yarn", "spark://", "http://a:1", "local[0]", "spark://a b:1", "spark://a"])
def test_what_is_no_address_is_refused(master: str) -> None:
    """The message shows how an address is written."""
    with pytest.raises(SettingsError, match="not the address of a cluster") as caught:
        check_master(master)
    assert "spark://HOST:PORT" in caught.value.hint


def test_a_master_that_nobody_runs_is_an_error_at_once() -> None:
    """Spark itself would try again for a minute."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    with pytest.raises(RemoteStoreError, match=re.escape(f"127.0.0.1:{port}")):
        check_master(f"spark://127.0.0.1:{port},127.0.0.1:{port}")


def test_one_of_several_masters_is_enough() -> None:
    """Of masters that stand in for each other one answers."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        first, second = closed.getsockname()[1], server.getsockname()[1]

        check_master(f"spark://127.0.0.1:{first},127.0.0.1:{second}")
