"""The registry: which services there are, what they can, and whose a link is."""

from __future__ import annotations

import difflib
import functools
import re
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, urlsplit

import attrs

from orpheus_core.brain import EventBus
from orpheus_core.errors import InvalidUrl, NoService, NotMusic
from orpheus_core.music import SERVICE_ID, LinkPattern, MediaRef, Url
from orpheus_core.plugins import (
    PluginHost,
    PluginRecord,
    PluginState,
    ServiceInfo,
    activate,
    is_out,
    lie,
    unavailable,
)
from orpheus_core.services.asking import Asking, asked_once
from orpheus_core.services.module import ServiceModule
from orpheus_core.services.service import Service

_HOOK = "orpheus_modules"
_NEAR = 0.75
_NOTHING_SENT = "nothing was sent anywhere"

_NOT_MISSED = (PluginState.DISABLED, PluginState.INDEXED)

# Of names such as music.co.uk: what stands before these is the name.
_SECOND_LEVEL = frozenset({"ac", "co", "com", "gov", "net", "org"})

# No link begins like this: behind its scheme there is a slash, behind its host a number.
_REFERENCE = re.compile(rf"{SERVICE_ID}:[A-Za-z]+:.")


@attrs.frozen
class ShortLink:
    """A link of *service* whose target is found by asking for it."""

    service: str
    url: str


class ServiceRegistry:
    """Every service that the installed plugins bring, known without importing them.

    What a manifest says is believed until the service is used; a plugin without one is asked
    when any service is first needed.

    Args:
        on_service: told of each service before anybody can use it.
        events: told of each service once anybody can use it; None: nobody is told.
        asking: what is done around each call of a module.
    """

    def __init__(
        self,
        plugins: PluginHost,
        on_service: Callable[[Service], None],
        *,
        events: EventBus | None = None,
        asking: Asking = asked_once,
    ) -> None:
        self._plugins = plugins
        self._on_service = on_service
        self._events = events
        self._asking = asking
        self._lock = threading.RLock()
        self._services: dict[str, Service] | None = None
        self._modules: dict[str, dict[str, ServiceModule]] = {}

    def services(self) -> list[Service]:
        """Every service whose plugin can be used, by id."""
        return [service for _, service in sorted(self._known().items())]

    def get_service(self, name: str) -> Service:
        """Return the service with the id *name*.

        Raises:
            PluginUnavailable: the plugin that brings it is off, or does not work.
            NoService: no installed plugin brings it.
        """
        known = self._known()
        if name in known:
            return known[name]
        for record in self._plugins.records():
            if is_out(record, self._plugins) and name in _would_bring(record):
                raise unavailable(record, f"service {name}")
        near = difflib.get_close_matches(name, known, n=1)
        raise NoService(
            f"no installed plugin brings a service {name!r}",
            why=self._installed(),
            done=_NOTHING_SENT,
            next_step=f"did you mean {near[0]}?" if near else "",
        )

    def is_secret(self, service: str, field: str) -> bool:
        """Whether *field* of *service* must be masked: yes, unless the service says no."""
        known = self._known().get(service)
        fields = known.info.credentials if known else ()
        return all(each.secret for each in fields if each.name == field)

    def says_secret(self, service: str, field: str) -> bool:
        """Whether *service* itself says that *field* is a secret."""
        known = self._known().get(service)
        fields = known.info.credentials if known else ()
        return any(each.secret for each in fields if each.name == field)

    def read(self, target: str) -> MediaRef | ShortLink:
        """Return what *target* names: a link, or SERVICE:KIND:ID. No network.

        Raises:
            InvalidUrl: it is neither.
            PluginUnavailable: the plugin that claims it is off, or does not work.
            NoService: no installed plugin claims the link's host, or brings the service.
            NotMusic: the host is known, the path is not.
        """
        target = target.strip()
        if _REFERENCE.match(target):
            ref = MediaRef.parse(target)
            self.get_service(ref.service)
            return ref
        if "://" not in target and "." not in target.split("/", maxsplit=1)[0]:
            raise InvalidUrl(f"{target!r} is neither a link nor SERVICE:KIND:ID")
        url = Url.parse(target)
        claims = [
            (service.info, pattern)
            for service in self.services()
            for pattern in service.info.links
            if pattern.host == url.host
        ]
        for info, pattern in claims:
            ident = pattern.match(url)
            if ident is None:
                continue
            if pattern.redirect or pattern.kind is None:
                return ShortLink(info.id, url.text)
            return MediaRef(info.id, pattern.kind, ident)
        for record, pattern in self._claims_of_those_out():
            if pattern.match(url) is not None or (not claims and pattern.host == url.host):
                raise unavailable(record, f"this link of {url.host}")
        raise _not_music(url, claims) if claims else self._nobody(url)

    # --- who brings what ------------------------------------------------------------------

    def _known(self) -> dict[str, Service]:
        """The services whose plugins can be used, by id."""
        new: list[Service] = []
        with self._lock:
            if self._services is None:
                self._services = {}  # at once: a hook that fails may have us asked again
                try:
                    for record in self._plugins.records():  # by id: the first stands
                        if not is_out(record, self._plugins):
                            self._take(record, self._services)
                except BaseException:
                    self._services = None
                    raise
                new = list(self._services.values())
            services = self._services
        for service in new:
            self._tell(service)
        return {name: each for name, each in services.items() if self._plugins.usable(each.plugin)}

    def _tell(self, service: Service) -> None:
        if self._events is not None:
            data = {"name": service.info.name}
            self._events.emit(
                "service.registered", service=service.info.id, plugin=service.plugin, data=data
            )

    def _take(self, record: PluginRecord, services: dict[str, Service]) -> None:
        """Put what the plugin of *record* brings among *services*."""
        if record.manifest is None:
            self._ask(record, services)
            return
        for info in record.manifest.services:
            fetch = functools.partial(self._fetched, record.id, info.id)
            try:
                self._admit(Service(info, record.id, fetch, self._asking), services)
            except KeyboardInterrupt:
                raise
            except Exception as error:  # noqa: BLE001 - what a manifest says may fit nobody
                self._plugins.refuse(record.id, f"service {info.id}: {error}")
                return

    def _ask(self, record: PluginRecord, services: dict[str, Service]) -> None:
        """Have a plugin without a manifest say what it brings."""
        if _HOOK not in record.hooks:
            return

        def take(module: ServiceModule) -> None:
            service = Service(module.info, record.id, lambda: module, self._asking)
            self._admit(service, services)

        for answer in self._plugins.collect(_HOOK, ServiceModule, only=record.id):
            self._plugins.guarded(record.id, _HOOK, functools.partial(take, answer.value))

    def _admit(self, service: Service, services: dict[str, Service]) -> None:
        """Put *service* among *services*; what it raises is its plugin's fault."""
        ident = service.info.id
        holder = services[ident].plugin if ident in services else self._namesake(ident)
        if holder is not None and (ident in services or holder != service.plugin):
            raise ValueError(f"plugin {holder} brings a service {ident} already")
        self._on_service(service)
        services[service.info.id] = service

    def _namesake(self, ident: str) -> str | None:
        """The plugin that is called like the service *ident* and claims it: it comes first.

        Else another, whose id sorts before it, would get its links and its credentials.
        """
        for record in self._plugins.records():
            claimed = record.manifest.services if record.manifest is not None else ()
            is_claimed = record.id == ident and any(info.id == ident for info in claimed)
            if is_claimed and not is_out(record, self._plugins):
                return ident
        return None

    def _fetched(self, plugin: str, ident: str) -> ServiceModule:
        """Return the module of the service *ident*; *plugin* is imported when it is not yet.

        Raises:
            PluginUnavailable: it does not load, or does not bring what its manifest says.
        """
        what = f"service {ident}"
        activate(self._plugins.record(plugin), self._plugins, what)
        with self._lock:
            if plugin not in self._modules:
                self._modules[plugin] = self._brought(plugin, what)
            return self._modules[plugin][ident]

    def _brought(self, plugin: str, what: str) -> dict[str, ServiceModule]:
        """Ask *plugin* for its modules, by their ids, and compare them with its manifest.

        Raises:
            PluginUnavailable: they differ; it names *what* was wanted.
        """
        infos: dict[str, ServiceInfo] = {}
        modules: dict[str, ServiceModule] = {}

        def take(module: ServiceModule) -> None:
            info = service_info(module)
            if info.id in modules:
                raise ValueError(f"plugin {plugin} brings a service {info.id} already")
            infos[info.id], modules[info.id] = info, module

        answers = self._plugins.collect(_HOOK, ServiceModule, only=plugin)
        for answer in answers:
            self._plugins.guarded(plugin, _HOOK, functools.partial(take, answer.value))
        record = self._plugins.record(plugin)
        fault = lie(record.manifest, services=infos.values())
        if not fault:
            return modules
        if _HOOK not in record.reason:  # if it raised, nobody knows what it would have brought
            self._plugins.refuse(plugin, fault)
        raise unavailable(self._plugins.record(plugin), what)

    # --- what nobody brings ---------------------------------------------------------------

    def _claims_of_those_out(self) -> Iterator[tuple[PluginRecord, LinkPattern]]:
        """The links that plugins would handle if they could be used."""
        for record in self._plugins.records():
            if record.manifest is not None and is_out(record, self._plugins):
                for info in record.manifest.services:
                    yield from ((record, pattern) for pattern in info.links)

    def _installed(self) -> str:
        """What is there, and which plugins might bring more if they worked."""
        known = ", ".join(service.info.id for service in self.services()) or "none"
        broken = [
            record.id
            for record in self._plugins.records()
            if is_out(record, self._plugins) and record.state not in _NOT_MISSED
        ]
        without = f"; plugins that do not work: {', '.join(broken)}" if broken else ""
        return f"installed services: {known}{without}"

    def _nobody(self, url: Url) -> NoService:
        return NoService(
            f"no installed plugin handles {url.host}",
            why=self._installed(),
            done=_NOTHING_SENT,
            next_step=f"orpheus plugin new {_name_for(url.host)} --kind service     starts one",
        )


def service_info(module: ServiceModule) -> ServiceInfo:
    """Return what a manifest says of *module*.

    Raises:
        TypeError: its info is of another type.
    """
    info: object = module.info
    if not isinstance(info, ServiceInfo):
        raise TypeError(f"info is {type(info).__name__} where ServiceInfo was due")
    return info


def _not_music(url: Url, claims: Sequence[tuple[ServiceInfo, LinkPattern]]) -> NotMusic:
    info = claims[0][0]
    title = f"this {info.name} link does not lead to music"
    done = "nothing was sent to the service"
    words = sorted({word for _, pattern in claims for word in pattern.words()})
    parts = url.path.split("/")
    for place, part in enumerate(parts):
        near = difflib.get_close_matches(part.lower(), words, n=1, cutoff=_NEAR)
        if near and part not in words:
            meant = _with_path(url, [*parts[:place], near[0], *parts[place + 1 :]])
            return NotMusic(
                title,
                why=f"it has {part!r} where I know {', '.join(words)}",
                done=done,
                next_step=f"orpheus download {meant}     if that is what you meant",
            )
    return NotMusic(
        title,
        why=f"I know links to {', '.join(words)}, each with an id"
        if words
        else "its path has another form than those I know",
        done=done,
        next_step=f"orpheus service info {info.id}     shows every form of link",
    )


def _with_path(url: Url, parts: Sequence[str]) -> str:
    """The link with another path, and nothing behind it, fit to be pasted into a shell."""
    split = urlsplit(url.text)._replace(path=quote("/".join(parts)), query="", fragment="")
    return shlex.quote(split.geturl())


def _would_bring(record: PluginRecord) -> set[str]:
    """The ids of the services that a plugin would bring, as far as that is known."""
    if record.manifest is not None:
        return {info.id for info in record.manifest.services}
    return set() if record.builtin else {record.id}  # most are called like their service


def _name_for(host: str) -> str:
    """A name for a plugin that would handle *host*: ``tidal`` for ``listen.tidal.com``."""
    labels = host.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    name = labels[-1] if labels else ""
    return name if re.fullmatch(SERVICE_ID, name) else "NAME"
