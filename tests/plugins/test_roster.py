"""What is told of plugins: each change of a state, in order, and under no lock."""

from __future__ import annotations

import pytest
from tests.plugins.fakes import Answers, Shelf, eager, host_of, lazy

import orpheus_core as oc
from orpheus_core.errors import PluginLoadFailed
from orpheus_core.plugins import (
    PluginHost,
    PluginMode,
    PluginRecord,
    PluginState,
)


def exits() -> object:
    raise SystemExit(3)


def fails() -> object:
    raise ModuleNotFoundError("No module named 'Cryptodome'")


def test_every_change_of_a_state_is_told_in_order() -> None:
    """From where a plugin is found to where it ends up."""
    told: list[tuple[str, PluginState]] = []
    host_of(
        eager("eager", lambda: Answers("x")),
        eager("fails", fails),
        eager("off", fails),
        lazy("lazy", fails, "orpheus_tags"),
        disabled=["off"],
        on_state=lambda record: told.append((record.id, record.state)),
    ).fold("orpheus_tags", "tags", "", item=None)
    assert told == [
        ("off", PluginState.DISABLED),
        ("lazy", PluginState.REGISTERED),
        ("eager", PluginState.ACTIVE),
        ("fails", PluginState.FAILED),
        ("lazy", PluginState.FAILED),
    ]


def test_changes_are_told_one_after_the_other() -> None:
    """One that happens while another is told waits until that was told."""
    told: list[tuple[str, PluginState]] = []

    def tell(record: PluginRecord) -> None:
        told.append(("begin", record.state))
        if record.state is PluginState.ACTIVE:
            host.emit("orpheus_decide", question=None)
        told.append(("end", record.state))

    host = PluginHost(on_state=tell)
    host.register("bad", Answers(RuntimeError()))
    assert told == [
        ("begin", PluginState.ACTIVE),
        ("end", PluginState.ACTIVE),
        ("begin", PluginState.FAILED),
        ("end", PluginState.FAILED),
    ]


def test_a_failure_that_repeats_is_no_change_of_a_state() -> None:
    """Else whoever listens would be told at each call."""
    told: list[PluginRecord] = []
    host = PluginHost(on_state=told.append)
    host.register("bad", Answers(RuntimeError()))
    for _ in range(3):
        host.emit("orpheus_decide", question=None)
    assert [record.state for record in told] == [PluginState.ACTIVE, PluginState.FAILED]


def test_whoever_is_told_may_use_the_host() -> None:
    """No lock is held meanwhile, not even against another thread."""
    import concurrent.futures

    seen: list[int] = []

    def ask(record: PluginRecord) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            seen.append(len(pool.submit(host.records).result(timeout=30)))

    host = PluginHost(
        index=Shelf([lazy("fails", fails, "orpheus_decide"), eager("off", fails)]),
        disabled=["off"],
        on_state=ask,
        on_failure=lambda failure: ask(host.record(failure.plugin)),
        on_load_failure=lambda failure: ask(host.record(failure.plugin)),
        on_muted=lambda failure: ask(host.record(failure.plugin)),
    )
    host.register("bad", Bad())
    host.discover()
    for _ in range(3):
        host.emit("orpheus_event", event=None)
    host.first("orpheus_decide", str, question=None)
    assert len(seen) >= 9


class Bad:
    @oc.hookimpl
    def orpheus_event(self) -> None:
        raise RuntimeError


def test_strict_mode_raises_what_keeps_a_plugin_out_and_not_what_a_person_wants() -> None:
    """One that is switched off is no failure."""
    off = PluginHost(index=Shelf([eager("off", fails)]), disabled=["off"], mode=PluginMode.STRICT)
    off.discover()
    host = PluginHost(index=Shelf([eager("Bad", fails)]), mode=PluginMode.STRICT)
    with pytest.raises(PluginLoadFailed, match="plugin Bad could not be loaded"):
        host.discover()


def test_strict_mode_raises_when_a_lazy_import_fails() -> None:
    """At the hook that needed it."""
    host = host_of(lazy("fails", fails, "orpheus_decide"), mode=PluginMode.STRICT)
    with pytest.raises(oc.OrpheusError, match="plugin fails could not be loaded"):
        host.first("orpheus_decide", str, question=None)
