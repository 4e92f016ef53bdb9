"""Every hook: the whole extension surface in one file.

A plugin is a module or an object with functions of these names, marked with
``orpheus_core.hookimpl``, and one line of metadata::

    [project.entry-points."orpheus.plugins"]
    name = "package.module"

An implementation is a plain function (no ``async``; a ``yield`` only in a wrapper) that may
take any subset of the arguments. How the answers are put together is the hook's verb:
*collect* takes all of them, *first* the first that is not None, *fold* hands a value from one
to the next, *around* lets wrappers (``hookimpl(wrapper=True)``, a generator that ends with
``return (yield)``) stand around the core's own work, *emit* expects none.
A hook that raises costs only its own answer; the event log names plugin and hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import requests

    from orpheus_core.brain import Advice, Decision, Event, Question, Situation
    from orpheus_core.delivery import Item, Stage, StageContext, TrackTags
    from orpheus_core.network import OutgoingRequest
    from orpheus_core.services import SecretBackend, ServiceModule

PROJECT = "orpheus"
"""The name that pluggy's markers carry."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function as the implementation of the hook that it is named after."""

AROUND = frozenset({"orpheus_run_stage", "orpheus_send"})
"""The hooks that take wrappers."""


@hookspec
def orpheus_modules() -> Sequence[ServiceModule]:
    """Answer with the service modules that this plugin brings. Verb: collect.

    Asked once, when a service is first needed.
    """
    raise NotImplementedError


@hookspec
def orpheus_secret_backends() -> Sequence[SecretBackend]:
    """Answer with places that secrets are read from. Verb: collect.

    Asked once; backends are tried by their `priority`, highest first.
    """
    raise NotImplementedError


@hookspec
def orpheus_stages() -> Sequence[Stage]:
    """Answer with pipeline stages. Verb: collect.

    Asked when a job graph is built. A stage says what it comes after and before.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def orpheus_run_stage(stage: Stage, item: Item, context: StageContext) -> Item:
    """Run *stage* on *item*. Verb: around.

    The core's own implementation calls ``stage.run(item, context)``; wrappers time,
    trace or replace it.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def orpheus_send(request: OutgoingRequest) -> requests.Response | None:
    """Answer *request*. Verb: around.

    The core's own implementation sends it. One that answers before it (a replay, a cache)
    keeps it from the network; None passes on. Wrappers trace it.
    """
    raise NotImplementedError


@hookspec
def orpheus_event(event: Event) -> None:
    """Observe *event*. Verb: emit.

    Called in the thread that published it: be quick, and never raise.
    """


@hookspec
def orpheus_advise(event: Event, situation: Situation) -> Sequence[Advice] | None:
    """Answer with advice on *event*, or None. Verb: collect.

    Asked for each event of warning and above.
    """


@hookspec(firstresult=True)
def orpheus_decide(question: Question) -> Decision | None:
    """Answer *question*, or None to pass it on. Verb: first.

    The core's own deciders come last (``trylast``), so that a plugin can overrule them.
    """


@hookspec(firstresult=True)
def orpheus_file_name(item: Item, values: Mapping[str, str]) -> str | None:
    """Answer with the layout template for *item*, or None. Verb: first.

    *values* are the template's fields. The core's own answer is ``layout.template`` of the
    settings; what a plugin answers goes through the same parser and the same safe names.
    """


@hookspec
def orpheus_tags(tags: TrackTags, item: Item) -> TrackTags | None:
    """Answer with changed tags, or None to keep them. Verb: fold."""


@hookspec
def orpheus_teardown() -> None:
    """Let go of what the plugin holds: the application closes. Verb: emit."""
