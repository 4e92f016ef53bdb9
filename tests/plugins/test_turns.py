"""Whoever waits for an import never waits for ever."""

from __future__ import annotations

import concurrent.futures
import threading

from orpheus_core.plugins.turns import Turns


def test_a_turn_is_one_thread_s_at_a_time() -> None:
    """The next one gets it when it is given back."""
    turns = Turns()
    inside, most = 0, 0

    def work(_: int) -> None:
        nonlocal inside, most
        assert turns.take("a")
        inside += 1
        most = max(most, inside)
        inside -= 1
        turns.give_back("a")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    assert most == 1
    assert not turns.is_mine("a")


def test_a_thread_does_not_wait_for_itself() -> None:
    """It has the turn already."""
    turns = Turns()
    assert turns.take("a")
    assert turns.is_mine("a")
    assert not turns.take("a")
    turns.give_back("a")
    assert turns.take("a")


def test_an_impatient_thread_does_not_wait() -> None:
    """Another one has the turn."""
    turns = Turns()
    assert turns.take("a")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert not pool.submit(turns.take, "a", patient=False).result(timeout=30)
        assert pool.submit(turns.take, "b", patient=False).result(timeout=30)


def test_a_circle_of_threads_is_seen() -> None:
    """The one that would close it goes on; the others wait until their turn comes."""
    turns = Turns()
    names = "abc"
    ready, results = threading.Barrier(3), {}

    def work(place: int) -> None:
        mine, wanted = names[place], names[(place + 1) % 3]
        assert turns.take(mine)
        ready.wait(timeout=30)
        results[mine] = turns.take(wanted)
        if results[mine]:
            turns.give_back(wanted)
        turns.give_back(mine)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(results) == ["a", "b", "c"]
    assert False in results.values()


def test_a_wait_that_nobody_can_see_through_ends_after_a_while() -> None:
    """The owner waits for a thread that waits for its turn."""
    turns = Turns(longest_wait_s=0.01)
    assert turns.take("a")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert not pool.submit(turns.take, "a").result(timeout=30)
    assert turns.is_mine("a")
