"""Credentials: backends in order, masked once seen."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.services import CredentialManager, EnvironmentBackend, MemoryBackend


def manager(*backends: object) -> tuple[CredentialManager, Redactor]:
    host, redactor = PluginHost(), Redactor()
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
