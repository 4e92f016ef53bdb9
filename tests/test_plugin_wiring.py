"""The plugin framework in an application: settings, variables, hosts, events, its own switches."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
import pytest
from tests.plugins.fakes import Fake, Shelf, eager, lazy, manifest, state_of
from tests.plugins.wheelhouse import Package

import orpheus_core as oc
from orpheus_core.brain import faults_of
from orpheus_core.plugins import PluginIndex, PluginState
from orpheus_core.testing import FaultServer, SimClock, answer

Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """A function that has applications find *plugins* installed, and no others."""

    def installed(*plugins: Fake) -> None:
        shelf = Shelf(list(plugins))
        monkeypatch.setattr("orpheus_core.plugin_wiring.PluginIndex", lambda _: shelf)

    return installed


@attrs.define(eq=False)
class Curious:
    """A plugin that keeps its context, and looks at every event."""

    imports: int = 0
    context: oc.PluginContext | None = None
    seen: list[str] = attrs.field(factory=list)

    def brings(self) -> Curious:
        self.imports += 1
        return self

    @oc.hookimpl
    def orpheus_configure(self, context: oc.PluginContext) -> None:
        self.context = context

    @oc.hookimpl
    def orpheus_event(self, event: oc.Event) -> None:
        self.seen.append(event.kind)


PAGES = oc.SettingInfo(
    key="pages", type=oc.SettingType.WHOLE_NUMBER, default=3, help="How many pages to ask for."
)


def curious(code: Curious, events: str = "job.*", **claims: object) -> Fake:
    """The installed plugin *code*, called ``curious``, with a manifest."""
    looks = oc.HookUse(name="orpheus_event", events=tuple(events.split()))
    said = attrs.evolve(
        manifest("curious", "orpheus_configure", looks),
        settings=(PAGES,),
        **claims,  # type: ignore[arg-type] # the test's own
    )
    return lazy("curious", code.brings, claims=said)


def opened(home: Path, config: Mapping[str, object] | None = None, **options: object) -> oc.Orpheus:
    return oc.Orpheus(home, config, clock=SimClock(), **options)  # type: ignore[arg-type] # by name


def written(home: Path, text: str) -> Path:
    file = home / "config" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


# --- what a plugin is given -------------------------------------------------------------------


def test_a_plugin_is_given_its_settings_and_its_folder_when_it_is_imported(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its section of the file, its variables, and the arguments, in this order."""
    code = Curious()
    install(curious(code))
    written(tmp_path, "[curious]\npages = 7\n")
    with opened(tmp_path) as app:
        assert code.imports == 0
        assert app.settings_of("curious") == {"pages": 7}
        app.brain.events.emit("job.started")
        assert code.context is not None
        assert code.context.settings == {"pages": 7}
        assert code.context.folder == tmp_path / "data" / "plugins" / "curious"
        assert not code.context.folder.exists()
        assert code.context.events is app.brain.events
    monkeypatch.setenv("ORPHEUS_CURIOUS_PAGES", "8")
    with opened(tmp_path) as app:
        assert app.settings_of("curious") == {"pages": 8}
    with opened(tmp_path, {"curious": {"pages": 9}}) as app:
        assert app.settings_of("curious") == {"pages": 9}


def test_a_plugin_without_a_manifest_is_given_its_section_as_it_was_written(
    install: Install, tmp_path: Path
) -> None:
    """So is one that a script hands over."""
    code, own = Curious(), Curious()
    install(eager("curious", code.brings))
    written(tmp_path, "[curious]\npages = 7\ngenres = ['jazz']\n[own]\nloud = true\n")
    with opened(tmp_path, plugins={"own": own}):
        assert code.context is not None
        assert code.context.settings == {"pages": 7, "genres": ("jazz",)}
        assert own.context is not None
        assert own.context.settings == {"loud": True}


def test_a_variable_that_may_hold_a_secret_is_no_setting(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It supplies the credential of a service that is called alike."""
    service = oc.ServiceInfo(
        id="curious",
        name="Curious",
        kinds=frozenset(),
        features=frozenset(),
        hosts=(),
        credentials=(oc.CredentialField(name="pages", label="the pages"),),
    )
    install(curious(Curious(), services=(service,)))
    monkeypatch.setenv("ORPHEUS_CURIOUS_PAGES", "very-secret")
    with opened(tmp_path) as app:
        assert app.settings_of("curious") == {"pages": 3}
        assert app.credentials.get("curious", "pages") == "very-secret"


# --- settings that are nobody's ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title", "next_step"),
    [
        ("[curios]\npages = 7", "'curios.pages'", "did you mean [curious]?"),
        ("[netwrok]\nattempts = 1", "'netwrok.attempts'", "did you mean network.attempts?"),
        ("[zzz]\ny = 1", "'zzz.y'", "take the section [zzz] out"),
        ("[core-retry]\ny = 1", "'core-retry.y'", "take the section [core-retry] out"),
        ("[curious]\npags = 7", "'curious.pags'", "did you mean curious.pages?"),
        ("[curious]\npages = 'x'", "curious.pages must be a whole number", ""),
        ("[bare]\nx = {a = 1}", "bare.x must be text", ""),
    ],
)
def test_what_is_set_for_nobody_is_refused_at_opening(
    install: Install, tmp_path: Path, text: str, title: str, next_step: str
) -> None:
    """With the file, the section and the nearest name; no plugin was imported for it."""
    code, bare = Curious(), Curious()
    install(curious(code, events="*"), eager("bare", bare.brings))
    file = written(tmp_path, text)
    with pytest.raises(oc.ConfigError) as caught:
        opened(tmp_path)
    assert title in caught.value.title
    assert str(file) in caught.value.why
    assert next_step in caught.value.next_step
    assert bare.imports == 0


@pytest.mark.parametrize("disabled", [["curious"], []])
def test_the_section_of_a_plugin_that_is_out_is_left_alone(
    install: Install, tmp_path: Path, disabled: list[str]
) -> None:
    """It may be what a person comes back to: switched off, or broken for the moment."""
    plugin = curious(Curious())
    if not disabled:
        assert plugin.manifest is not None
        plugin = attrs.evolve(plugin, manifest=attrs.evolve(plugin.manifest, api=((9, 0),)))
    install(plugin)
    written(tmp_path, "[curious]\nwhatever = {a = 1}\n")
    with opened(tmp_path, {"plugins.disabled": disabled}) as app:
        assert app.plugins.record("curious").state in (
            PluginState.DISABLED,
            PluginState.INCOMPATIBLE,
        )


def test_without_the_installed_plugins_their_sections_cannot_be_judged(tmp_path: Path) -> None:
    """What a script says itself can: it knows which plugins it hands over."""
    written(tmp_path, "[curious]\npages = 7\n")
    opened(tmp_path, discover=False).close()
    with pytest.raises(oc.InvalidSetting) as caught:
        opened(tmp_path, {"netwrok.attempts": 1}, discover=False)
    assert caught.value.next_step == "did you mean network.attempts?"
    opened(tmp_path, {"own.x": 1}, discover=False, plugins={"own": Curious()}).close()


def test_an_application_that_does_not_open_lets_go_of_what_it_has_opened(
    install: Install, tmp_path: Path
) -> None:
    """A script's own plugin is told, as when an application closes."""

    class Closing:
        count = 0

        @oc.hookimpl
        def orpheus_teardown(self) -> None:
            self.count += 1

    closing = Closing()
    install()
    with pytest.raises(oc.InvalidSetting):
        opened(tmp_path, {"zzz.y": 1}, plugins={"closing": closing})
    assert closing.count == 1


# --- which plugins come in --------------------------------------------------------------------


def test_the_variable_names_the_plugins_that_come_in(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty: none of those that are installed. Not set: all of them."""
    install(eager("a", Curious), eager("b", Curious))

    def states() -> list[str]:
        with opened(tmp_path) as app:
            return [app.plugins.record(name).state.value for name in ("a", "b", "core-retry")]

    assert states() == ["active", "active", "active"]
    monkeypatch.setenv("ORPHEUS_PLUGINS", " b ,c")
    assert states() == ["disabled", "active", "active"]
    monkeypatch.setenv("ORPHEUS_PLUGINS", "")
    assert states() == ["disabled", "disabled", "active"]


@pytest.mark.parametrize("mode", ["isolate", "strict", "safe", " Safe "])
def test_the_mode_is_a_setting(install: Install, tmp_path: Path, mode: str) -> None:
    """Strict raises what is broken, safe loads nothing but the core's own."""

    def broken() -> object:
        raise ImportError("no such library")

    install(eager("broken", broken))
    if mode == "strict":
        with pytest.raises(oc.PluginLoadFailed):
            opened(tmp_path, {"plugins.mode": mode})
        return
    with opened(tmp_path, {"plugins.mode": mode}) as app:
        state = app.plugins.record("broken").state
    assert state is (PluginState.FAILED if mode == "isolate" else PluginState.DISABLED)


@pytest.mark.parametrize(
    ("value", "is_remembered"),
    [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)],
)
def test_a_variable_has_the_plugins_looked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None, is_remembered: bool
) -> None:
    """Then nothing of the index is read or written."""
    folders: list[Path | None] = []

    def index(folder: Path | None) -> Shelf:
        folders.append(folder)
        return Shelf()

    monkeypatch.setattr("orpheus_core.plugin_wiring.PluginIndex", index)
    if value is not None:
        monkeypatch.setenv("ORPHEUS_NO_INDEX", value)
    opened(tmp_path).close()
    assert folders == [tmp_path / "cache" / "plugins" if is_remembered else None]


def test_a_list_imports_nothing(install: Install, tmp_path: Path) -> None:
    """Neither a plugin without a manifest, nor one that looks at every event."""
    code, bare = Curious(), Curious()
    install(curious(code, events="*"), eager("bare", bare.brings))
    with opened(tmp_path, eager=False) as app:
        states = {record.id: record.state for record in app.plugins.records()}
        app.registry.services()
    assert (code.imports, bare.imports) == (0, 0)
    assert states["curious"] is PluginState.REGISTERED
    assert states["bare"] is PluginState.INDEXED
    assert states["core-tag"] is PluginState.ACTIVE


def test_closing_imports_nothing(install: Install, tmp_path: Path) -> None:
    """A plugin that was not needed has nothing to let go of."""
    code = Curious()
    claims = attrs.evolve(manifest("curious", "orpheus_teardown", "orpheus_plugin_state"))
    install(lazy("curious", code.brings, claims=claims))
    opened(tmp_path).close()
    assert code.imports == 0


# --- what is told -----------------------------------------------------------------------------


def test_what_becomes_of_plugins_is_told_from_the_beginning(
    install: Install, tmp_path: Path
) -> None:
    """To a plugin of the script, which is there before those that are installed."""

    def broken() -> object:
        raise ImportError("very-secret")

    class Log:
        def __init__(self) -> None:
            self.events: list[oc.Event] = []

        @oc.hookimpl
        def orpheus_event(self, event: oc.Event) -> None:
            self.events.append(event)

    log = Log()
    install(eager("bare", Curious), eager("broken", broken), eager("off", Curious))
    with opened(tmp_path, {"plugins.disabled": ["off"]}, plugins={"log": log}) as app:
        told = [(event.kind, event.plugin) for event in log.events]
        assert ("plugin.loaded", "bare") in told
        assert ("plugin.load.failed", "broken") in told
        assert ("plugin.disabled", "off") in told
        assert told[-1] == ("system.started", None)
        assert faults_of(log.events) == []
        assert app.plugins.record("core-plugin-news").state is PluginState.ACTIVE


def test_no_secret_is_told_of_a_plugin(install: Install, tmp_path: Path) -> None:
    """Neither in reasons nor in traces; nor is one kept from one process to the next."""

    class Leaks:
        @oc.hookimpl
        def orpheus_event(self, event: oc.Event) -> None:
            if event.kind == "job.started":
                raise RuntimeError("token=very-secret")

    def broken() -> object:
        raise ImportError("token=very-secret")

    looks = oc.HookUse(name="orpheus_event", events=("job.*",))
    install(eager("leaks", Leaks), lazy("broken", broken, looks))
    events: list[oc.Event] = []
    with opened(tmp_path) as app:
        app.credentials.set("shop", "token", "very-secret")
        app.brain.events.subscribe(events.append, kinds=["plugin.*"])
        app.brain.events.emit("job.started")
        reason = app.plugins.record("broken").reason
    by_plugin = {str(event.plugin): event for event in events if event.kind.endswith("failed")}
    assert by_plugin["leaks"].data["hook"] == "orpheus_event"
    assert "token=***" in reason
    for event in by_plugin.values():
        assert "token=***" in str(event.data["reason"])
        assert "token=***" in str(event.data["exception.stacktrace"])
    kept = (tmp_path / "cache" / "plugin-failures.json").read_text("utf-8")
    assert "token=***" in kept
    assert "very-secret" not in f"{kept} {reason} {[event.data for event in events]}"


def test_a_credential_of_the_environment_is_masked_before_anybody_asks_for_it(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin may read the variable by itself, and fail with it at its import."""
    fields = (
        oc.CredentialField(name="user", label="user name", secret=False),
        oc.CredentialField(name="password", label="password"),
    )
    login = oc.LoginInfo(name="password", service="shop", fields=fields)

    def broken() -> object:
        raise ValueError("not a number: 'very-secret' of well-known")

    monkeypatch.setenv("ORPHEUS_SHOP_PASSWORD", "very-secret")
    monkeypatch.setenv("ORPHEUS_SHOP_USER", "well-known")
    claims = attrs.evolve(manifest("broken"), logins=(login,))
    install(lazy("broken", broken, claims=claims))
    with opened(tmp_path) as app:
        with pytest.raises(oc.PluginUnavailable):
            app.plugins.activate("broken")
        reason = app.plugins.record("broken").reason
    assert reason == "ValueError: not a number: '***' of well-known"
    assert "very-secret" not in (tmp_path / "cache" / "plugin-failures.json").read_text("utf-8")


def test_a_secret_is_masked_before_a_long_text_is_cut(install: Install, tmp_path: Path) -> None:
    """Cut in two, it would not be known any more."""

    def broken() -> object:
        raise ImportError("x" * 470 + "very-secret-and-long")

    class Deaf:
        @oc.hookimpl
        def orpheus_event(self, event: oc.Event) -> None:
            broken()

    looks = oc.HookUse(name="orpheus_event", events=("job.*",))
    install(lazy("deaf", Deaf, looks), lazy("broken", broken, looks))
    with opened(tmp_path) as app:
        app.credentials.set("shop", "token", "very-secret-and-long")
        for _ in range(3):
            app.brain.events.emit("job.started")
        reasons = [app.plugins.record(name).reason for name in ("deaf", "broken")]
    kept = (tmp_path / "cache" / "plugin-failures.json").read_text("utf-8")
    assert all("x***" in reason for reason in reasons), reasons
    assert "very" not in f"{kept} {reasons}"


# --- hosts ------------------------------------------------------------------------------------


def shop(hosts: Sequence[str] = ("127.0.0.1",)) -> oc.ServiceInfo:
    return oc.ServiceInfo(
        id="shop", name="Shop", kinds=frozenset(), features=frozenset(), hosts=tuple(hosts)
    )


def brings(*services: oc.ServiceInfo, name: str = "shop", hosts: Sequence[str] = ()) -> Fake:
    code = Curious()
    claims = attrs.evolve(manifest(name, "orpheus_modules"), services=services, hosts=tuple(hosts))
    return lazy(name, code.brings, claims=claims)


def test_a_service_is_declared_from_its_manifest_before_its_first_request(
    install: Install, tmp_path: Path
) -> None:
    """Nobody has to ask the registry for it, and nothing is imported."""
    install(brings(shop()))
    with opened(tmp_path) as app, FaultServer(answer(body=b"here")) as server:
        assert app.network.request("GET", server.url, service="shop").content == b"here"
        assert app.plugins.record("shop").state is PluginState.REGISTERED
        with pytest.raises(oc.UndeclaredHost) as caught:
            app.network.request("GET", "https://evil.example/", service="shop")
    assert caught.value.title == "plugin shop did not name the host evil.example"
    file = tmp_path / "config" / "config.toml"
    line = f'network.extra_hosts = ["shop:evil.example"] in {file} allows it'
    assert caught.value.next_step == line


def test_hosts_of_a_plugin_stand_under_its_own_name(install: Install, tmp_path: Path) -> None:
    """A plugin that is no service talks under its id; one that is called like its service, too."""
    extra = brings(shop(["api.example"]), name="extra", hosts=["127.0.0.1"])
    install(extra)
    with opened(tmp_path) as app, FaultServer(answer()) as server:
        assert app.network.request("GET", server.url, service="extra").status_code == 200
        with pytest.raises(oc.UndeclaredHost, match="service shop of plugin extra"):
            app.network.request("GET", server.url, service="shop")
    install(brings(shop(["api.example"]), hosts=["127.0.0.1"]))
    with opened(tmp_path) as app, FaultServer(answer()) as server:
        assert app.network.request("GET", server.url, service="shop").status_code == 200


def test_a_plugin_that_is_called_like_the_service_of_another_adds_no_host_to_it(
    install: Install, tmp_path: Path
) -> None:
    """The credentials of the service would go there."""
    install(brings(shop(["api.example"]), name="market"), brings(hosts=["evil.example"]))
    with opened(tmp_path) as app, pytest.raises(oc.UndeclaredHost, match="plugin market"):
        app.network.request("GET", "https://evil.example/", service="shop")


@pytest.mark.parametrize("name", ["shop", "nobody"])
def test_the_request_of_a_service_that_is_not_there_says_why(
    install: Install, tmp_path: Path, name: str
) -> None:
    """The plugin is off; or there is none."""
    install(brings(shop(), hosts=["127.0.0.1"]))
    error = oc.PluginUnavailable if name == "shop" else oc.UndeclaredHost
    with opened(tmp_path, {"plugins.disabled": ["shop"]}) as app, pytest.raises(error):
        app.network.request("GET", "http://127.0.0.1/", service=name)


# --- the real thing ---------------------------------------------------------------------------

CODE = """
import orpheus_core as oc

IMPORTED = True

@oc.hookimpl
def orpheus_modules():
    return []
"""

CLAIMS = """
id = "wired"
api = "1.0"

[[hooks]]
name = "orpheus_modules"

[[services]]
id = "wired"
name = "Wired"
kinds = ["album"]
features = []
hosts = ["wired.example"]
  [[services.links]]
  host = "wired.example"
  path = "/album/{id}"
  kind = "album"
"""


def test_a_process_knows_an_installed_plugin_without_importing_it(tmp_path: Path) -> None:
    """Its link is read, its service listed; what was found is remembered for the next."""
    package = Package(plugin="wired", code=CODE, manifest=CLAIMS)
    zipfile.ZipFile(package.wheel(tmp_path)).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.append(sys.argv[1])\n"
        "import orpheus_core as oc\n"
        "with oc.Orpheus() as app:\n"
        "    print(app.find('https://wired.example/album/7'), 'orpheus_wired' in sys.modules)\n"
        "    try: app.download('wired:album:7')\n"
        "    except oc.PluginUnavailable as e: print(e.title, 'orpheus_wired' in sys.modules)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "site")],
        capture_output=True,
        text=True,
    )
    assert ended.stdout.splitlines() == [
        "wired:album:7 False",
        "service wired needs plugin wired, which has a manifest that does not fit it True",
    ], ended.stderr


def test_an_application_can_say_what_a_manifest_should_hold(
    install: Install, tmp_path: Path
) -> None:
    """It gives the plugin its context, as ever, and leaves its own plugins as they are."""
    code = Curious()
    install(curious(code, events="job.*"))
    with opened(tmp_path, {"curious.pages": 5}) as app:
        actual = app.actual_manifest("curious")
        assert state_of(app.plugins, "curious")[0] is PluginState.REGISTERED
    assert actual.use_of("orpheus_event") == oc.HookUse(name="orpheus_event", events=("job.*",))
    assert actual.settings == (PAGES,)
    assert code.context is not None
    assert code.context.settings == {"pages": 5}


def test_the_index_of_an_application_is_in_its_cache(tmp_path: Path) -> None:
    """Not somewhere else, and nothing else is written."""
    with opened(tmp_path) as app:
        assert isinstance(app.plugins, object)
    written_files = [path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*.json")]
    assert set(written_files) <= {("cache", "plugins")}
    assert PluginIndex(None).plugins()
