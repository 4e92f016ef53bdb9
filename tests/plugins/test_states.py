"""The laws of a plugin's states hold, in whatever order things happen to it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.plugins.fakes import Fake, Shelf

import orpheus_core as oc
from orpheus_core.errors import HookFailed, OrpheusError, PluginUnavailable
from orpheus_core.plugins import (
    HookFailure,
    HookUse,
    LoadFailure,
    PluginHost,
    PluginManifest,
    PluginMode,
    PluginRecord,
    PluginState,
)
from orpheus_core.plugins.known_bad import KnownBad
from orpheus_core.plugins.last_failures import LastFailures
from orpheus_core.plugins.states import ADVISORY, OUT, TRANSITIONS, Happening, after

NAMES = ("a", "b", "c")
HOOKS = ("orpheus_advise", "orpheus_event", "orpheus_decide", "orpheus_tags")
BAD = KnownBad(distribution="bad", versions=frozenset({"1"}), reason="it deletes files")

_RUNNING = frozenset({PluginState.ACTIVE, PluginState.FAILED, PluginState.MUTED})
_QUIET = frozenset({PluginState.INDEXED, PluginState.REGISTERED, PluginState.ACTIVE})


# --- the table ---------------------------------------------------------------------------


def reachable(state: PluginState) -> set[PluginState]:
    """The states that one can come to from *state*."""
    found, new = set(), {state}
    while new:
        found |= new
        new = {to for (start, _), to in TRANSITIONS.items() if start in new} - found
    return found


def test_every_state_is_reached_from_where_a_plugin_is_found() -> None:
    """Else it would be a state that nobody ever sees."""
    assert reachable(PluginState.INDEXED) == set(PluginState)


@pytest.mark.parametrize("state", [state for state in PluginState if state in OUT])
def test_nothing_leads_back_from_a_state_that_keeps_a_plugin_out(state: PluginState) -> None:
    """Law 8."""
    assert reachable(state) == {state}


def test_nothing_but_the_next_process_makes_a_muted_plugin_active() -> None:
    """Law 6."""
    assert reachable(PluginState.MUTED) == {PluginState.MUTED, PluginState.INVALID_MANIFEST}


def test_what_cannot_happen_in_a_state_is_an_error() -> None:
    """It names both."""
    with pytest.raises(ValueError, match="a plugin that is disabled cannot be imported"):
        after(PluginState.DISABLED, Happening.IMPORTED)


# --- a plugin, and what it does ----------------------------------------------------------


@attrs.define(eq=False)
class World:
    """What the plugins of one process do, and what they did."""

    broken: set[tuple[str, str]] = attrs.field(factory=set)
    ran: list[tuple[str, str]] = attrs.field(factory=list)
    loads: list[str] = attrs.field(factory=list)


class Plugin:
    """Implements the hooks; each fails as long as the world says so."""

    def __init__(self, name: str, world: World) -> None:
        self._name = name
        self._world = world

    def _run(self, hook: str) -> None:
        self._world.ran.append((self._name, hook))
        if (self._name, hook) in self._world.broken:
            raise RuntimeError(f"{hook} is broken")

    @oc.hookimpl
    def orpheus_advise(self) -> None:
        self._run("orpheus_advise")

    @oc.hookimpl
    def orpheus_event(self) -> None:
        self._run("orpheus_event")

    @oc.hookimpl
    def orpheus_decide(self) -> None:
        self._run("orpheus_decide")

    @oc.hookimpl
    def orpheus_tags(self) -> None:
        self._run("orpheus_tags")


CALLS: dict[str, Callable[[PluginHost], object]] = {
    "orpheus_advise": lambda host: host.collect("orpheus_advise", str, event=0, situation=0),
    "orpheus_event": lambda host: host.emit("orpheus_event", event=0),
    "orpheus_decide": lambda host: host.first("orpheus_decide", str, question=0),
    "orpheus_tags": lambda host: host.fold("orpheus_tags", "tags", "", item=0),
}


Change = Callable[["Installations"], None]

_DISTRIBUTIONS = ("one", "one", "one", "two", "bad")
_CLAIMS = ("truth", "nothing", "truth", "nothing", "lie", "truth", "future", "damaged")
_SWITCHES = ("a", "b@one", "c@two")

INSTALLS: st.SearchStrategy[Change] = st.builds(
    lambda name, distribution, claims: lambda it: it.install(name, distribution, claims),
    st.sampled_from([*NAMES * 4, "Wrong"]),
    st.sampled_from(_DISTRIBUTIONS),
    st.sampled_from(_CLAIMS),
)
REMOVES: st.SearchStrategy[Change] = st.builds(
    lambda name, distribution: lambda it: it.remove(name, distribution),
    st.sampled_from(NAMES),
    st.sampled_from(_DISTRIBUTIONS),
)
SWITCHES: st.SearchStrategy[Change] = st.builds(
    lambda name, off: lambda it: it.switch(name, off), st.sampled_from(_SWITCHES), st.booleans()
)
BREAKS: st.SearchStrategy[Change] = st.builds(
    lambda name, broken: lambda it: it.break_import(name, broken),
    st.sampled_from(NAMES),
    st.booleans(),
)
CHANGES = st.one_of(INSTALLS, INSTALLS, INSTALLS, REMOVES, SWITCHES, BREAKS)


class Installations(RuleBasedStateMachine):
    """Plugins come, go, break and work, in one process after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.installed: dict[tuple[str, str], Fake] = {}
        self.disabled: set[str] = set()
        self.fails: set[str] = set()
        self.mode = PluginMode.ISOLATE

    def teardown(self) -> None:
        self._folder.cleanup()

    # --- between processes --------------------------------------------------------------

    @initialize(
        claims=st.tuples(*[st.sampled_from(_CLAIMS)] * len(NAMES)),
        changes=st.lists(CHANGES, max_size=3),
    )
    def first_process(self, claims: tuple[str, ...], changes: list[Change]) -> None:
        for name, claim in zip(NAMES, claims, strict=True):
            self.install(name, "one", claim)
        self.new_process(changes, eager=True, is_safe=False)

    @rule(
        changes=st.lists(CHANGES, max_size=3),
        eager=st.sampled_from([True, True, False]),
        is_safe=st.sampled_from([False] * 9 + [True]),
    )
    def new_process(self, changes: list[Change], eager: bool, is_safe: bool) -> None:
        for change in changes:
            change(self)
        self.mode = PluginMode.SAFE if is_safe else PluginMode.ISOLATE
        self.start(eager=eager)

    def install(self, name: str, distribution: str, claims: str) -> None:
        hooks = HOOKS[1:] if claims == "lie" else HOOKS
        api = (2, 0) if claims == "future" else (1, 0)
        uses = tuple(HookUse(name=hook) for hook in hooks)
        claimed = PluginManifest(id=name, api=(api,), hooks=uses)
        self.installed[name, distribution] = Fake(
            id=name,
            distribution=distribution,
            version="1",
            value="m",
            manifest=None if claims in ("nothing", "damaged") else claimed,
            problem="orpheus.toml: no" if claims == "damaged" else "",
            brings=lambda: self.load(name),
        )

    def remove(self, name: str, distribution: str) -> None:
        self.installed.pop((name, distribution), None)

    def switch(self, name: str, off: bool) -> None:
        (self.disabled.add if off else self.disabled.discard)(name)

    def break_import(self, name: str, broken: bool) -> None:
        (self.fails.add if broken else self.fails.discard)(name)

    def start(self, *, eager: bool) -> None:
        self.world = World()
        self.told: dict[tuple[str, str], PluginState] = {}
        self.muted: list[str] = []
        self.lost: list[tuple[str, str]] = []
        self.in_a_row: dict[tuple[str, str], int] = {}
        self.failing: dict[str, set[str]] = {}
        self.off = frozenset(self.disabled)
        self.host = PluginHost(
            index=Shelf([*self.installed.values()]),
            disabled=self.off,
            mode=self.mode,
            known_bad=(BAD,),
            failures=LastFailures(Path(self._folder.name, "failures.json")),
            on_state=self.on_state,
            on_load_failure=self.on_load_failure,
            on_failure=self.on_failure,
            on_muted=self.on_muted,
        )
        self.host.discover(eager=eager)

    # --- in a process -------------------------------------------------------------------

    @rule(broken=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(HOOKS))))
    def break_and_mend(self, broken: set[tuple[str, str]]) -> None:
        self.world.broken = broken

    @rule(hooks=st.permutations(HOOKS), broken=st.booleans())
    def call(self, hooks: list[str], broken: bool) -> None:
        if broken:
            self.world.broken |= {(name, hooks[0]) for name in NAMES}
        for hook in hooks:
            self.call_once(hook)

    @rule(hook=st.sampled_from(HOOKS), times=st.integers(2, 4))
    def call_in_a_row(self, hook: str, times: int) -> None:
        for _ in range(times):
            self.call_once(hook)

    def call_once(self, hook: str) -> None:
        usable = {name for name in NAMES if self.host.usable(name)}
        before = {name: self.host.record(name) for name in usable}
        start = len(self.world.ran)
        CALLS[hook](self.host)
        ran = self.world.ran[start:]
        assert len(ran) == len(set(ran)), "each plugin is called once"
        for name, _ in ran:
            self.count(name, hook)
            assert name in usable
            muted = before[name].state is PluginState.MUTED
            assert not (muted and hook in ADVISORY), "law 6"
        for name in usable - {name for name, _ in ran}:
            is_muted = before[name].state is PluginState.MUTED and hook in ADVISORY
            is_asked = hook in before[name].hooks and not is_muted
            assert not (is_asked and self.host.usable(name)), "whoever can be called is called"

    def count(self, name: str, hook: str) -> None:
        """Keep the book that the host has to agree with."""
        failing = self.failing.setdefault(name, set())
        if (name, hook) in self.world.broken:
            failing.add(hook)
            self.in_a_row[name, hook] = self.in_a_row.get((name, hook), 0) + 1
        else:
            failing.discard(hook)
            self.in_a_row[name, hook] = 0

    @rule(name=st.sampled_from(NAMES), works=st.booleans(), hook=st.sampled_from(HOOKS))
    def use_what_it_brought(self, name: str, works: bool, hook: str) -> None:
        """What a plugin handed over counts as its hook; only what was imported can be used."""
        if self.holder(name) not in _RUNNING or not self.host.usable(name):
            return
        is_muted = self.holder(name) is PluginState.MUTED and hook in ADVISORY

        def work() -> str:
            if not works:
                raise LookupError("broken")
            return "fine"

        result = self.host.guarded(name, hook, work)
        assert (result == "fine") is (works and not is_muted)
        if not is_muted:
            kept = self.world.broken
            self.world.broken = set() if works else {(name, hook)}
            self.count(name, hook)
            self.world.broken = kept

    @precondition(lambda self: self.host.records())
    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([record.id for record in self.host.records()]))
        with contextlib.suppress(PluginUnavailable):
            self.host.activate(name)
            assert self.holder(name) in _RUNNING
            assert self.host.usable(name)
            return
        assert not self.host.usable(name)

    @precondition(lambda self: any(self.host.usable(name) for name in NAMES))
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name in NAMES if self.host.usable(name)]))
        self.host.refuse(name, "it claims what it has not")
        assert self.holder(name) is PluginState.INVALID_MANIFEST, "law 7"

    def holder(self, name: str) -> PluginState | None:
        """The state of the plugin that has the id *name*, if there is one."""
        return next(
            (self.host.record(r.id).state for r in self.host.records() if r.id == name), None
        )

    def load(self, name: str) -> object:
        self.world.loads.append(name)
        if name in self.fails:
            raise ImportError(f"{name} is broken")
        return Plugin(name, self.world)

    # --- what is told -------------------------------------------------------------------

    def on_state(self, record: PluginRecord) -> None:
        key = (record.id, record.distribution)
        before = self.told.get(key, PluginState.INDEXED)
        steps = {to for (start, _), to in TRANSITIONS.items() if start is before}
        assert record.state in steps, f"{before} to {record.state}"
        assert record.state is not before, "only a change is told"
        self.told[key] = record.state

    def on_load_failure(self, failure: LoadFailure) -> None:
        assert (failure.plugin, failure.distribution) not in self.lost, "it is told once"
        self.lost.append((failure.plugin, failure.distribution))

    def on_failure(self, failure: HookFailure) -> None:
        assert failure.plugin in NAMES

    def on_muted(self, failure: HookFailure) -> None:
        assert failure.plugin not in self.muted, "it is told once"
        self.muted.append(failure.plugin)

    # --- the laws -----------------------------------------------------------------------

    @invariant()
    def every_installed_plugin_has_a_record(self) -> None:
        shown = [(record.id, record.distribution) for record in self.host.records()]
        assert len(shown) == len(set(shown))

    @invariant()
    def what_is_told_is_what_is_so(self) -> None:
        for record in self.host.records():
            told = self.told.get((record.id, record.distribution), PluginState.INDEXED)
            assert told is record.state

    @invariant()
    def a_state_that_is_not_good_has_a_reason_and_a_hint(self) -> None:
        for record in self.host.records():
            if record.state not in _QUIET:
                assert record.reason
                assert record.hint
            elif record.state is PluginState.ACTIVE:
                assert not record.reason
            else:
                assert not record.reason or record.reason.startswith("last time: ")

    @invariant()
    def only_the_code_of_a_plugin_that_is_in_has_run(self) -> None:
        """Laws 2 and 3: nothing was imported that was kept out; each at most once."""
        assert len(self.world.loads) == len(set(self.world.loads))
        for name in self.world.loads:
            assert self.holder(name) in {*_RUNNING, PluginState.INVALID_MANIFEST}
        for name, _ in self.world.ran:
            assert name in self.world.loads

    @invariant()
    def what_was_switched_off_is_out(self) -> None:
        """Law 1, and the safe mode."""
        for record in self.host.records():
            names = {record.id, f"{record.id}@{record.distribution}"}
            is_off = bool(names & self.off) or self.mode is PluginMode.SAFE
            assert (record.state is PluginState.DISABLED) is is_off

    @invariant()
    def no_two_plugins_of_one_id_are_in(self) -> None:
        records = self.host.records()
        in_use = [
            record.id for record in records if record.state in _RUNNING and record.loaded_in_s
        ]
        assert len(in_use) == len(set(in_use))

    @invariant()
    def a_lost_plugin_stays_lost(self) -> None:
        """Law 4."""
        for name, distribution in self.lost:
            record = self.host.record(f"{name}@{distribution}")
            assert record.state in {*OUT, PluginState.FAILED}

    @invariant()
    def states_follow_the_failures_of_hooks(self) -> None:
        """Laws 5 and 6."""
        for name, failing in self.failing.items():
            state = self.holder(name)
            if state is PluginState.INVALID_MANIFEST:
                continue
            is_muted = name in self.muted
            again = [hook for hook in ADVISORY if self.in_a_row.get((name, hook), 0) >= 3]
            assert is_muted is bool(again)
            expected = PluginState.FAILED if failing else PluginState.ACTIVE
            assert state is (PluginState.MUTED if is_muted else expected)
            for hook in failing:
                assert hook in self.host.record(name).reason


TestInstallations = Installations.TestCase
TestInstallations.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_a_verb_raises_in_strict_mode_what_the_laws_count_otherwise() -> None:
    """It is for tests: nobody has to look for the failure."""
    world = World(broken={("a", "orpheus_decide")})
    host = PluginHost(mode=PluginMode.STRICT)
    host.register("a", Plugin("a", world))
    with pytest.raises(HookFailed, match="orpheus_decide is broken") as caught:
        host.first("orpheus_decide", str, question=0)
    assert isinstance(caught.value, OrpheusError)
