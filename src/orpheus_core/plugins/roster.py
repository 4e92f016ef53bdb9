"""Every plugin of a host with its record; the one place where a plugin's state changes."""

from __future__ import annotations

import collections
import difflib
import threading
from collections.abc import Callable

import attrs

from orpheus_core.errors import UnknownPlugin
from orpheus_core.plugins.contributions import HookUse
from orpheus_core.plugins.discovery import normalised
from orpheus_core.plugins.implementations import Implementation
from orpheus_core.plugins.index import FoundPlugin
from orpheus_core.plugins.records import PluginRecord
from orpheus_core.plugins.states import OUT, Happening, PluginState, after

_LONGEST_BACKLOG = 10_000

Place = tuple[int, int, str]
"""Where a plugin stands among others when hooks are called."""


@attrs.define(eq=False, kw_only=True)
class Member:
    """A plugin that was admitted. Whatever changes in it changes under the roster's lock.

    Attributes:
        load: imports it.
        place: where it stands among others when hooks are called.
        uses: the hooks that it implements: as its manifest says, else as its code does.
        functions: its implementations, one for each of *uses*; None until it is imported.
        is_ready: it is imported and configured.
        is_lost: its import or its registration failed.
        failing: in words, what is wrong with each hook whose last call failed.
        in_a_row: how often each advisory hook failed since it last worked.
        plugin: the object itself.
        unfit: hooks that its functions turned out not to fit.
        untold: changes of its state that wait to be told; None: they are told at once.
        backlog: what it is to be told of once it is ready, the latest where it is too much.
    """

    record: PluginRecord
    load: Callable[[], object]
    place: Place
    found: FoundPlugin | None = None
    uses: tuple[HookUse, ...] = ()
    functions: tuple[Implementation, ...] | None = None
    plugin: object = None
    is_ready: bool = False
    is_lost: bool = False
    failing: dict[str, str] = attrs.field(factory=dict)
    in_a_row: collections.Counter[str] = attrs.field(factory=collections.Counter)
    unfit: frozenset[str] = frozenset()
    untold: list[PluginRecord] | None = None
    backlog: collections.deque[Callable[[], object]] = attrs.field(
        factory=lambda: collections.deque(maxlen=_LONGEST_BACKLOG)
    )

    @property
    def id(self) -> str:
        """The plugin's id."""
        return self.record.id

    @property
    def state(self) -> PluginState:
        """Where it stands."""
        return self.record.state

    @property
    def report_to(self) -> str:
        """Where its author takes reports; empty when that is not known."""
        return self.found.report_to if self.found is not None else ""

    @property
    def is_usable(self) -> bool:
        """Whether its hooks may be called, be it after an import."""
        is_in = self.state not in OUT and self.state is not PluginState.INDEXED
        return is_in and not self.is_lost


class Roster:
    """Holds the members, and the records of the plugins that were turned away.

    Args:
        on_state: told of every change of a state, one at a time and in their order, never
            under a lock.
    """

    def __init__(self, on_state: Callable[[PluginRecord], None]) -> None:
        self._on_state = on_state
        self.lock = threading.RLock()
        self.members: dict[str, Member] = {}
        self._turned_away: list[PluginRecord] = []
        self._untold: collections.deque[PluginRecord] = collections.deque()
        self._teller: int | None = None

    # --- who is there -------------------------------------------------------------------

    def records(self) -> list[PluginRecord]:
        """Every plugin with its state: built-ins first, then by id and distribution."""
        with self.lock:
            records = [member.record for member in self.members.values()] + self._turned_away
        return sorted(records, key=lambda each: (not each.builtin, each.id, each.distribution))

    def record(self, name: str) -> PluginRecord:
        """Return the record of the plugin *name*: an id, or ID@DISTRIBUTION.

        Raises:
            UnknownPlugin: there is none.
        """
        wanted, _, distribution = name.partition("@")
        records = self.records()
        found = [record for record in records if _is_called(record, wanted, distribution)]
        if not found:
            near = difflib.get_close_matches(wanted, {record.id for record in records}, n=1)
            raise UnknownPlugin(
                f"there is no plugin {name!r}",
                next_step=f"did you mean {near[0]}?" if near else "",
            )
        holder = self.members.get(wanted)
        return holder.record if holder is not None and holder.record in found else found[0]

    def member(self, name: str) -> Member:
        """Return the member with the id *name*.

        Raises:
            UnknownPlugin: no plugin of that id was admitted.
        """
        try:
            return self.members[name]
        except KeyError:
            raise UnknownPlugin(f"there is no plugin {name!r} that could be called") from None

    def add(self, member: Member) -> None:
        """Admit *member*."""
        with self.lock:
            self.members[member.id] = member

    def turn_away(
        self, record: PluginRecord, happening: Happening, reason: str, hint: str
    ) -> PluginRecord:
        """Keep the record of a plugin that is not admitted, and return it as it is now."""
        state = after(record.state, happening)
        record = attrs.evolve(record, state=state, reason=reason, hint=hint)
        with self.lock:
            self._turned_away.append(record)
            self._untold.append(record)
        self.tell()
        return record

    # --- states -------------------------------------------------------------------------

    def change(
        self, member: Member, happening: Happening, *, reason: str = "", hint: str = ""
    ) -> None:
        """Put *member* into the state that *happening* leads to. `tell` has to follow."""
        with self.lock:
            before = member.state
            member.record = attrs.evolve(
                member.record, state=after(before, happening), reason=reason, hint=hint
            )
            if member.state is not before:
                (self._untold if member.untold is None else member.untold).append(member.record)

    def hold(self, member: Member) -> None:
        """Let the changes of *member* wait until `release`."""
        with self.lock:
            member.untold = []

    def release(self, member: Member) -> None:
        """Tell the changes of *member* that have waited."""
        with self.lock:
            self._untold.extend(member.untold or ())
            member.untold = None
        self.tell()

    def tell(self) -> None:
        """Tell the changes that were not told yet, unless another call is doing that."""
        while True:
            with self.lock:
                if self._teller is not None or not self._untold:
                    return
                record = self._untold.popleft()
                self._teller = threading.get_ident()
            try:
                self._on_state(record)
            finally:
                self._teller = None

    @property
    def is_telling(self) -> bool:
        """Whether this thread is at work for somebody who is being told of a change."""
        return self._teller == threading.get_ident()


def _is_called(record: PluginRecord, name: str, distribution: str) -> bool:
    if record.id != name:
        return False
    return not distribution or normalised(record.distribution) == normalised(distribution)
