"""The registry: whose a link is, and what a service can."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import orpheus_core as oc
from orpheus_core.plugins import PluginHost
from orpheus_core.services import ServiceRegistry, ShortLink


class Module:
    def __init__(self, name: str = "tunes", host: str = "www.tunes.example") -> None:
        self.info = oc.ServiceInfo(
            id=name,
            name=name.title(),
            kinds=frozenset({oc.MediaKind.ALBUM, oc.MediaKind.TRACK}),
            features=frozenset({oc.Feature.LYRICS, oc.Feature.SEARCH}),
            hosts=(host,),
            links=(
                oc.LinkPattern(host=host, path="/album/{id}", kind=oc.MediaKind.ALBUM),
                oc.LinkPattern(host=host, path="/track/{id}", kind=oc.MediaKind.TRACK),
                oc.LinkPattern(host=f"s.{host}", path="/{id}", redirect=True),
            ),
        )
        self.answer: object = None

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value] # wrong on purpose

    def file(self, client: object, track: object, wish: object) -> oc.MediaFile:
        raise oc.ItemNotFound("gone")

    def search(self, client: object, kind: object, query: str, limit: int) -> Sequence[object]:
        ref = oc.MediaRef("tunes", oc.MediaKind.ALBUM, "1")
        return [oc.SearchHit(ref=ref, title=query)] * (limit + 5)


class Brings:
    def __init__(self, *modules: object) -> None:
        self.modules = modules

    @oc.hookimpl
    def orpheus_modules(self) -> list[object]:
        return list(self.modules)


def registry_of(*modules: object) -> ServiceRegistry:
    host = PluginHost()
    host.register("brings", Brings(*modules))
    return ServiceRegistry(host, lambda service: None)


def test_a_link_leads_to_service_kind_and_id() -> None:
    """So does SERVICE:KIND:ID."""
    registry = registry_of(Module())
    ref = oc.MediaRef("tunes", oc.MediaKind.ALBUM, "7")
    assert registry.read("https://www.tunes.example/album/7?x=1") == ref
    assert registry.read("www.tunes.example/album/7") == ref
    assert registry.read("tunes:album:7") == ref
    assert registry.read("tunes:albums:7") == ref


def test_a_short_link_is_told_apart() -> None:
    """Its target is known only after asking."""
    found = registry_of(Module()).read("https://s.www.tunes.example/abc")
    assert found == ShortLink("tunes", "https://s.www.tunes.example/abc")


def test_a_host_that_nobody_claims_is_named() -> None:
    """With what is installed, and exit status 10."""
    with pytest.raises(oc.NoService, match="no installed plugin handles other.example") as caught:
        registry_of(Module()).read("https://other.example/album/7")
    assert caught.value.exit_status is oc.ExitStatus.PLUGIN
    assert "tunes" in caught.value.why


def test_a_wrong_path_suggests_the_nearest_form() -> None:
    """`maybe`: the person decides whether that is what was meant."""
    with pytest.raises(oc.NotMusic) as caught:
        registry_of(Module()).read("https://www.tunes.example/ablum/7")
    assert "'ablum'" in caught.value.why
    assert "https://www.tunes.example/album/7" in caught.value.next_step
    assert caught.value.exit_status is oc.ExitStatus.USAGE


def test_a_path_like_nothing_known_names_the_forms() -> None:
    """And where to read about them."""
    with pytest.raises(oc.NotMusic) as caught:
        registry_of(Module()).read("https://www.tunes.example/about/us")
    assert "album, track" in caught.value.why
    assert "orpheus service info tunes" in caught.value.next_step


def test_text_that_is_neither_link_nor_reference_is_refused() -> None:
    """A word alone means nothing."""
    with pytest.raises(oc.InvalidUrl):
        registry_of(Module()).read("discovery")


def test_an_unknown_service_suggests_the_nearest() -> None:
    """Both by name and in a reference."""
    registry = registry_of(Module())
    for ask in (lambda: registry.get_service("tune"), lambda: registry.read("tune:album:7")):
        with pytest.raises(oc.NoService) as caught:
            ask()
        assert "did you mean tunes?" in caught.value.next_step


@pytest.mark.parametrize(
    ("word", "supported"),
    [("albums", True), ("album", True), (oc.MediaKind.TRACK, True), ("playlists", False),
     ("lyrics", True), ("covers", False), ("cover", False), (oc.Feature.SEARCH, True)],
)  # fmt: skip
def test_supports_takes_kinds_and_features_in_every_form(word: str, supported: bool) -> None:
    """Singular, plural, enum."""
    assert registry_of(Module()).get_service("tunes").supports(word) is supported


def test_supports_suggests_for_an_unknown_word() -> None:
    """A wrong word is an error, not a no."""
    with pytest.raises(oc.UnknownWord) as caught:
        registry_of(Module()).get_service("tunes").supports("lyrcs")
    assert caught.value.next_step == "did you mean lyrics?"


class NoClient:
    service = "tunes"


def test_a_module_that_fails_is_named_with_its_plugin() -> None:
    """Our own errors pass; any other exception is the plugin's defect."""
    module = Module()
    service = registry_of(module).get_service("tunes")
    ref = oc.MediaRef("tunes", oc.MediaKind.ALBUM, "7")
    client: object = NoClient()
    module.answer = KeyError("tracks")
    with pytest.raises(oc.HookFailed, match="plugin brings failed at resolve") as caught:
        service.resolve(client, ref)  # type: ignore[arg-type] # never used
    assert caught.value.why == "KeyError: 'tracks'"
    module.answer = {"title": "a dict is no release"}
    with pytest.raises(oc.HookFailed) as caught:
        service.resolve(client, ref)  # type: ignore[arg-type] # never used
    assert caught.value.why == "it answered with dict"
    module.answer = oc.ItemNotFound("gone")
    with pytest.raises(oc.ItemNotFound):
        service.resolve(client, ref)  # type: ignore[arg-type] # never used


def test_search_is_bounded_and_only_where_offered() -> None:
    """A module that answers with more is cut; a kind without search is an error."""
    service = registry_of(Module()).get_service("tunes")
    client: object = NoClient()
    assert len(service.search(client, oc.MediaKind.ALBUM, "x", 3)) == 3  # type: ignore[arg-type]
    with pytest.raises(oc.UnknownWord):
        service.search(client, oc.MediaKind.PLAYLIST, "x", 3)  # type: ignore[arg-type]


def test_a_plugin_whose_hook_raises_leaves_the_other_services() -> None:
    """One bad plugin harms only itself."""

    class Broken:
        @oc.hookimpl
        def orpheus_modules(self) -> list[object]:
            raise RuntimeError("broken on purpose")

    host = PluginHost()
    host.register("good", Brings(Module()))
    host.register("bad", Broken())
    registry = ServiceRegistry(host, lambda service: None)
    assert [service.info.id for service in registry.services()] == ["tunes"]
    bad = next(record for record in host.records() if record.id == "bad")
    assert bad.reason == "orpheus_modules raised RuntimeError: broken on purpose"
