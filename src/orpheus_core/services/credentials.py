"""Credentials: asked of every secret backend in turn, and masked from then on."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence

from orpheus_core.errors import SecretRefused
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.services.module import SecretBackend


class CredentialManager:
    """Reads and writes the credentials of services.

    Every value that passes through is masked in events, errors and logs from then on.
    """

    def __init__(self, plugins: PluginHost, redactor: Redactor) -> None:
        self._plugins = plugins
        self._redactor = redactor

    def get(self, service: str, field: str) -> str | None:
        """Return the value of *field* for *service*, or None when no backend has it."""
        for backend in self._backends():
            value = backend.get(service, field)
            if value is not None:
                self._redactor.add(value)
                return value
        return None

    def set(self, service: str, field: str, value: str) -> None:
        """Store *value* in the first backend that takes it.

        Raises:
            SecretRefused: none does.
        """
        self._redactor.add(value)
        self._write(service, field, value)

    def delete(self, service: str, field: str) -> None:
        """Remove *field* of *service* from the first backend that can.

        Raises:
            SecretRefused: none can.
        """
        self._write(service, field, None)

    def _write(self, service: str, field: str, value: str | None) -> None:
        if not any(backend.set(service, field, value) for backend in self._backends()):
            raise SecretRefused(f"no secret backend can store {field} of {service}")

    def _backends(self) -> list[SecretBackend]:
        answers = self._plugins.collect("orpheus_secret_backends", SecretBackend)
        return sorted((a.value for a in answers), key=lambda b: (-b.priority, b.name))


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
