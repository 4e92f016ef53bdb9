"""Secret backends that manifests claim: imported when their turn comes, and not before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import pytest
from tests.plugins.fakes import eager, host_of, lazy, manifest, state_of

import orpheus_core as oc
from orpheus_core.plugins import FoundPlugin, LoadFailure, PluginHost, PluginState
from orpheus_core.redaction import Redactor
from orpheus_core.services import CredentialManager, MemoryBackend

HOOK = "orpheus_secret_backends"


@attrs.define(eq=False)
class Vault:
    """A plugin with one backend, which holds *value*."""

    value: str | None = None
    name: str = "vault"
    priority: int = 200
    error: BaseException | None = None
    imports: int = 0
    taken: str | None = None

    def brings(self) -> Vault:
        self.imports += 1
        if self.error is not None:
            raise self.error
        return self

    def get(self, service: str, field: str) -> str | None:
        return self.value

    def set(self, service: str, field: str, value: str | None) -> bool:
        self.taken = value
        return True

    @oc.hookimpl
    def orpheus_secret_backends(self) -> Sequence[object]:
        return [self]


def claimed(
    vault: Vault, plugin: str = "vault", different: Mapping[str, object] | None = None
) -> FoundPlugin:
    """The installed plugin, whose manifest says what is true unless it is *different*."""
    info = oc.SecretBackendInfo(name=vault.name, priority=vault.priority)
    info = attrs.evolve(info, **(different or {}))  # type: ignore[arg-type] # the test's own
    claims = attrs.evolve(manifest(plugin, HOOK), secret_backends=(info,))
    return lazy(plugin, vault.brings, claims=claims)


def manager(
    *found: FoundPlugin, memory: str | None = None, **options: object
) -> tuple[CredentialManager, PluginHost]:
    host = host_of(*found, **options)
    if memory is not None:
        backend = MemoryBackend()
        backend.set("shop", "token", memory)
        host.register_builtins({"core-secrets-memory": backend}, "0")
    return CredentialManager(host, Redactor()), host


def test_a_vault_is_imported_when_those_before_it_have_no_answer() -> None:
    """In the order of the priorities that the manifests state."""
    low, high = Vault("of low", name="low", priority=1), Vault(name="high", priority=200)
    credentials, _ = manager(claimed(low, "low"), claimed(high, "high"), memory="of memory")
    assert credentials.get("shop", "token") == "of memory"
    assert (high.imports, low.imports) == (1, 0)
    assert credentials.get("shop", "other") == "of low"
    assert credentials.get("shop", "other") == "of low"
    assert (high.imports, low.imports) == (1, 1)


def test_nothing_is_imported_as_long_as_no_secret_is_asked_for() -> None:
    """Also to write, the first that takes it is enough."""
    vault = Vault(priority=1)
    credentials, _ = manager(claimed(vault), memory="of memory")
    assert vault.imports == 0
    credentials.set("shop", "token", "another")
    assert vault.imports == 0


@pytest.mark.parametrize("different", [{"name": "safe"}, {"priority": 300}])
def test_a_backend_that_is_not_as_claimed_is_refused(different: dict[str, object]) -> None:
    """Nothing is read from it, and nothing is given to it."""
    vault = Vault("of the vault")
    credentials, host = manager(claimed(vault, different=different), memory="of memory")
    assert credentials.get("shop", "token") == "of memory"
    credentials.set("shop", "token", "very-secret")
    assert vault.taken is None
    assert state_of(host, "vault")[0] is PluginState.INVALID_MANIFEST


def test_a_vault_that_does_not_load_is_reported_and_passed_over() -> None:
    """Once: it is not tried again in this process."""
    failures: list[LoadFailure] = []
    vault = Vault(error=ImportError("no such library"))
    credentials, _ = manager(claimed(vault), memory="of memory", on_load_failure=failures.append)
    for _ in range(3):
        assert credentials.get("shop", "token") == "of memory"
    assert vault.imports == 1
    assert [failure.plugin for failure in failures] == ["vault"]


def test_a_secret_that_nobody_takes_names_the_vault_that_is_not_there() -> None:
    """And what to do about it."""
    vault = Vault(error=ImportError("no such library"))
    credentials, _ = manager(claimed(vault))
    with pytest.raises(oc.SecretRefused) as caught:
        credentials.set("shop", "token", "very-secret")
    assert "no such library" in caught.value.why
    assert "orpheus-vault" in caught.value.next_step
    assert "very-secret" not in f"{caught.value} {caught.value.why}"


def test_a_vault_that_was_left_out_is_named_too() -> None:
    """Its manifest says that it would have been one; one that a person switched off is not."""
    vault = claimed(Vault())
    assert vault.manifest is not None
    too_new = attrs.evolve(vault, manifest=attrs.evolve(vault.manifest, api=((9, 0),)))
    credentials, _ = manager(too_new)
    with pytest.raises(oc.SecretRefused) as caught:
        credentials.set("shop", "token", "x")
    assert "secret backend vault needs plugin vault" in caught.value.why
    credentials, _ = manager(claimed(Vault()), disabled=["vault"])
    with pytest.raises(oc.SecretRefused) as caught:
        credentials.set("shop", "token", "x")
    assert caught.value.why == ""


def test_a_hook_that_raises_is_asked_once_and_is_no_lie() -> None:
    """The vault is passed over; its plugin is not refused."""
    times = 0

    class Raises:
        @oc.hookimpl
        def orpheus_secret_backends(self) -> Sequence[object]:
            nonlocal times
            times += 1
            raise OSError("no bus")

    claims = claimed(Vault()).manifest
    credentials, host = manager(lazy("vault", Raises, claims=claims), memory="of memory")
    for _ in range(3):
        assert credentials.get("shop", "token") == "of memory"
    assert times == 1
    assert state_of(host, "vault")[0] is PluginState.FAILED


def test_the_built_in_place_that_is_switched_off_is_named() -> None:
    """It is the one that takes what a script sets."""
    host = PluginHost(disabled=["core-secrets-memory"])
    host.register_builtins({"core-secrets-memory": MemoryBackend()}, "0")
    with pytest.raises(oc.SecretRefused) as caught:
        CredentialManager(host, Redactor()).set("shop", "token", "x")
    assert caught.value.next_step == "orpheus plugin enable core-secrets-memory"


def test_one_without_a_manifest_stands_at_its_priority() -> None:
    """It is asked for its backends when any secret is first needed."""
    bare, vault = Vault("of bare", name="bare", priority=300), Vault("of the vault")
    credentials, _ = manager(eager("bare", bare.brings), claimed(vault))
    assert credentials.get("shop", "token") == "of bare"
    assert vault.imports == 0
