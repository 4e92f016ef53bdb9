"""Credentials: asked of every secret backend in turn, and masked from then on."""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Callable, Sequence

from orpheus_core.errors import OrpheusError, SecretRefused
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.services.module import SecretBackend

_HOOK = "orpheus_secret_backends"


class CredentialManager:
    """Reads and writes the credentials of services.

    Every value that passes through is masked in events, errors and logs from then on,
    unless its service says that it is no secret: the address of a person's own server, say.

    Args:
        is_secret: asked with the service and the field; everything is one when None.
    """

    def __init__(
        self,
        plugins: PluginHost,
        redactor: Redactor,
        is_secret: Callable[[str, str], bool] | None = None,
    ) -> None:
        self._plugins = plugins
        self._redactor = redactor
        self._is_secret = is_secret
        self._lock = threading.RLock()
        self._ordered: list[tuple[str, SecretBackend]] | None = None

    def get(self, service: str, field: str) -> str | None:
        """Return the value of *field* for *service*, or None when no backend has it.

        A backend that fails is reported and passed over.

        Raises:
            OrpheusError: a backend says so on purpose: it is locked, for example.
        """
        for plugin, backend in self._backends():
            read = functools.partial(_read, backend, service, field)
            value = self._plugins.guarded(plugin, _HOOK, read, let_through=(OrpheusError,))
            if value is not None:
                self._mask(service, field, value)
                return value
        return None

    def set(self, service: str, field: str, value: str) -> None:
        """Store *value* in the first backend that takes it.

        Raises:
            SecretRefused: none does.
        """
        self._mask(service, field, value)
        self._write(service, field, value)

    def delete(self, service: str, field: str) -> None:
        """Remove *field* of *service* from the first backend that can.

        Raises:
            SecretRefused: none can.
        """
        self._write(service, field, None)

    def _mask(self, service: str, field: str, value: str) -> None:
        if self._is_secret is None or self._is_secret(service, field):
            self._redactor.add(value)

    def _write(self, service: str, field: str, value: str | None) -> None:
        for plugin, backend in self._backends():
            write = functools.partial(backend.set, service, field, value)
            if self._plugins.guarded(plugin, _HOOK, write, let_through=(OrpheusError,)):
                return
        raise SecretRefused(f"no secret backend can store {field} of {service}")

    def _backends(self) -> list[tuple[str, SecretBackend]]:
        """Every backend with its plugin, in the order in which they are asked."""
        with self._lock:
            if self._ordered is None:
                ranked = []
                for answer in self._plugins.collect("orpheus_secret_backends", SecretBackend):
                    rank = self._plugins.guarded(
                        answer.plugin, _HOOK, functools.partial(_rank, answer.value)
                    )
                    if rank is not None:
                        ranked.append((rank, answer.plugin, answer.value))
                ranked.sort(key=lambda each: each[0])
                self._ordered = [(plugin, backend) for _, plugin, backend in ranked]
            return self._ordered


def _read(backend: SecretBackend, service: str, field: str) -> str | None:
    value = backend.get(service, field)
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"a secret is text, not {type(value).__name__}")


def _rank(backend: SecretBackend) -> tuple[float, str]:
    return -float(backend.priority), str(backend.name)


class MemoryBackend:
    """Secrets that a script set: held until the application closes. Built-in plugin."""

    name = "memory"
    priority = 100

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def get(self, service: str, field: str) -> str | None:
        """Return the value that was set."""
        with self._lock:
            return self._values.get((service, field))

    def set(self, service: str, field: str, value: str | None) -> bool:
        """Keep *value*, or forget it when None."""
        with self._lock:
            if value is None:
                self._values.pop((service, field), None)
            else:
                self._values[service, field] = value
        return True

    @hookimpl
    def orpheus_secret_backends(self) -> Sequence[SecretBackend]:
        """Offer this backend."""
        return [self]


class EnvironmentBackend:
    """Secrets in variables named ``ORPHEUS_<SERVICE>_<FIELD>``. Built-in plugin."""

    name = "environment"
    priority = 50

    def get(self, service: str, field: str) -> str | None:
        """Return the variable's value; an empty one counts as absent."""
        return os.environ.get(variable_name(service, field)) or None

    def set(self, service: str, field: str, value: str | None) -> bool:
        """Variables are the caller's: never written."""
        return False

    @hookimpl
    def orpheus_secret_backends(self) -> Sequence[SecretBackend]:
        """Offer this backend."""
        return [self]


def variable_name(service: str, field: str) -> str:
    """The environment variable that supplies *field* of *service*.

    >>> variable_name("qobuz", "auth_token")
    'ORPHEUS_QOBUZ_AUTH_TOKEN'
    """
    return "ORPHEUS_" + re.sub(r"[^A-Z0-9]", "_", f"{service}_{field}".upper())
