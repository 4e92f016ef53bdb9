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

    from orpheus_core.brain import (
        Advice,
        Check,
        Decision,
        Event,
        EventSink,
        PluginContext,
        Prediction,
        Question,
        Rule,
        Situation,
    )
    from orpheus_core.delivery import Item, Stage, StageContext, TrackTags
    from orpheus_core.network import OutgoingRequest
    from orpheus_core.plugins import Command, PluginRecord
    from orpheus_core.services import LoginStrategy, SecretBackend, ServiceModule

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

    Asked once, when one of them is first needed; a plugin whose manifest names no service
    that is needed is not asked.
    """
    raise NotImplementedError


@hookspec
def orpheus_login_strategies() -> Sequence[LoginStrategy]:
    """Answer with ways to log in to a service. Verb: collect.

    Asked when a login is needed; of those that a manifest names, only the plugin whose login
    it is.
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

    Asked each time a job graph is built. A stage says what it comes after and before.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def orpheus_run_stage(stage: Stage, item: Item, context: StageContext) -> Item:
    """Run *stage* on *item*. Verb: around.

    Asked for each stage and item. The core's own implementation calls
    ``stage.run(item, context)``; wrappers time, trace or replace it.

    Args:
        stage: the stage that is due.
        item: what it works on: the job, or one of its tracks.
        context: the parts of the application that a stage may use.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def orpheus_send(request: OutgoingRequest) -> requests.Response | None:
    """Answer *request*. Verb: around.

    Asked for each attempt. The core's own implementation sends it. One that answers before
    it (a replay, a cache) keeps it from the network; None passes on. Wrappers trace it.

    Args:
        request: what is about to be sent.
    """
    raise NotImplementedError


@hookspec
def orpheus_event(event: Event) -> None:
    """Observe *event*. Verb: emit.

    Asked for each event, in the thread that published it: be quick. A plugin whose manifest
    names kinds of events is asked for those alone.

    Args:
        event: what happened.
    """


@hookspec
def orpheus_advise(event: Event, situation: Situation) -> Sequence[Advice] | None:
    """Answer with advice on *event*, or None. Verb: collect.

    Asked for each event of warning and above. A plugin whose manifest names kinds of events
    is asked for those alone.

    Args:
        event: what happened.
        situation: what has gone wrong so far in this run, *event* included.
    """


@hookspec(firstresult=True)
def orpheus_decide(question: Question) -> Decision | None:
    """Answer *question*, or None to pass it on. Verb: first.

    Asked by a part before it gives up, and before it does what may be better left. The core's
    own deciders come last (``trylast``), so that a plugin can overrule them. A verdict that does
    not answer the question counts as a failure of the hook.

    Args:
        question: what failed, and what has been tried: a RetryQuestion, LoginQuestion,
            EndpointQuestion, QualityQuestion, ConversionQuestion or QueueQuestion.
    """


@hookspec
def orpheus_rules() -> Sequence[Rule]:
    """Answer with rules: patterns of events, and what to do about them. Verb: collect.

    Asked once for each application, at the first event. A plugin whose manifest names kinds
    of events is asked at the first event of one of them.
    """
    raise NotImplementedError


@hookspec
def orpheus_predict(question: Question) -> Sequence[Prediction]:
    """Answer with what past events let expect for *question*. Verb: collect.

    Asked before each decision. What it says stands in the question that deciders are asked.

    Args:
        question: what is about to be decided.
    """
    raise NotImplementedError


@hookspec
def orpheus_event_sinks() -> Sequence[EventSink]:
    """Answer with sinks that events are kept in. Verb: collect.

    Asked once for each application, when the first event is due to be kept.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def orpheus_file_name(item: Item, values: Mapping[str, str]) -> str | None:
    """Answer with the layout template for *item*, or None. Verb: first.

    Asked for each track before it is put in its place. The core's own answer is
    ``layout.template`` of the settings; what a plugin answers goes through the same parser
    and the same safe names.

    Args:
        item: the track that needs a name.
        values: the template's fields, each with its value for *item*.
    """


@hookspec
def orpheus_tags(tags: TrackTags, item: Item) -> TrackTags | None:
    """Answer with changed *tags*, or None to keep them. Verb: fold.

    Asked for each track before its tags are written.

    Args:
        tags: those of the implementation before; the first gets what the service says.
        item: the track that they are for.
    """


@hookspec
def orpheus_commands() -> Sequence[Command]:
    """Answer with commands for the command line. Verb: collect.

    Asked when a command is typed: only the plugin whose manifest names it, and those without
    a manifest.
    """
    raise NotImplementedError


@hookspec
def orpheus_checks() -> Sequence[Check]:
    """Answer with what ``orpheus doctor`` should look at. Verb: collect.

    Asked each time the doctor is called.
    """
    raise NotImplementedError


@hookspec
def orpheus_add_hookspecs() -> Sequence[object]:
    """Answer with modules or classes that hold hooks of the plugin's own. Verb: collect.

    Asked once, when this plugin is imported. Its hooks are functions that are marked with
    `orpheus_core.hookspec`, named ``orpheus_<id>_...``, and named in the manifest's
    *adds_hooks*; other plugins implement them like any other hook.
    """
    raise NotImplementedError


@hookspec
def orpheus_configure(context: PluginContext) -> None:
    """Take *context*: the plugin's settings, its folder, the events. Verb: emit.

    Asked once for each application, right after the plugin is imported.

    Args:
        context: the plugin's own, of that application.
    """


@hookspec
def orpheus_plugin_state(record: PluginRecord) -> None:
    """Learn that a plugin has come into another state. Verb: emit.

    Asked at each change, of this plugin or of another.

    Args:
        record: that plugin, its new state, and the reason for it.
    """


@hookspec
def orpheus_teardown() -> None:
    """Let go of what the plugin holds: the application closes. Verb: emit.

    Asked once, of plugins that were imported.
    """
