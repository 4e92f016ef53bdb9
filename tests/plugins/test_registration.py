"""Who comes in under which id, and who is turned away."""

from __future__ import annotations

import pytest
from tests.plugins.fakes import Answers, Shelf, eager, host_of, state_of

import orpheus_core as oc
from orpheus_core.errors import PluginLoadFailed
from orpheus_core.plugins import (
    LoadFailure,
    PluginHost,
    PluginMode,
    PluginState,
)


def exits() -> object:
    raise SystemExit(3)


def test_two_distributions_with_one_id_are_both_left_out() -> None:
    """Neither wins by chance; both are shown, each with the command that settles it."""
    host = host_of(eager("same", exits, "orpheus-one"), eager("same", exits, "orpheus-two"))
    one, two = host.records()
    for record in (one, two):
        assert record.state is PluginState.CONFLICT
        assert record.reason == "claimed by orpheus-one, orpheus-two"
        assert f"orpheus plugin disable same@{record.distribution}" in record.hint
    assert (one.distribution, two.distribution) == ("orpheus-one", "orpheus-two")


def test_of_two_with_one_id_one_can_be_switched_off() -> None:
    """Then the other has the id."""
    found = [eager("same", exits, "one"), eager("same", lambda: Answers("two's"), "two")]
    host = host_of(*found, disabled=["same@One"])
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["two's"]
    assert host.record("same").distribution == "two"
    assert host.record("same@one").state is PluginState.DISABLED
    assert host.record("same@one").hint == "orpheus plugin enable same@One"


def test_two_entry_points_of_one_package_with_one_id_are_its_author_s_fault() -> None:
    """To switch one off would switch both off."""
    twice = eager("deezer", object, "orpheus-deezer")
    host = host_of(twice, twice)
    (record, other) = (each for each in host.records() if each.id == "deezer")
    assert record.state is other.state is oc.PluginState.CONFLICT
    assert record.reason == "claimed twice by orpheus-deezer"
    assert "disable" not in record.hint
    assert "orpheus-deezer" in record.hint


def test_a_stranger_cannot_take_the_place_of_another() -> None:
    """Whoever is there keeps the id; the other is turned away, named, and not imported."""
    told: list[LoadFailure] = []
    host = PluginHost(index=Shelf([eager("mine", exits, "evil")]), on_load_failure=told.append)
    host.register("mine", Answers("ours"))
    host.discover()
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["ours"]
    other = host.record("mine@evil")
    assert other.state is PluginState.CONFLICT
    assert other.reason == "the id mine is taken by a plugin of this program"
    assert host.record("mine").state is PluginState.ACTIVE
    assert [failure.distribution for failure in told] == ["evil"]


def test_a_name_of_the_core_is_for_the_core() -> None:
    """Whether the built-in plugin is there, is switched off, or never was."""
    host = PluginHost(index=Shelf([eager("core-retry", exits)]), disabled=["core-advice"])
    host.register_builtins({"core-advice": Answers("a")}, "1")
    host.register("core-advice", Answers("b"))
    host.discover()
    assert host.collect("orpheus_decide", str, question=None) == []
    assert state_of(host, "core-retry@orpheus-core-retry") == (
        PluginState.FAILED,
        "a plugin cannot be called core-retry: core- is for the core's own",
    )


def test_two_objects_of_one_id_are_a_conflict_and_the_first_stays() -> None:
    """It is still there, and the list says so."""
    host = PluginHost()
    host.register("mine", Answers("first"))
    host.register("mine", Answers("second"))
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["first"]
    assert [record.state for record in host.records()] == [
        PluginState.ACTIVE,
        PluginState.CONFLICT,
    ]


def test_a_conflict_is_told_like_any_other_plugin_that_is_left_out() -> None:
    """So that the event log has it, too; of each of the two."""
    told: list[LoadFailure] = []
    host_of(eager("same", exits, "a"), eager("same", exits, "b"), on_load_failure=told.append)
    assert [(each.distribution, str(each.error)) for each in told] == [
        ("a", "claimed by a, b"),
        ("b", "claimed by a, b"),
    ]


@pytest.mark.parametrize("name", ["", "Upper", "1st", "a b", "downloads", "plugins"])
def test_a_plugin_without_a_fitting_id_is_left_out(name: str) -> None:
    """It could not be switched off, or would share its settings with the core."""
    host = PluginHost()
    host.register(name, Answers("x"))
    (record,) = host.records()
    assert record.state is PluginState.FAILED
    assert name in record.reason
    assert record.hint


def test_one_object_is_registered_once() -> None:
    """A second id for it is refused, in a sentence that shows no object's insides."""
    plugin = Answers("x")
    host = PluginHost()
    host.register("one", plugin)
    host.register("two", plugin)
    assert state_of(host, "two") == (
        PluginState.FAILED,
        "HookFailed: it is registered already, as one",
    )
    assert len(host.collect("orpheus_decide", str, question=None)) == 1


def test_strict_raises_for_a_conflict() -> None:
    """Whoever tests a plugin wants to see that it is not there."""
    host = PluginHost(mode=PluginMode.STRICT)
    host.register("one", Answers("x"))
    with pytest.raises(PluginLoadFailed, match="plugin one could not be loaded"):
        host.register("one", Answers("y"))
