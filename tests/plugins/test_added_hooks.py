"""Hooks that a plugin adds: others implement them like any other hook."""

from __future__ import annotations

import types
from collections.abc import Callable

import pytest
from tests.plugins.fakes import eager, host_of, lazy, state_of

import orpheus_core as oc
from orpheus_core.plugins import PluginHost, PluginState

HOOK = "orpheus_play_list_mood"


class Hooks:
    @oc.hookspec
    def orpheus_play_list_mood(self, track: object, hour: int) -> str | None:
        """Answer with a mood."""


class Adds:
    """The plugin *play-list*, which adds a hook."""

    holders: object = (Hooks,)

    @oc.hookimpl
    def orpheus_add_hookspecs(self) -> object:
        return self.holders

    @oc.hookimpl
    def orpheus_tags(self) -> None: ...


class Implements:
    @oc.hookimpl
    def orpheus_play_list_mood(self, track: object) -> str:
        return f"calm {track}"


ADDS = lazy("play-list", Adds, "orpheus_add_hookspecs", "orpheus_tags", adds=(HOOK,))


def moods(host: PluginHost) -> list[str]:
    return [answer.value for answer in host.collect(HOOK, str, track="t", hour=3)]


@pytest.mark.parametrize("name", ["after", "zebra"])
@pytest.mark.parametrize("is_lazy", [True, False])
def test_a_hook_that_a_plugin_adds_is_implemented_by_others(name: str, is_lazy: bool) -> None:
    """Whichever of the two is imported first, lazy or not; a lazy one is imported by its call."""
    other = lazy(name, Implements, HOOK) if is_lazy else eager(name, Implements)
    host = host_of(ADDS, other)
    assert HOOK not in host.hooks()
    host.activate("play-list")
    assert [user.plugin for user in host.hooks()[HOOK]] == [name]
    expected = PluginState.REGISTERED if is_lazy else PluginState.ACTIVE
    assert host.record(name).state is expected
    assert moods(host) == ["calm t"]
    assert host.record(name).state is PluginState.ACTIVE


def test_a_plugin_that_is_imported_before_the_hook_exists_takes_part_later() -> None:
    """Its function waits for the hook."""
    host = host_of(ADDS, lazy("other", Implements, HOOK))
    host.activate("other")
    host.activate("play-list")
    assert moods(host) == ["calm t"]


def test_a_function_that_does_not_fit_the_hook_is_seen_when_the_hook_comes() -> None:
    """It waited for it, and wants what it does not offer; its plugin's other hooks go on."""

    class Wants:
        @oc.hookimpl
        def orpheus_play_list_mood(self, weather: object) -> str:
            return "never"

        @oc.hookimpl
        def orpheus_decide(self) -> str:
            return "fine"

    host = host_of(ADDS, eager("wants", Wants))
    host.activate("play-list")
    assert moods(host) == []
    state, reason = state_of(host, "wants")
    assert state is PluginState.FAILED
    assert "orpheus_play_list_mood has no argument weather" in reason
    assert host.first("orpheus_decide", str, question=None) is not None


@pytest.mark.parametrize("origin", ["eager", "script", "builtin"])
def test_any_plugin_may_add_hooks(origin: str) -> None:
    """Without a manifest nothing has to be said beforehand."""
    host = host_of(*([eager("play-list", Adds)] if origin == "eager" else []))
    if origin == "script":
        host.register("play-list", Adds())
    if origin == "builtin":
        host.register_builtins({"play-list": Adds()}, "1")
    host.register("other", Implements())
    assert moods(host) == ["calm t"]


def test_a_module_holds_hooks_as_well() -> None:
    """Or several, in a list."""
    module = types.ModuleType("hooks")

    def orpheus_play_list_mood(track: object, hour: int) -> None: ...

    module.orpheus_play_list_mood = oc.hookspec(  # type: ignore[attr-defined]
        orpheus_play_list_mood
    )

    class AddsModule(Adds):
        holders = module

    host = PluginHost()
    host.register("play-list", AddsModule())
    host.register("other", Implements())
    assert moods(host) == ["calm t"]


def holder(name: str, *, historic: bool = False) -> type:
    def spec(self: object, track: object, hour: int) -> None: ...

    spec.__name__ = name
    return type("Holder", (), {name: oc.hookspec(historic=historic)(spec)})


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: holder("orpheus_mood"), "has to be called orpheus_play_list_"),
        (lambda: holder("orpheus_play_list_other"), "is not in adds_hooks"),
        (lambda: holder(HOOK, historic=True), "historic"),
        (lambda: [Hooks, holder(HOOK)], "already"),
        (object, "holds no hooks"),
        (lambda: "text", "holds no hooks"),
    ],
)
def test_hooks_that_do_not_fit_are_a_failure_of_the_plugin(
    make: Callable[[], object], sentence: str
) -> None:
    """None of them is added; its other hooks are called."""
    answer = make()

    class Wrong(Adds):
        holders = answer

    host = host_of(lazy("play-list", Wrong, "orpheus_add_hookspecs", "orpheus_tags", adds=(HOOK,)))
    host.activate("play-list")
    state, reason = state_of(host, "play-list")
    assert state is PluginState.FAILED
    assert sentence in reason
    assert HOOK not in host.hooks()
    assert "orpheus_mood" not in host.hooks()


def test_a_hook_that_the_manifest_promises_has_to_be_added() -> None:
    """Others rely on it."""

    class Nothing(Adds):
        holders = None

    host = host_of(
        lazy("play-list", Nothing, "orpheus_add_hookspecs", "orpheus_tags", adds=(HOOK,))
    )
    host.fold("orpheus_tags", "tags", "", item=None)
    state, reason = state_of(host, "play-list")
    assert state is PluginState.INVALID_MANIFEST
    assert HOOK in reason


def test_an_optional_hook_of_a_plugin_that_is_not_there_is_no_mistake() -> None:
    """The mark says so; without it, the name counts as misspelled."""

    class Optional:
        @oc.hookimpl(optionalhook=True)
        def orpheus_play_list_mood(self) -> None: ...

    host = host_of(eager("optional", Optional), eager("other", Implements))
    assert state_of(host, "optional")[0] is PluginState.ACTIVE
    state, reason = state_of(host, "other")
    assert state is PluginState.FAILED
    assert "there is no hook orpheus_play_list_mood" in reason


def test_a_plugin_whose_hooks_nobody_may_add_yet_is_still_known_by_name() -> None:
    """The plugin that adds them is switched off: who implements them is no worse for it."""
    host = host_of(ADDS, eager("other", Implements), disabled=["play-list"])
    assert state_of(host, "other") == (PluginState.ACTIVE, "")
