"""Samples: what a plugin is tried on. Its author writes them, with fictional data.

A manifest names them: ``sample = "package.sample:SAMPLE"``, one sample or a tuple of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs

from orpheus_core.brain import Event
from orpheus_core.delivery import Item
from orpheus_core.music import MediaKind, MediaRef, QualityWish
from orpheus_core.network import OutgoingRequest
from orpheus_core.services import SecretBackend

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
"""What the clock shows when a flow begins, unless the sample says otherwise."""


@attrs.frozen(kw_only=True)
class Reply:
    """An answer that is more than a body with status 200: a redirect, an error.

    *body* is bytes as they are, or anything that JSON can hold.
    """

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: object = b""


Answerer = Callable[[OutgoingRequest], object]
"""Returns the answer to a request: a `Reply`, bytes, or JSON; None when it has none."""

Answers = Mapping[str, object] | Answerer
"""What a service answers: by link, or by a function.

A key is a link, or a method and a link (``POST https://...``). Of a request's query it needs
to name only what tells one answer from another; the key that names most wins.
"""

Story = Event | tuple[Event, ...]
"""An event, or several that only mean something together, in their order."""

ItemMaker = Callable[[Path], Sequence[Item]]
"""Makes items for a stage, with their files, in a folder that is empty."""


@attrs.frozen(kw_only=True)
class ServiceSample:
    """What a service module is tried on.

    Attributes:
        answers: what the service would answer. No request reaches a network.
        service: which of the plugin's services it is for; needed when there are several.
        links: at least one of each form, with what it leads to.
        resolves: at least one item of each kind.
        downloads: tracks and wishes, at least one for each quality that the service offers.
        searches: kinds and queries, each of which finds something.
        unknown: items that the service says it does not have.
        credentials: values for the service's fields. Those of secret fields are only a model:
            the kit puts others of the same form in their place, and looks where they turn up.
        at: what the clock shows.
    """

    answers: Answers = attrs.field(factory=dict)
    service: str = ""
    links: Mapping[str, MediaRef] = attrs.field(factory=dict)
    resolves: tuple[MediaRef, ...] = ()
    downloads: tuple[tuple[MediaRef, QualityWish], ...] = ()
    searches: tuple[tuple[MediaKind, str], ...] = ()
    unknown: tuple[MediaRef, ...] = ()
    credentials: Mapping[str, str] = attrs.field(factory=dict)
    at: datetime.datetime = NOON


@attrs.frozen(kw_only=True)
class LoginSample:
    """What a login strategy is tried on.

    Attributes:
        answers: what the service answers to *credentials*.
        credentials: a value for each field of the strategy. Those of secret fields are only a
            model, as in `ServiceSample`.
        wrong_credentials: values that the service does not accept.
        wrong_answers: what it answers to those; *answers*, when that tells them apart itself.
        service, strategy: which one it is for; needed when the plugin brings several.
        stored: what is stored for the service before: the address of a person's own server.
        at: what the clock shows.
    """

    answers: Answers = attrs.field(factory=dict)
    credentials: Mapping[str, str]
    wrong_credentials: Mapping[str, str]
    wrong_answers: Answers | None = None
    service: str = ""
    strategy: str = ""
    stored: Mapping[str, str] = attrs.field(factory=dict)
    at: datetime.datetime = NOON


@attrs.frozen(kw_only=True)
class AdvisorSample:
    """What an advisor is tried on; `orpheus_core.testing.sample_event` makes events.

    Attributes:
        advised: for each of them it has advice.
        silent: for each of them it has none.
    """

    advised: tuple[Story, ...]
    silent: tuple[Story, ...]


@attrs.frozen(kw_only=True)
class StageSample:
    """What a stage is tried on.

    Attributes:
        items: makes them; `orpheus_core.testing.track_item` and `job_item` help. None: one of
            these, by the stage's scope.
        stage: which of the plugin's stages it is for; needed when there are several.
        answers: what is answered when the stage asks a service or another host.
        credentials: values by service and field, as in ``{"sandbox": {"token": "..."}}``.
        at: what the clock shows.
    """

    items: ItemMaker | None = None
    stage: str = ""
    answers: Answers = attrs.field(factory=dict)
    credentials: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    at: datetime.datetime = NOON


@attrs.frozen(kw_only=True)
class SecretBackendSample:
    """What a secret backend is tried on.

    Attributes:
        make: makes one whose files, if it has any, lie in the folder it is given.
        backend: which of the plugin's backends it is for; needed when there are several.
        holds: what one that cannot be written to has: values by service and field.
        writable: whether it takes new values.
        lasting: whether another one made for the same folder knows what the first was told.
        plain: whether it writes values down as they are. Then nobody else may read its files.
    """

    make: Callable[[Path], SecretBackend]
    backend: str = ""
    holds: Mapping[tuple[str, str], str] = attrs.field(factory=dict)
    writable: bool = True
    lasting: bool = True
    plain: bool = False


Sample = ServiceSample | LoginSample | AdvisorSample | StageSample | SecretBackendSample
