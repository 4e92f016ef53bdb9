"""Credentials: asked of every secret backend in turn, and masked from then on."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Sequence

from orpheus_core.config import variable_name
from orpheus_core.errors import OrpheusError, SecretRefused
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import PluginHost, switch_on
from orpheus_core.redaction import Redactor
from orpheus_core.services.module import SecretBackend
from orpheus_core.services.secret_backends import HOOK, SecretBackends


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
        self._backends = SecretBackends(plugins)
        self._redactor = redactor
        self._is_secret = is_secret

    def get(self, service: str, field: str, *, secret: bool | None = None) -> str | None:
        """Return the value of *field* for *service*, or None when no backend has it.

        A backend that fails is reported and passed over.

        Args:
            secret: whether it is masked from now on; the service says so when None.

        Raises:
            OrpheusError: a backend says so on purpose: it is locked, for example.
        """
        for plugin, backend in self._backends.in_order():
            read = functools.partial(_read, backend, service, field)
            value = self._plugins.guarded(plugin, HOOK, read, let_through=(OrpheusError,))
            if value is not None:
                self._mask(service, field, value, secret=secret)
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

    def _mask(self, service: str, field: str, value: str, *, secret: bool | None = None) -> None:
        if secret is None:
            secret = self._is_secret is None or self._is_secret(service, field)
        if secret:
            self._redactor.add(value)

    def _write(self, service: str, field: str, value: str | None) -> None:
        for plugin, backend in self._backends.in_order():
            write = functools.partial(backend.set, service, field, value)
            if self._plugins.guarded(plugin, HOOK, write, let_through=(OrpheusError,)):
                return
        missing = self._backends.missing()
        raise SecretRefused(
            f"no secret backend can store {field} of {service}",
            why="; ".join(f"{each.title}: {each.why}".rstrip(": ") for each in missing),
            next_step=missing[0].next_step
            if missing
            else switch_on(self._plugins, "core-secrets-memory"),
        )


def _read(backend: SecretBackend, service: str, field: str) -> str | None:
    value = backend.get(service, field)
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"a secret is text, not {type(value).__name__}")


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
