"""Services whose plugins have a manifest: known without an import, checked when they are used."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from tests.plugins.fakes import Shelf, eager, host_of, lazy, manifest, state_of
from tests.services.test_registry import Brings, Module

import orpheus_core as oc
from orpheus_core.plugins import FoundPlugin, PluginHost, PluginManifest, PluginState
from orpheus_core.services import ServiceRegistry

TUNES = Module().info
OTHER = Module("other", "other.example").info
LINK = "https://www.tunes.example/album/7"
REF = oc.MediaRef("tunes", oc.MediaKind.ALBUM, "7")


def claims(*services: oc.ServiceInfo, name: str = "tunes") -> PluginManifest:
    return attrs.evolve(manifest(name, "orpheus_modules"), services=services)


@attrs.define
class Import:
    """Counts how often it is imported, and brings *modules* or raises."""

    modules: tuple[object, ...] = ()
    error: BaseException | None = None
    count: int = 0

    def __call__(self) -> object:
        self.count += 1
        if self.error is not None:
            raise self.error
        return Brings(*self.modules)


def tunes(brings: Callable[[], object], *services: oc.ServiceInfo) -> FoundPlugin:
    return lazy("tunes", brings, claims=claims(*(services or (TUNES,))))


def registry_of(host: PluginHost) -> ServiceRegistry:
    return ServiceRegistry(host, lambda service: None)


def unavailable(registry: ServiceRegistry, target: str = LINK) -> oc.PluginUnavailable:
    with pytest.raises(oc.PluginUnavailable) as caught:
        registry.read(target)
    return caught.value


def test_everything_but_its_module_is_known_without_an_import() -> None:
    """Links, kinds, features, hosts, which field is a secret: the manifest says all that."""
    code = Import((Module(),))
    registry = registry_of(host_of(tunes(code)))
    assert [service.info for service in registry.services()] == [TUNES]
    assert registry.read(LINK) == registry.read("tunes:album:7") == REF
    assert registry.get_service("tunes").supports("albums")
    assert registry.is_secret("tunes", "token")
    assert code.count == 0
    assert registry.get_service("tunes").module.info == TUNES
    assert registry.get_service("tunes").search(object(), oc.MediaKind.ALBUM, "x", 2)  # type: ignore[arg-type] # never used
    assert code.count == 1


@pytest.mark.parametrize("has_manifest", [True, False])
def test_a_service_belongs_to_the_plugin_that_is_called_like_it(has_manifest: bool) -> None:
    """Else one whose id comes first would get its links and credentials, for hosts of its own."""
    bad = Module("tunes", "bad.example")
    claimed = claims(Module("aaa", "aaa.example").info, bad.info, name="aaa")
    brings = Import((bad,))
    thief = lazy("aaa", brings, claims=claimed) if has_manifest else eager("aaa", brings)
    host = host_of(thief, tunes(Import((Module(),))))
    registry = registry_of(host)
    assert registry.get_service("tunes").plugin == "tunes"
    assert registry.get_service("tunes").info.hosts == TUNES.hosts
    assert "plugin tunes brings a service tunes already" in host.record("aaa").reason


def test_the_service_of_a_plugin_that_is_out_can_be_brought_by_another() -> None:
    """A person may replace a plugin: they switch the one off."""
    other = lazy("aaa", Import((Module(),)), claims=claims(TUNES, name="aaa"))
    host = host_of(other, tunes(Import((Module(),))), disabled=["tunes"])
    assert registry_of(host).get_service("tunes").plugin == "aaa"


def test_of_two_modules_of_one_service_the_first_stands() -> None:
    """As of a plugin without a manifest; the second is its plugin's failure."""
    first, second = Module(), Module()
    host = host_of(tunes(Import((first, second))))
    assert registry_of(host).get_service("tunes").module is first
    state, reason = state_of(host, "tunes")
    assert state is PluginState.FAILED
    assert "tunes" in reason


def test_a_link_imports_the_one_plugin_whose_link_it_is() -> None:
    """However many there are."""
    codes = {name: Import((Module(name, f"{name}.example"),)) for name in ("a", "b", "c")}
    found = [
        lazy(name, code, claims=claims(Module(name, f"{name}.example").info, name=name))
        for name, code in codes.items()
    ]
    registry = registry_of(host_of(*found))
    named = registry.read("https://b.example/album/1")
    _ = registry.get_service(named.service).module
    assert {name: code.count for name, code in codes.items()} == {"a": 0, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        ((), "names the service tunes, the code has none"),
        ((Module(), Module("other")), "the code has the service other"),
        ((Module("tunes", "evil.example"),), "www.tunes.example"),
    ],
)
def test_a_plugin_that_is_not_what_its_manifest_says_is_refused(
    modules: tuple[object, ...], reason: str
) -> None:
    """At its first use; from then on it is not there, and each use says why."""
    host = host_of(tunes(Import(modules)))
    registry = registry_of(host)
    service = registry.get_service("tunes")
    with pytest.raises(oc.PluginUnavailable) as caught:
        _ = service.module
    assert reason in caught.value.why
    assert caught.value.title.startswith("service tunes needs plugin tunes, which has a manifest")
    state, told = state_of(host, "tunes")
    assert (state, told) == (PluginState.INVALID_MANIFEST, caught.value.why)
    assert registry.services() == []
    assert unavailable(registry).why == told
    with pytest.raises(oc.PluginUnavailable):
        _ = service.module


def test_a_plugin_whose_services_are_named_in_another_order_is_not_refused() -> None:
    """Nothing in a manifest means another thing in another place."""
    info = attrs.evolve(TUNES, links=tuple(reversed(TUNES.links)))
    registry = registry_of(host_of(tunes(Import((Module(),)), info)))
    assert registry.get_service("tunes").module.info == TUNES


def test_a_plugin_that_does_not_load_is_named_with_what_to_do() -> None:
    """By every use of its service; nothing was sent, and the exit status is 10."""
    host = host_of(tunes(Import(error=ImportError("No module named 'x'"))))
    registry = registry_of(host)
    for _ in range(2):
        with pytest.raises(oc.PluginUnavailable) as caught:
            _ = registry.get_service("tunes").module
        assert caught.value.title == "service tunes needs plugin tunes, which does not work"
        assert "No module named 'x'" in caught.value.why
        assert "orpheus-tunes" in caught.value.next_step
    error = unavailable(registry)
    assert error.title == "this link of www.tunes.example needs plugin tunes, which does not work"
    assert error.done == "nothing was sent anywhere"
    assert error.exit_status is oc.ExitStatus.PLUGIN
    assert error.evidence == {"plugin": "tunes", "state": "failed"}


def test_a_hook_that_raises_is_no_lie() -> None:
    """Nobody knows what it would have brought; the plugin is not refused for it."""

    class Raises:
        @oc.hookimpl
        def orpheus_modules(self) -> list[object]:
            raise OSError("not today")

    host = host_of(tunes(Raises))
    with pytest.raises(oc.PluginUnavailable) as caught:
        _ = registry_of(host).get_service("tunes").module
    assert "orpheus_modules raised OSError: not today" in caught.value.why
    assert state_of(host, "tunes")[0] is PluginState.FAILED


def test_the_link_of_a_plugin_that_is_switched_off_says_how_to_switch_it_on() -> None:
    """By its pattern, or when nobody else handles the host; and by the service's name."""
    registry = registry_of(host_of(tunes(Import()), disabled=["tunes"]))
    for target in (LINK, "https://www.tunes.example/about", "tunes:album:7"):
        error = unavailable(registry, target)
        assert "which is switched off" in error.title
        assert error.next_step == "orpheus plugin enable tunes"
    assert registry.services() == []


def test_the_link_of_a_plugin_that_is_out_goes_to_whoever_else_handles_it() -> None:
    """What nobody handles in a host that somebody knows is no music, as ever."""
    rival = attrs.evolve(TUNES, id="rival", links=TUNES.links[1:2])
    found = [tunes(Import()), lazy("rival", Import(), claims=claims(rival, name="rival"))]
    registry = registry_of(host_of(*found, disabled=["tunes"]))
    assert registry.read("https://www.tunes.example/track/7").service == "rival"
    assert "tunes" in unavailable(registry).title
    with pytest.raises(oc.NotMusic):
        registry.read("https://www.tunes.example/about")


@pytest.mark.parametrize("disabled", [[], ["bare"]])
def test_the_service_of_a_plugin_without_a_manifest_that_is_out_is_asked_for_by_its_id(
    disabled: list[str],
) -> None:
    """Most plugins are called like their service; more is not known of one like that."""
    host = host_of(eager("bare", Import(error=ImportError("x"))), disabled=disabled)
    registry = registry_of(host)
    assert "service bare needs plugin bare" in unavailable(registry, "bare:album:1").title
    with pytest.raises(oc.NoService) as caught:
        registry.read("https://bare.example/album/1")
    assert caught.value.why == (
        "installed services: none" + ("" if disabled else "; plugins that do not work: bare")
    )


def test_of_two_that_claim_one_service_the_first_stands() -> None:
    """By the plugins' ids; the second is refused, and both are named."""
    second = lazy("zunes", Import(), claims=claims(TUNES, name="zunes"))
    host = host_of(second, tunes(Import((Module(),))))
    registry = registry_of(host)
    assert registry.get_service("tunes").plugin == "tunes"
    state, reason = state_of(host, "zunes")
    assert state is PluginState.INVALID_MANIFEST
    assert "plugin tunes brings a service tunes already" in reason


def test_a_service_that_nobody_can_declare_costs_only_its_plugin() -> None:
    """Limits that nobody could keep, say."""

    def admit(service: oc.Service) -> None:
        if service.info.id == "other":
            raise ValueError("no such limit")

    other = lazy("other", Import(), claims=claims(OTHER, name="other"))
    host = host_of(tunes(Import()), other)
    assert [s.info.id for s in ServiceRegistry(host, admit).services()] == ["tunes"]
    assert "no such limit" in state_of(host, "other")[1]


def test_plugins_with_and_without_a_manifest_stand_side_by_side() -> None:
    """The one without is asked, as ever; the other is not imported for it."""
    code = Import((Module(),))
    bare = eager("bare", lambda: Brings(Module("bare")))
    registry = registry_of(host_of(tunes(code), bare))
    assert [service.info.id for service in registry.services()] == ["bare", "tunes"]
    assert code.count == 0


def test_a_plugin_that_was_turned_away_does_not_hide_the_one_that_has_its_id() -> None:
    """A script's own plugin keeps its id."""
    host = PluginHost(index=Shelf([tunes(Import())]))
    host.register("tunes", Brings(Module()))
    host.discover()
    registry = registry_of(host)
    assert registry.get_service("tunes").module.info == TUNES
    assert registry.read(LINK) == REF


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("listen.tidal.com", "tidal"),
        ("tidal.com", "tidal"),
        ("music.co.uk", "music"),
        ("www.bbc.co.uk", "bbc"),
        ("127.0.0.1", "NAME"),
        ("localhost", "NAME"),
        ("xn--bcher-kva.example", "xn--bcher-kva"),
        ("9tunes.example", "NAME"),
        ("$(id).example", "NAME"),
    ],
)
def test_a_host_that_nobody_handles_says_how_to_begin_a_plugin(host: str, name: str) -> None:
    """With a name that a plugin may have; nothing of the link commands a shell."""
    with pytest.raises(oc.NoService) as caught:
        registry_of(host_of()).read(f"https://{host}/album/1")
    expected = f"orpheus plugin new {name} --kind service     starts one"
    assert caught.value.next_step == expected
