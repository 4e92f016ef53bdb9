"""Services: what they are, what they can, and the credentials they are used with."""

from orpheus_core.config import variable_name
from orpheus_core.services.client import BoundClient
from orpheus_core.services.credentials import (
    CredentialManager,
    EnvironmentBackend,
    MemoryBackend,
)
from orpheus_core.services.login import LoginStrategy, Session
from orpheus_core.services.logins import login_info
from orpheus_core.services.module import (
    MediaFile,
    SearchHit,
    SecretBackend,
    ServiceClient,
    ServiceModule,
)
from orpheus_core.services.network_lines import declare, declare_named
from orpheus_core.services.registry import ServiceRegistry, ShortLink, service_info
from orpheus_core.services.renewal import LoginRenewal
from orpheus_core.services.secret_backends import backend_info
from orpheus_core.services.service import Service
from orpheus_core.services.sessions import SessionManager

__all__ = [
    "BoundClient",
    "CredentialManager",
    "EnvironmentBackend",
    "LoginRenewal",
    "LoginStrategy",
    "MediaFile",
    "MemoryBackend",
    "SearchHit",
    "SecretBackend",
    "Service",
    "ServiceClient",
    "ServiceModule",
    "ServiceRegistry",
    "Session",
    "SessionManager",
    "ShortLink",
    "backend_info",
    "declare",
    "declare_named",
    "login_info",
    "service_info",
    "variable_name",
]
