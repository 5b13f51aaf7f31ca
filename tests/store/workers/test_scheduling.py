"""Turns, places and expected waits are decided by what is known of the queries, without clock and processes."""

from __future__ import annotations

import pytest

from nosograph.store.workers.scheduling import STORE_PACE, Schedule, Task


def filled(schedule: Schedule, clients: str) -> None:
    """Let a new query of each client wait."""
    for client in clients:
        schedule.wait(Task(client))


def begun(schedule: Schedule, free: int, now: float = 0.0) -> str:
    """Give so many free workers away, and return the clients that got one."""
    clients = ""
    while (task := schedule.next(free - len(clients))) is not None:
        schedule.begin(task, now)
        clients += task.client
    return clients


def running(schedule: Schedule, client: str, now: float = 0.0) -> Task:
    """Return a new query of a client that has got a worker."""
    task = Task(client)
    schedule.begin(task, now)
    return task


def test_the_last_free_worker_is_for_clients_that_have_none() -> None:
    """One client takes all workers but one, and another's first query finds that one free."""
    schedule = Schedule(2)
    filled(schedule, "aaaaa")
    assert begun(schedule, free=4) == "aaa"

    filled(schedule, "b")

    assert begun(schedule, free=1) == "b"
    assert (schedule.waiting, schedule.running) == (2, 4)


def test_a_client_whose_queries_have_ended_may_have_the_last_worker() -> None:
    """Whether a client has a query running is forgotten with its last one."""
    schedule = Schedule(1)
    task = running(schedule, "a")
    filled(schedule, "a")
    assert begun(schedule, free=1) == ""

    schedule.end(task, 0.001, is_done=True)

    assert begun(schedule, free=1) == "a"


def test_as_many_long_queries_run_as_there_are_places() -> None:
    """A query that turns long while others hold every place is set back, and it is the one that has run the least."""
    schedule = Schedule(2)
    first, second, third = (running(schedule, client, now) for now, client in enumerate("abc"))

    assert schedule.turn_long(first) is None
    assert schedule.turn_long(second) is None
    assert schedule.turn_long(third) is third


def test_the_client_with_most_places_gives_one_up() -> None:
    """A client has one place for as long as others want the rest, however long its queries have run."""
    schedule = Schedule(2)
    older, younger = running(schedule, "a", 1.0), running(schedule, "a", 2.0)
    for task in (older, younger):
        assert schedule.turn_long(task) is None

    assert schedule.turn_long(running(schedule, "b", 3.0)) is younger


def test_a_query_that_was_set_back_begins_again_when_a_place_is_free() -> None:
    """Until then new queries get the free workers, and afterwards it has its turn before them."""
    schedule = Schedule(1)
    holder, loser = running(schedule, "a"), running(schedule, "b")
    schedule.turn_long(holder)
    assert schedule.turn_long(loser) is loser
    schedule.end(loser, STORE_PACE.slice, is_done=False)
    schedule.wait(loser)
    filled(schedule, "c")
    assert begun(schedule, free=2) == "c"

    schedule.end(holder, 5.0, is_done=True)
    filled(schedule, "d")

    assert begun(schedule, free=3) == "bd"


def test_waiting_is_expected_by_turns_and_by_what_queries_have_taken() -> None:
    """A client's many queries do not count for another, slow ones make waits longer, and quick ones shorter."""
    schedule = Schedule(2)
    filled(schedule, "a" * 500)
    own, other = (schedule.expected_wait_of(Task(client), 4) for client in "ab")
    assert own == pytest.approx(500 * other)

    for _ in range(50):
        schedule.end(running(schedule, "c"), 0.001, is_done=True)
    quicker = schedule.expected_wait_of(Task("a"), 4)
    for _ in range(50):
        schedule.end(running(schedule, "c"), 10.0, is_done=True)
    slower = schedule.expected_wait_of(Task("a"), 4)

    assert quicker < own < slower <= 500 * STORE_PACE.slice / 4
    assert schedule.is_own_fault("a")
    assert not schedule.is_own_fault("b")


def test_long_queries_expect_to_wait_for_long_queries() -> None:
    """The wait for a place grows with those that wait for one, and with the time that long queries take."""
    schedule = Schedule(2)
    waiting = Task("a", is_long=True)
    before = schedule.expected_wait_of(waiting, 4)
    schedule.wait(waiting)
    behind = schedule.expected_wait_of(Task("b", is_long=True), 4)
    assert behind == pytest.approx(2 * before)

    for _ in range(50):
        task = running(schedule, "c")
        schedule.turn_long(task)
        schedule.end(task, 20.0, is_done=True)

    assert schedule.expected_wait_of(Task("b", is_long=True), 4) > 10 * behind


def test_who_leaves_waits_no_longer() -> None:
    """New queries and those that were set back are taken out of their own line."""
    schedule = Schedule(1)
    tasks = [Task("a"), Task("a", is_long=True)]
    for task in tasks:
        schedule.wait(task)

    schedule.leave(tasks[0])
    assert schedule.take_all() == [tasks[1]]
    assert schedule.waiting == 0
