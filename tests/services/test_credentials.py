"""Credentials: backends in order, masked once seen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import orpheus_core as oc
from orpheus_core.plugins import HookFailure, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.services import CredentialManager, EnvironmentBackend, MemoryBackend


def manager(
    *backends: object, failures: list[HookFailure] | None = None
) -> tuple[CredentialManager, Redactor]:
    host = PluginHost(on_failure=(failures if failures is not None else []).append)
    redactor = Redactor()
    for number, backend in enumerate(backends):
        host.register(f"backend-{number}", backend)
    return CredentialManager(host, redactor), redactor


def test_variables_supply_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """ORPHEUS_<SERVICE>_<FIELD>; an empty one counts as absent."""
    monkeypatch.setenv("ORPHEUS_QOBUZ_AUTH_TOKEN", "from the environment")
    monkeypatch.setenv("ORPHEUS_QOBUZ_APP_ID", "")
    credentials, _ = manager(EnvironmentBackend())
    assert credentials.get("qobuz", "auth_token") == "from the environment"
    assert credentials.get("qobuz", "app_id") is None


def test_what_a_script_sets_comes_first_and_can_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments override the environment."""
    monkeypatch.setenv("ORPHEUS_QOBUZ_AUTH_TOKEN", "old value")
    credentials, _ = manager(EnvironmentBackend(), MemoryBackend())
    credentials.set("qobuz", "auth_token", "new value")
    assert credentials.get("qobuz", "auth_token") == "new value"
    credentials.delete("qobuz", "auth_token")
    assert credentials.get("qobuz", "auth_token") == "old value"


def test_values_are_masked_from_the_first_touch() -> None:
    """Set or got: from then on no text shows them."""
    credentials, redactor = manager(MemoryBackend())
    credentials.set("qobuz", "auth_token", "very-secret")
    assert redactor.clean("token=very-secret") == "token=***"


def test_without_a_place_to_write_setting_is_refused() -> None:
    """And says what to do instead."""
    credentials, _ = manager(EnvironmentBackend())
    with pytest.raises(oc.SecretRefused) as caught:
        credentials.set("qobuz", "auth_token", "very-secret")
    assert "very-secret" not in str(caught.value) + caught.value.why


class Vault:
    """A backend that does what the test wants of it."""

    name = "vault"
    priority: object = 200

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.asked = 0

    def get(self, service: str, field: str) -> object:
        self.asked += 1
        return self._answered()

    def set(self, service: str, field: str, value: str | None) -> object:
        return self._answered()

    def _answered(self) -> object:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    @oc.hookimpl
    def orpheus_secret_backends(self) -> Sequence[object]:
        return [self]


@pytest.mark.parametrize("answer", [OSError("no bus"), SystemExit(1), b"bytes", 42])
def test_a_backend_that_fails_is_named_and_passed_over(answer: object) -> None:
    """The services go on with what the other backends have."""
    failures: list[HookFailure] = []
    memory = MemoryBackend()
    memory.set("qobuz", "auth_token", "from memory")
    credentials, _ = manager(memory, Vault(answer), failures=failures)
    assert credentials.get("qobuz", "auth_token") == "from memory"
    assert [failure.plugin for failure in failures] == ["backend-1"]


def test_a_backend_that_keeps_failing_is_asked_again() -> None:
    """Only advice is ever muted: the next time its secret may be there."""
    failures: list[HookFailure] = []
    vault = Vault(OSError("no bus"))
    credentials, _ = manager(vault, failures=failures)
    for _ in range(5):
        assert credentials.get("qobuz", "auth_token") is None
    vault.answer = "very-secret"
    assert credentials.get("qobuz", "auth_token") == "very-secret"
    assert len(failures) == 5


def test_what_a_backend_says_on_purpose_reaches_the_caller() -> None:
    """A locked vault is not an absent secret."""
    credentials, _ = manager(MemoryBackend(), Vault(oc.SecretRefused("the vault is locked")))
    with pytest.raises(oc.SecretRefused, match="the vault is locked"):
        credentials.get("qobuz", "auth_token")


def test_a_backend_that_fails_at_writing_is_passed_over() -> None:
    """The next one takes the secret."""
    credentials, _ = manager(MemoryBackend(), Vault(OSError("read-only")))
    credentials.set("qobuz", "auth_token", "very-secret")
    assert credentials.get("qobuz", "auth_token") == "very-secret"


def test_a_backend_without_a_usable_priority_is_left_out() -> None:
    """Nobody could say when it is asked; the others are."""
    vault = Vault("from the vault")
    vault.priority = "high"
    failures: list[HookFailure] = []
    credentials, _ = manager(MemoryBackend(), vault, failures=failures)
    assert credentials.get("qobuz", "auth_token") is None
    assert [failure.plugin for failure in failures] == ["backend-1"]


def test_the_backends_are_asked_for_once() -> None:
    """As the hook says: one that makes a new backend each time would lose what it was told."""
    times = 0

    class Makes:
        @oc.hookimpl
        def orpheus_secret_backends(self) -> Sequence[object]:
            nonlocal times
            times += 1
            return [MemoryBackend()]

    credentials, _ = manager(Makes())
    credentials.set("qobuz", "auth_token", "very-secret")
    assert credentials.get("qobuz", "auth_token") == "very-secret"
    assert times == 1


def test_what_a_service_calls_no_secret_is_shown() -> None:
    """The address of one's own server stands in events; its password does not."""
    host, redactor = PluginHost(), Redactor()
    host.register("memory", MemoryBackend())
    credentials = CredentialManager(host, redactor, lambda service, field: field != "url")
    credentials.set("mine", "url", "http://nas.local:4533")
    credentials.set("mine", "password", "very-secret")
    shown = redactor.clean("http://nas.local:4533/?p=very-secret")
    assert shown == "http://nas.local:4533/?p=***"
