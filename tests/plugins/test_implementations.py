"""What a plugin may write as a hook, and what is refused at once instead of never called."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import orpheus_core as oc
from orpheus_core import hookspecs
from orpheus_core.plugins import PluginHost, PluginState


def reason_of(plugin: object) -> str:
    host = PluginHost()
    host.register("it", plugin)
    (record,) = host.records()
    assert (record.state is PluginState.ACTIVE) == (not record.reason)
    return record.reason


def test_a_wrapper_is_refused_where_it_would_never_be_called() -> None:
    """Only the hooks with the verb *around* take them."""

    class Wraps:
        @oc.hookimpl(wrapper=True)
        def orpheus_decide(self) -> Iterator[None]:
            return (yield)

    reason = reason_of(Wraps())
    assert "orpheus_decide takes no wrappers" in reason
    assert "only orpheus_run_stage and orpheus_send do" in reason


def test_the_hooks_that_take_wrappers_are_those_that_say_so() -> None:
    """The list and the documentation must not drift apart."""
    say_so = {
        name
        for name, spec in vars(hookspecs).items()
        if name.startswith("orpheus_") and "Verb: around." in (inspect.getdoc(spec) or "")
    }
    assert say_so == hookspecs.AROUND


def test_an_old_style_wrapper_is_refused_with_the_new_one() -> None:
    """`hookwrapper=True` has another protocol."""

    class Old:
        @oc.hookimpl(hookwrapper=True)
        def orpheus_send(self) -> Iterator[None]:
            yield

    assert "write wrapper=True" in reason_of(Old())


def test_a_generator_and_a_coroutine_are_refused() -> None:
    """Their bodies would never run: nobody iterates or awaits them."""

    class Generates:
        @oc.hookimpl
        def orpheus_modules(self) -> Iterator[object]:
            yield object()

    class Awaits:
        @oc.hookimpl
        async def orpheus_event(self, event: object) -> None: ...

    for plugin in (Generates(), Awaits()):
        assert "would never run" in reason_of(plugin)


def test_an_argument_with_a_default_may_be_one_of_a_newer_hook() -> None:
    """It keeps its default here; one that the hook has is filled in."""
    seen: list[tuple[object, object, object]] = []

    class Newer:
        @oc.hookimpl
        def orpheus_advise(
            self, event: object, situation: object = None, mood: object = "calm"
        ) -> None:
            seen.append((event, situation, mood))

    host = PluginHost()
    host.register("newer", Newer())
    host.emit("orpheus_advise", event=1, situation=2)
    assert seen == [(1, 2, "calm")]


def test_an_argument_by_keyword_only_is_refused() -> None:
    """It would be missing in every call."""

    class Keyword:
        @oc.hookimpl
        def orpheus_event(self, *, event: object) -> None: ...

    assert "without the * before it" in reason_of(Keyword())


def test_two_functions_of_one_plugin_may_implement_one_hook() -> None:
    """Each is called, with what the one before it made."""

    class Twice:
        @oc.hookimpl(specname="orpheus_tags")
        def first(self, tags: str) -> str:
            return tags + "1"

        @oc.hookimpl(specname="orpheus_tags")
        def second(self, tags: str) -> str:
            return tags + "2"

    host = PluginHost()
    host.register("twice", Twice())
    assert sorted(host.fold("orpheus_tags", "tags", "", item=None)) == ["1", "2"]


def test_a_refused_plugin_leaves_nothing_behind() -> None:
    """Its good hooks are not called either: it is there, or it is not."""
    called: list[str] = []

    class HalfGood:
        @oc.hookimpl
        def orpheus_event(self) -> None:
            called.append("event")

        @oc.hookimpl(wrapper=True)
        def orpheus_send(self) -> None:
            """A wrapper that does not yield: pluggy itself refuses it."""

    host = PluginHost()
    host.register("half", HalfGood())
    host.emit("orpheus_event", event=None)
    assert called == []
    assert "generator" in host.records()[0].reason
