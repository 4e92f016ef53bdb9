"""The ways to log in that plugins bring, known without importing them."""

from __future__ import annotations

import difflib
import functools
import threading
from collections.abc import Callable, Iterator

import attrs

from orpheus_core.errors import UnknownWord
from orpheus_core.plugins import (
    CredentialField,
    LoginInfo,
    PluginHost,
    PluginRecord,
    is_out,
    lie,
    unavailable,
)
from orpheus_core.services.login import LoginStrategy

_HOOK = "orpheus_login_strategies"


@attrs.frozen(eq=False)
class Login:
    """A way to log in, the plugin that brings it, and how to get hold of it.

    *fetch* imports the plugin where it is known by its manifest alone. It raises
    `PluginUnavailable` when the plugin does not load, or does not bring what it claims.
    """

    info: LoginInfo
    plugin: str
    fetch: Callable[[], LoginStrategy]


class Logins:
    """Every login of every plugin; one without a manifest is asked when any is first needed."""

    def __init__(self, plugins: PluginHost) -> None:
        self._plugins = plugins
        self._lock = threading.RLock()
        self._logins: dict[tuple[str, str], Login] | None = None

    def of(self, service: str) -> list[Login]:
        """The logins of *service* whose plugins can be used, by name."""
        return [
            login
            for (of, _), login in sorted(self._known().items(), key=lambda each: each[0])
            if of == service and self._plugins.usable(login.plugin)
        ]

    def named(self, service: str, strategy: str | None) -> list[Login]:
        """Return the logins of *service*: the one called *strategy*, or all of them.

        Raises:
            UnknownWord: there is no such login, or none at all.
            PluginUnavailable: the plugin that brings it is off, or does not work.
        """
        logins = self.of(service)
        named = [each for each in logins if strategy in (None, each.info.name)]
        if named:
            return named
        for record in self._plugins.records():
            if is_out(record, self._plugins) and _would_bring(record, service, strategy):
                raise unavailable(record, f"a login to {service}")
        if strategy is None:
            raise UnknownWord(
                f"no installed plugin brings a login to {service}",
                next_step=f"orpheus service info {service}     shows what it needs",
            )
        names = [each.info.name for each in logins]
        near = difflib.get_close_matches(strategy, names, n=1)
        raise UnknownWord(
            f"{service} has no login {strategy!r}",
            why=f"its logins: {', '.join(names) or 'none'}",
            next_step=f"did you mean {near[0]}?" if near else "",
        )

    def _known(self) -> dict[tuple[str, str], Login]:
        """Every login, by service and name."""
        with self._lock:
            if self._logins is None:
                self._logins = {}  # at once: a hook that fails may have us asked again
                try:
                    for record in sorted(self._plugins.records(), key=lambda each: each.id):
                        if not is_out(record, self._plugins):
                            self._take(record, self._logins)
                except BaseException:
                    self._logins = None
                    raise
            return self._logins

    def _take(self, record: PluginRecord, logins: dict[tuple[str, str], Login]) -> None:
        """Put what the plugin of *record* brings among *logins*."""
        if record.manifest is None:
            for info, strategy in self._brought(record) if _HOOK in record.hooks else ():
                login = Login(info, record.id, functools.partial(_itself, strategy))
                admit = functools.partial(_admit, login, logins)
                self._plugins.guarded(record.id, _HOOK, admit)
            return
        for info in record.manifest.logins:
            fetch = functools.partial(self._fetched, record.id, info)
            try:
                _admit(Login(info, record.id, fetch), logins)
            except ValueError as error:
                self._plugins.refuse(record.id, str(error))
                return

    def _fetched(self, plugin: str, info: LoginInfo) -> LoginStrategy:
        """Return the strategy that *info* describes; *plugin* is imported when it is not yet.

        Raises:
            PluginUnavailable: it does not load, or does not bring what its manifest says.
        """
        self._plugins.activate(plugin)
        record = self._plugins.record(plugin)
        brought = list(self._brought(record))
        fault = lie(record.manifest, logins=[each for each, _ in brought])
        if not fault:
            return next(strategy for each, strategy in brought if each == info)
        record = self._plugins.record(plugin)
        if _HOOK not in record.reason:  # if it raised, nobody knows what it would have brought
            self._plugins.refuse(plugin, fault)
        raise unavailable(self._plugins.record(plugin), f"login {info.name} of {info.service}")

    def _brought(self, record: PluginRecord) -> Iterator[tuple[LoginInfo, LoginStrategy]]:
        """Ask the plugin of *record* for its strategies."""
        for answer in self._plugins.collect(_HOOK, LoginStrategy, only=record.id):
            read = functools.partial(login_info, answer.value)
            info = self._plugins.guarded(record.id, _HOOK, read)
            if info is not None:
                yield info, answer.value


def login_info(strategy: LoginStrategy) -> LoginInfo:
    """Return what a manifest says of *strategy*.

    Raises:
        TypeError: its name, its service or its fields are of another type.
    """
    name, service, fields = strategy.name, strategy.service, tuple(strategy.fields)
    texts: tuple[object, ...] = (name, service)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("name and service of a login are texts")
    for field in fields:
        if not isinstance(field, CredentialField):
            raise TypeError(f"a field of a login is a CredentialField, not {type(field).__name__}")
    return LoginInfo(name=name, service=service, fields=fields)


def _itself(strategy: LoginStrategy) -> LoginStrategy:
    return strategy


def _admit(login: Login, logins: dict[tuple[str, str], Login]) -> None:
    """Put *login* among *logins*.

    Raises:
        ValueError: there is one of its name.
    """
    key = login.info.service, login.info.name
    holder = logins.setdefault(key, login)
    if holder is not login:
        raise ValueError(f"plugin {holder.plugin} brings a login {key[1]} of {key[0]} already")


def _would_bring(record: PluginRecord, service: str, strategy: str | None) -> bool:
    claimed = record.manifest.logins if record.manifest else ()
    return any(info.service == service and strategy in (None, info.name) for info in claimed)
