"""The application: opens the parts, wires them together, closes them."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from orpheus_core.brain import Brain, EventBus, inherited_correlation
from orpheus_core.brain.log.builtin import LogSettings
from orpheus_core.brain.rules.user_rules import USER_RULES, UserRules
from orpheus_core.clock import Clock, SystemClock
from orpheus_core.config import Home, Settings, Value, load_settings
from orpheus_core.core_plugins import core_plugins
from orpheus_core.delivery import (
    DownloadReport,
    FileEntry,
    StageContext,
    Verification,
    deliver_all,
    verify_folder,
)
from orpheus_core.errors import BadRedirect, WrongArguments
from orpheus_core.music import MediaKind, MediaRef, QualityWish
from orpheus_core.network import NetworkManager
from orpheus_core.plugin_claims import actual_manifest
from orpheus_core.plugin_wiring import PluginWiring
from orpheus_core.plugins import PluginManifest
from orpheus_core.redaction import Redactor
from orpheus_core.services import (
    BoundClient,
    CredentialManager,
    LoginRenewal,
    SearchHit,
    ServiceRegistry,
    SessionManager,
    declare,
    declare_named,
)
from orpheus_core.storage import DiskStorage, Storage
from orpheus_core.version import VERSION

_SHORT_LINK_HOPS = 5
_LAST_EVENTS_S = 5.0
"""How long subscribers with a queue have for what is in it, once the application closes."""


class Orpheus:
    """Everything, opened. Use it in a ``with`` block, or call `close`.

    Args:
        home: keep settings, state and cache below this folder, not in the system's places.
        config: settings that override file and environment:
            ``{"downloads": {"jobs": 1}}`` or ``{"downloads.jobs": 1}``.
        plugins: more plugins, by id, beside those that are installed.
        discover: whether installed plugins are looked for.
        eager: False to list what there is: nothing is imported that was not asked for, neither
            a plugin without a manifest nor one that looks at events.
        clock, storage, rng: what the parts see of the world; for tests.

    Raises:
        ConfigError: the settings cannot be read, or are nobody's; or, if *eager*, the person's
            own rules.
    """

    def __init__(
        self,
        home: Path | str | None = None,
        config: Mapping[str, object] | None = None,
        *,
        plugins: Mapping[str, object] | None = None,
        discover: bool = True,
        eager: bool = True,
        clock: Clock | None = None,
        storage: Storage | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.home = Home.find(os.environ, Path(home) if home is not None else None)
        self.settings: Settings = load_settings(self.home.settings_file, os.environ, config)
        user_rules = UserRules(self.home.rules_file)
        if eager and USER_RULES not in self.settings.plugins.disabled:
            user_rules.read()
        self.clock = clock or SystemClock()
        self.storage = storage or DiskStorage(self.clock)
        self.redactor = Redactor()
        events = EventBus(
            self.clock, self.redactor, correlation_id=inherited_correlation(os.environ)
        )
        self._wiring = PluginWiring(
            home=self.home,
            settings=self.settings,
            environ=os.environ,
            events=events,
            redactor=self.redactor,
            clock=self.clock,
        )
        self.plugins = self._wiring.host
        self.brain = Brain(
            self.plugins,
            events,
            clock=self.clock,
            advice=self.settings.advice,
            wakes=eager,
            log_folder=self.home.events,
        )
        self.network = self._new_network()
        self.registry = self._new_registry()
        self.credentials = CredentialManager(self.plugins, self.redactor, self.registry.is_secret)
        self.sessions = SessionManager(
            self.plugins,
            self.brain,
            self.credentials,
            self.redactor,
            self.client,
            self.registry.says_secret,
        )
        builtins = self._builtins(rng or random.Random(), user_rules)  # noqa: S311 - jitter
        self._is_open = True
        try:
            self._wiring.open(builtins, plugins or {}, discover=discover, eager=eager)
        except BaseException:
            self.close()
            raise
        self.brain.events.emit("system.started", data={"version": VERSION})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections and plugins; twice is fine."""
        if not self._is_open:
            return
        self._is_open = False
        self.brain.events.emit("system.stopped")
        self.brain.events.close(_LAST_EVENTS_S)
        self.plugins.emit("orpheus_teardown")
        self.network.close()
        self.brain.close()

    # --- what people ask for --------------------------------------------------------------

    def download(
        self,
        target: str | Iterable[str],
        to: Path | str | None = None,
        quality: str | None = None,
        *,
        floor: str | None = None,
        previews: bool = False,
        cancel: threading.Event | None = None,
    ) -> DownloadReport:
        """Collect what links (or SERVICE:KIND:ID) name into folders below *to*.

        Args:
            to: the folder; ``downloads.folder`` of the settings when None.
            quality: best, hires, lossless, high, medium or low; of the settings when None.
            floor: nothing below this quality is taken.
            previews: take the excerpts that a service hands out; they are marked as such.
            cancel: set it from another thread to stop.

        Returns:
            The finished folders, and each track that could not be had with its error;
            `DownloadReport.raise_for_failures` turns those into an exception. Of several
            targets, one that fails as a whole is a failure too, and the others go on; when
            the disk fails, those that are left are failures as well.

        Raises:
            UsageError, NoService: a target means nothing here; nothing was done.
            PluginUnavailable: a plugin that a target or a stage needs is off, or does not
                work; nothing was done.
            StorageError: the folder cannot be written, and nothing is finished.
            OrpheusError: the service could not even say what the one target is.
            Cancelled: it was stopped on request.
        """
        targets = [target] if isinstance(target, str) else list(target)
        wish = attrs.evolve(
            QualityWish.parse(
                quality or self.settings.downloads.quality, floor or self.settings.downloads.floor
            ),
            previews=previews,
        )
        folder = self.target_folder(to)
        context = self._context(cancel or threading.Event())
        return deliver_all(
            targets,
            wish,
            folder,
            context,
            find=lambda text: self.find(text, cancel=context.cancel),
            locks=self.home.state / "locks",
        )

    def search(self, service: str, kind: str, query: str, *, limit: int = 10) -> list[SearchHit]:
        """Return at most *limit* results of *kind* for *query* at *service*, best first.

        Raises:
            NoService, UnknownWord: there is no such service or kind, or no search there.
            NetworkError, ServiceError: the service could not be asked.
        """
        found = self.registry.get_service(service)
        return found.search(self.client(service), MediaKind.parse(kind), query, limit)

    def verify(
        self, folder: Path | str, progress: Callable[[FileEntry], None] = lambda _: None
    ) -> Verification:
        """Check a finished folder against its manifest.

        Args:
            progress: told of each file that was read.

        Raises:
            NotAnArtifact, InvalidManifest: there is nothing to check it against.
        """
        verification = verify_folder(Path(folder), self.storage, progress)
        for finding in verification.findings:
            self.brain.events.emit(
                "artifact.mismatched",
                data={
                    "path": str(folder),
                    "file": finding.path,
                    "fault": finding.fault.value,
                },
            )
        if verification.ok:
            count = len(verification.manifest.files)
            self.brain.events.emit("artifact.verified", data={"path": str(folder), "files": count})
        return verification

    def find(self, target: str, *, cancel: threading.Event | None = None) -> MediaRef:
        """Return what *target* names; a short link is followed to its end.

        Raises:
            UsageError, NoService: it names nothing here.
            NetworkError, ServiceError: the short link could not be followed.
            Cancelled: *cancel* was set meanwhile.
        """
        found = self.registry.read(target)
        for _ in range(_SHORT_LINK_HOPS):
            if isinstance(found, MediaRef):
                return found
            url = self.network.location(found.url, service=found.service, cancel=cancel)
            found = self.registry.read(url)
        if isinstance(found, MediaRef):
            return found
        raise BadRedirect(f"the short link {target} leads from one to the next without an end")

    def client(self, service: str) -> BoundClient:
        """Return a client that is bound to *service*."""
        self.registry.get_service(service)
        return BoundClient(service, self.network, self.credentials)

    def settings_of(self, plugin: str) -> Mapping[str, Value]:
        """Return the settings of *plugin*: those of its manifest, each with its value.

        Raises:
            UnknownPlugin: there is none.
            InvalidSetting: a value does not fit.
        """
        return self._wiring.settings_of(self.plugins.record(plugin))

    def actual_manifest(self, plugin: str) -> PluginManifest:
        """Return the manifest that the code of an installed plugin amounts to; it is imported.

        Args:
            plugin: its id, or ID@DISTRIBUTION where several have one id.

        Raises:
            UnknownPlugin: no such plugin is installed.
            PluginLoadFailed, HookFailed: its code does not work.
        """
        return actual_manifest(plugin, self._wiring.index, self._wiring.context)

    def target_folder(self, to: Path | str | None = None) -> Path:
        """Return the folder that downloads go to.

        Raises:
            WrongArguments: *to*, or ``downloads.folder``, is no folder's name.
        """
        chosen = str(to) if to is not None else self.settings.downloads.folder
        if "\0" in chosen:
            raise WrongArguments(f"{chosen!r} cannot be the name of a folder")
        if chosen:
            try:
                return Path(chosen).expanduser().absolute()
            except RuntimeError as error:
                raise WrongArguments(f"nobody's home is {chosen!r}", why=str(error)) from error
        import platformdirs

        return platformdirs.user_music_path() / "Orpheus"

    # --- wiring ---------------------------------------------------------------------------

    def _new_network(self) -> NetworkManager:
        return NetworkManager(
            plugins=self.plugins,
            brain=self.brain,
            clock=self.clock,
            settings=self.settings.network,
            redactor=self.redactor,
            find=lambda name: declare_named(name, self.network, self.plugins, self.registry),
            settings_file=self.home.settings_file,
        )

    def _new_registry(self) -> ServiceRegistry:
        renewal = LoginRenewal(lambda: self.sessions, self.brain, self.clock)
        return ServiceRegistry(
            self.plugins,
            lambda service: declare(service, self.network, self.plugins),
            events=self.brain.events,
            asking=renewal.asking,
        )

    def _builtins(self, rng: random.Random, user_rules: UserRules) -> dict[str, object]:
        log = LogSettings(
            settings=self.settings.events,
            folder=self.home.events,
            events=self.brain.events,
            clock=self.clock,
            storage=self.storage,
        )
        return core_plugins(self.settings, self.plugins, self.network, rng, user_rules, log)

    def _context(self, cancel: threading.Event) -> StageContext:
        return StageContext(
            brain=self.brain,
            cancel=cancel,
            clock=self.clock,
            credentials=self.credentials,
            network=self.network,
            plugins=self.plugins,
            registry=self.registry,
            settings=self.settings,
            storage=self.storage,
            version=VERSION,
        )
