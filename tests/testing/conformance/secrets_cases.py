"""A secret backend that keeps every rule, and backends that break one each."""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
from tests.testing.conformance.trying import Case

import orpheus_core as oc
from orpheus_core.testing import SecretBackendSample

FILE = "secrets.json"
_LOCK = threading.Lock()


class GoodBackend:
    """Keeps secrets in a file, not in the clear: enough for a test, and for nothing else."""

    name: object = "good"
    priority: object = 10

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path("nowhere")

    def get(self, service: str, field: str) -> str | None:
        with _LOCK:
            return self.read().get(self.key(service, field))

    def set(self, service: str, field: str, value: str | None) -> bool:
        with _LOCK:
            values = self.read()
            if value is None:
                values.pop(self.key(service, field), None)
            else:
                values[self.key(service, field)] = value
            self.write(values)
        return True

    def key(self, service: str, field: str) -> str:
        return json.dumps([service, field])

    def read(self) -> dict[str, str]:
        file = self.folder / FILE
        if not file.exists():
            return {}
        mixed = bytes(byte ^ 0x5A for byte in file.read_bytes())
        found: dict[str, str] = json.loads(mixed)
        return found

    def write(self, values: dict[str, str]) -> None:
        mixed = bytes(byte ^ 0x5A for byte in json.dumps(values).encode())
        self.folder.joinpath(FILE).write_bytes(mixed)


class BackendPlugin:
    """Brings one backend."""

    def __init__(self, backend: object) -> None:
        self.backend = backend

    @oc.hookimpl
    def orpheus_secret_backends(self) -> Sequence[object]:
        return [self.backend]


def sample(backend: Callable[[Path], object], **changes: object) -> SecretBackendSample:
    """Return a sample that makes *backend*."""
    made = SecretBackendSample(make=backend)  # type: ignore[arg-type] # some are odd on purpose
    return attrs.evolve(made, **changes)


def case(
    code: str,
    because: str,
    backend: type[GoodBackend] = GoodBackend,
    *,
    also: Sequence[str] = (),
    **changes: object,
) -> Case:
    """Return the case of a plugin that brings *backend*."""
    return Case(
        code=f"secrets.{code}",
        because=because,
        plugin=lambda: BackendPlugin(backend()),
        samples=(sample(backend, **changes),),
        also=frozenset(f"secrets.{each}" for each in also),
    )


def backend_with(**changes: object) -> type[GoodBackend]:
    """Return a backend that says other things of itself."""
    return type("Changed", (GoodBackend,), changes)


class Strips(GoodBackend):
    def get(self, service: str, field: str) -> str | None:
        value = super().get(service, field)
        return value.strip() if value else value


class SaysNothing(GoodBackend):
    def set(self, service: str, field: str, value: str | None) -> bool:
        super().set(service, field, value)
        return None  # type: ignore[return-value] # that is the mistake


class ForgetsAll(GoodBackend):
    def set(self, service: str, field: str, value: str | None) -> bool:
        if value is None:
            self.write({})
            return True
        return super().set(service, field, value)


class Joins(GoodBackend):
    def key(self, service: str, field: str) -> str:
        return f"{service}.{field}"


class InMemory(GoodBackend):
    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.values: dict[str, str] = {}

    def read(self) -> dict[str, str]:
        return self.values

    def write(self, values: dict[str, str]) -> None:
        self.values = values


class ReadOnlyTakes(GoodBackend):
    """Says that it cannot be written to, and takes what it is given."""


class ReadOnly(GoodBackend):
    def get(self, service: str, field: str) -> str | None:
        return "held" if (service, field) == ("sandbox", "token") else None

    def set(self, service: str, field: str, value: str | None) -> bool:
        return False


class Plain(GoodBackend):
    def read(self) -> dict[str, str]:
        file = self.folder / FILE
        found: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        return found

    def write(self, values: dict[str, str]) -> None:
        file = self.folder / FILE
        file.write_text(json.dumps(values), "utf-8")
        os.chmod(file, 0o644)  # noqa: PTH101 - as it is by default


class Encodes(Plain):
    """Base64 is no encryption."""

    def read(self) -> dict[str, str]:
        found = super().read()
        return {key: base64.b64decode(value).decode() for key, value in found.items()}

    def write(self, values: dict[str, str]) -> None:
        coded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        super().write(coded)


class Logs(GoodBackend):
    def set(self, service: str, field: str, value: str | None) -> bool:
        logging.getLogger("backend").debug("set %s to %s", field, value)
        return super().set(service, field, value)


class Shows(GoodBackend):
    def __repr__(self) -> str:
        return f"Shows({self.read()})"


class OneAtATime(GoodBackend):
    """Forgets what somebody else wrote meanwhile."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.of_this_thread = threading.local()

    def read(self) -> dict[str, str]:
        found: dict[str, str] | None = getattr(self.of_this_thread, "values", None)
        return dict(found if found is not None else super().read())

    def write(self, values: dict[str, str]) -> None:
        self.of_this_thread.values = dict(values)
        super().write(values)


CASES = [
    Case(
        code="secrets.has-sample",
        because="the secret backend good has none",
        plugin=lambda: BackendPlugin(GoodBackend()),
    ),
    case("says-what-it-is", "the name '' cannot", backend_with(name="")),
    case("says-what-it-is", "the priority of good is True", backend_with(priority=True)),
    case("keeps", "does not give back ' around '", Strips),
    case("keeps", "does not take 'plain'", SaysNothing, also=["forgets"]),
    case("forgets", "removing one value touched another", ForgetsAll),
    case("keeps-apart", "is mixed up", Joins),
    case("lasts", "does not know what the first was told", InMemory),
    case(
        "says-when-it-cannot",
        "does not say that it cannot",
        ReadOnlyTakes,
        writable=False,
    ),
    case(
        "says-when-it-cannot",
        "does not have pin of sandbox",
        ReadOnly,
        writable=False,
        holds={("sandbox", "pin"): "1"},
    ),
    case("writes-nothing-down", "plain, in file secrets.json", Plain),
    case("writes-nothing-down", "Base64, in file secrets.json", Encodes),
    case("writes-nothing-down", "may be read by others", Plain, plain=True),
    case("writes-nothing-down", "plain, in log backend", Logs),
    case("writes-nothing-down", "plain, in result its repr", Shows),
    case("serves-many", "values are lost", OneAtATime),
]
