"""The registry: whose a link is, and what a service can."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Sequence

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import EventBus, faults_of
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.services import ServiceRegistry, ShortLink
from orpheus_core.testing import SimClock


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
    with pytest.raises(oc.NoService, match=r"no installed plugin handles other\.example") as caught:
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


class NoInfo(Module):
    @property
    def info(self) -> oc.ServiceInfo:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value] # wrong on purpose

    def __init__(self, answer: object) -> None:
        self.answer = answer


@pytest.mark.parametrize(
    "wrong", [RuntimeError("not now"), oc.LoginNeeded("no"), SystemExit(1), {"id": "tunes"}, None]
)
def test_a_module_without_information_costs_only_itself(wrong: object) -> None:
    """It is named, and every other service is there: also when asked again."""
    host = PluginHost()
    host.register("good", Brings(Module()))
    host.register("bad", Brings(NoInfo(wrong)))
    registry = ServiceRegistry(host, lambda service: None)
    for _ in range(2):
        assert [service.info.id for service in registry.services()] == ["tunes"]
    bad = next(record for record in host.records() if record.id == "bad")
    assert bad.reason.startswith("orpheus_modules raised ")


def test_a_service_that_cannot_be_admitted_costs_only_itself() -> None:
    """Limits that nobody could keep, say."""

    def admit(service: oc.Service) -> None:
        if service.info.id == "other":
            raise ValueError("no such limit")

    host = PluginHost()
    host.register("a", Brings(Module()))
    host.register("b", Brings(Module("other")))
    registry = ServiceRegistry(host, admit)
    assert [service.info.id for service in registry.services()] == ["tunes"]


def test_a_second_plugin_that_brings_the_same_service_is_named() -> None:
    """It would be given the credentials of the first: not silently, and not at all."""
    host = PluginHost()
    host.register("late", Brings(Module()))
    host.register("first", Brings(Module()))
    registry = ServiceRegistry(host, lambda service: None)
    assert registry.get_service("tunes").plugin == "first"
    late = next(record for record in host.records() if record.id == "late")
    assert "plugin first brings a service tunes already" in late.reason


def test_ctrl_c_while_services_are_asked_for_leaves_no_half_list() -> None:
    """Asked again, they are all there."""
    ask = [KeyboardInterrupt(), None]

    def admit(service: oc.Service) -> None:
        if (error := ask.pop(0)) is not None:
            raise error

    host = PluginHost()
    host.register("brings", Brings(Module()))
    registry = ServiceRegistry(host, admit)
    with pytest.raises(KeyboardInterrupt):
        registry.services()
    assert [service.info.id for service in registry.services()] == ["tunes"]


def test_each_service_is_told_once_as_soon_as_it_can_be_used() -> None:
    """Whoever is told may use it at once, from any thread."""
    host = PluginHost()
    host.register("brings", Brings(Module(), Module("other", "other.example")))
    events = EventBus(SimClock(), Redactor())
    registry = ServiceRegistry(host, lambda service: None, events=events)
    seen: list[oc.Event] = []
    usable: list[str] = []

    def look(event: oc.Event) -> None:
        seen.append(event)
        thread = threading.Thread(
            target=lambda: usable.append(registry.get_service(str(event.service)).info.id)
        )
        thread.start()
        thread.join(20)

    events.subscribe(look)
    for _ in range(2):
        registry.services()

    assert faults_of(seen) == []
    assert [(event.kind, event.service, event.plugin) for event in seen] == [
        ("service.registered", "tunes", "brings"),
        ("service.registered", "other", "brings"),
    ]
    assert [dict(event.data) for event in seen] == [{"name": "Tunes"}, {"name": "Other"}]
    assert usable == ["tunes", "other"]


def test_a_service_that_was_not_admitted_is_not_told() -> None:
    """Nobody can use it."""

    def admit(service: oc.Service) -> None:
        if service.info.id == "tunes":
            raise ValueError("no such limit")

    host = PluginHost()
    host.register("brings", Brings(Module(), Module("other", "other.example")))
    events = EventBus(SimClock(), Redactor())
    seen: list[oc.Event] = []
    events.subscribe(seen.append)
    ServiceRegistry(host, admit, events=events).services()
    assert [event.service for event in seen] == ["other"]


def test_information_is_asked_for_once() -> None:
    """What was declared to the network stays what the registry goes by."""
    module = Module()
    service = registry_of(module).get_service("tunes")
    module.info = Module("other").info
    assert service.info.id == "tunes"


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "My Service"},
        {"id": "a:b"},
        {"id": ""},
        {"id": 3},
        {"hosts": "api.tunes.example"},
        {"hosts": (1,)},
        {"links": oc.LinkPattern(host="a.example", path="/{id}")},
    ],
)
def test_information_that_nobody_could_use_is_refused_where_it_is_written(
    wrong: dict[str, object],
) -> None:
    """An id that no reference could hold; a tuple without its comma."""
    with pytest.raises((TypeError, ValueError)):
        attrs.evolve(Module().info, **wrong)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize("ident", ["a/b", "https://x.example/7", "a:b", "7?x=1", "ä.b"])
def test_a_reference_with_any_id_can_be_given_back(ident: str) -> None:
    """What a report names with `str` is what `download` takes."""
    ref = oc.MediaRef("tunes", oc.MediaKind.ALBUM, ident)
    assert registry_of(Module()).read(str(ref)) == ref


def test_spaces_around_a_link_or_reference_do_not_count() -> None:
    """As they come from a file or the clipboard."""
    registry = registry_of(Module())
    ref = oc.MediaRef("tunes", oc.MediaKind.ALBUM, "7")
    assert registry.read(" tunes:album:7\n") == ref
    assert registry.read("\thttps://www.tunes.example/album/7 ") == ref


@pytest.mark.parametrize(
    ("link", "meant"),
    [
        ("https://albun.example/albun/7?token=secret#x", "https://albun.example/album/7"),
        ("https://me:password@albun.example/albun/7", "https://albun.example/album/7"),
        ("https://albun.example/%61lbun/7", "https://albun.example/album/7"),
        ("https://albun.example/albun/$(id)", "https://albun.example/album/%24%28id%29"),
        ("https://albun.example/albun/7';id;'", "https://albun.example/album/7%27%3Bid%3B%27"),
    ],
)
def test_a_suggested_command_leads_to_the_same_host_and_can_be_pasted(
    link: str, meant: str
) -> None:
    """Only the word of the path changes; nothing of the link commands a shell."""
    with pytest.raises(oc.NotMusic) as caught:
        registry_of(Module(host="albun.example")).read(link)
    assert caught.value.next_step.startswith(f"orpheus download {meant}     if")


def test_a_host_of_short_links_alone_has_no_words_to_name() -> None:
    """The message is a sentence all the same."""
    with pytest.raises(oc.NotMusic) as caught:
        registry_of(Module()).read("https://s.www.tunes.example/a/b")
    assert caught.value.why == "its path has another form than those I know"


@pytest.mark.parametrize("hits", ["a text", [{"title": "a dict"}], None, 3, [None]], ids=str)
def test_hits_of_the_wrong_type_are_the_plugins_failure(
    hits: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not somebody else's, further on."""
    module = Module()
    monkeypatch.setattr(module, "search", lambda *_: hits)
    client: object = NoClient()
    with pytest.raises(oc.HookFailed, match="plugin brings failed at search"):
        registry_of(module).get_service("tunes").search(
            client,  # type: ignore[arg-type] # never used
            oc.MediaKind.ALBUM,
            "x",
            3,
        )


def test_a_search_for_less_than_one_is_refused() -> None:
    """-1 would leave the last one out, and say nothing."""
    service = registry_of(Module()).get_service("tunes")
    client: object = NoClient()
    for limit in (0, -1):
        with pytest.raises(oc.WrongArguments):
            service.search(client, oc.MediaKind.ALBUM, "x", limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit()])
def test_a_module_that_exits_has_failed(error: BaseException) -> None:
    """And does not end the program."""
    module = Module()
    service = registry_of(module).get_service("tunes")

    def exits(*_: object) -> oc.Media:
        raise error

    module.resolve = exits  # type: ignore[method-assign]
    ref = oc.MediaRef("tunes", oc.MediaKind.ALBUM, "7")
    client: object = NoClient()
    with pytest.raises(oc.HookFailed) as caught:
        service.resolve(client, ref)  # type: ignore[arg-type] # never used
    assert type(error).__name__ in caught.value.why


def test_a_media_file_shows_no_credential() -> None:
    """Signed links and headers are as good as a login."""
    file = oc.MediaFile(
        url="https://cdn.example/1.flac?hmac=very-secret",
        format=oc.AudioFormat(codec=oc.Codec.FLAC),
        headers={"Authorization": "very-secret"},
    )
    assert "very-secret" not in repr(file)
    assert "https://cdn.example/1.flac" in repr(file)


def test_services_are_asked_for_once_however_many_threads_want_them() -> None:
    """The first asks; the others wait for what it finds."""
    admitted: list[str] = []
    gate = threading.Barrier(8)
    host = PluginHost()
    host.register("brings", Brings(Module()))
    registry = ServiceRegistry(host, lambda service: admitted.append(service.info.id))

    def ask() -> list[str]:
        gate.wait()
        return [service.info.id for service in registry.services()]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
    assert [future.result() for future in asked] == [["tunes"]] * 8
    assert admitted == ["tunes"]


def test_a_field_is_secret_unless_its_service_says_no() -> None:
    """Also a field, or a service, that nobody knows."""
    module = Module()
    fields = (
        oc.CredentialField(name="url", label="address", secret=False),
        oc.CredentialField(name="token", label="token"),
    )
    module.info = attrs.evolve(module.info, credentials=fields)
    registry = registry_of(module)
    asked = [("tunes", "url"), ("tunes", "token"), ("tunes", "other"), ("nobody", "url")]
    assert [registry.is_secret(*each) for each in asked] == [False, True, True, True]
