"""Services: what they are, what they can, and the credentials they are used with."""

from orpheus_core.services.client import BoundClient
from orpheus_core.services.credentials import (
    CredentialManager,
    EnvironmentBackend,
    MemoryBackend,
    variable_name,
)
from orpheus_core.services.module import (
    CredentialField,
    Feature,
    MediaFile,
    RateLimit,
    SearchHit,
    SecretBackend,
    ServiceClient,
    ServiceInfo,
    ServiceModule,
)
from orpheus_core.services.registry import Service, ServiceRegistry, ShortLink

__all__ = [
    "BoundClient",
    "CredentialField",
    "CredentialManager",
    "EnvironmentBackend",
    "Feature",
    "MediaFile",
    "MemoryBackend",
    "RateLimit",
    "SearchHit",
    "SecretBackend",
    "Service",
    "ServiceClient",
    "ServiceInfo",
    "ServiceModule",
    "ServiceRegistry",
    "ShortLink",
    "variable_name",
]
