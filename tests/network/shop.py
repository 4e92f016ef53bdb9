"""A service with two hosts that answer the same, in an application on a simulated clock."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.testing import SimClock

FIRST, SECOND = "api.shop.invalid", "localhost"
"""The first is not found; the second is this machine."""


@attrs.frozen
class Found:
    """What the service answers to a search."""

    titles: list[str]


class Shop:
    """A service module whose search asks the first host for ``/search``."""

    def __init__(self, port: int, first: str = FIRST) -> None:
        self._url = f"http://{first}:{port}/search"
        self.info = oc.ServiceInfo(
            id="shop",
            name="Shop",
            kinds=frozenset({oc.MediaKind.ALBUM}),
            features=frozenset({oc.Feature.SEARCH}),
            hosts=(first, SECOND),
            mirrors=((first, SECOND),) if first != SECOND else (),
        )

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        found = client.get(
            self._url, Found, params={"q": query}, headers={"Authorization": "Bearer of-the-shop"}
        )
        ref = oc.MediaRef("shop", kind, "1")
        return [oc.SearchHit(ref=ref, title=title) for title in found.titles]

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        raise oc.ItemNotFound("gone")

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        raise oc.ItemNotFound("gone")

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[oc.ServiceModule]:
        return [self]


@attrs.define(kw_only=True)
class Scene:
    """An application with the shop, and what happened in it."""

    app: oc.Orpheus
    clock: SimClock
    events: list[oc.Event] = attrs.field(factory=list)

    def search(self) -> list[str]:
        return [hit.title for hit in self.app.search("shop", "album", "lanterns & more")]

    def of(self, kind: str) -> list[oc.Event]:
        return [event for event in self.events if event.kind == kind]


def scene(tmp_path: Path, shop: Shop, **config: Mapping[str, object]) -> Scene:
    """Open an application with the core's own plugins and the shop, and nothing else."""
    clock = SimClock()
    app = oc.Orpheus(
        home=tmp_path,
        config=config,
        plugins={"shop": shop},
        discover=False,
        clock=clock,
        rng=random.Random(1),
    )
    made = Scene(app=app, clock=clock)
    app.brain.events.subscribe(made.events.append)
    return made


def without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no resolver know the first host, whatever this machine's says."""
    look_up: Callable[..., object] = socket.getaddrinfo

    def asked(name: str, *more: object, **options: object) -> object:
        if name == FIRST:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return look_up(name, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
