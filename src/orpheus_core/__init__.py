"""Orpheus collects the music that a person is entitled to.

The names that scripts and plugins use. Nothing is imported until a name is first used
(PEP 562), so that ``import orpheus_core`` costs next to nothing.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orpheus_core.app import (
        Orpheus as Orpheus,
    )
    from orpheus_core.brain import (
        Action as Action,
    )
    from orpheus_core.brain import (
        Advice as Advice,
    )
    from orpheus_core.brain import (
        Applicability as Applicability,
    )
    from orpheus_core.brain import (
        Brain as Brain,
    )
    from orpheus_core.brain import (
        Decision as Decision,
    )
    from orpheus_core.brain import (
        Event as Event,
    )
    from orpheus_core.brain import (
        EventBus as EventBus,
    )
    from orpheus_core.brain import (
        Question as Question,
    )
    from orpheus_core.brain import (
        QuestionKind as QuestionKind,
    )
    from orpheus_core.brain import (
        Severity as Severity,
    )
    from orpheus_core.brain import (
        Situation as Situation,
    )
    from orpheus_core.brain import (
        Verdict as Verdict,
    )
    from orpheus_core.clock import (
        Clock as Clock,
    )
    from orpheus_core.clock import (
        SystemClock as SystemClock,
    )
    from orpheus_core.config import (
        Settings as Settings,
    )
    from orpheus_core.config import (
        load_settings as load_settings,
    )
    from orpheus_core.delivery import (
        Artifact as Artifact,
    )
    from orpheus_core.delivery import (
        DownloadReport as DownloadReport,
    )
    from orpheus_core.delivery import (
        Failure as Failure,
    )
    from orpheus_core.delivery import (
        FetchedFile as FetchedFile,
    )
    from orpheus_core.delivery import (
        Item as Item,
    )
    from orpheus_core.delivery import (
        JobItem as JobItem,
    )
    from orpheus_core.delivery import (
        JobStage as JobStage,
    )
    from orpheus_core.delivery import (
        Manifest as Manifest,
    )
    from orpheus_core.delivery import (
        Scope as Scope,
    )
    from orpheus_core.delivery import (
        Stage as Stage,
    )
    from orpheus_core.delivery import (
        StageContext as StageContext,
    )
    from orpheus_core.delivery import (
        TrackItem as TrackItem,
    )
    from orpheus_core.delivery import (
        TrackStage as TrackStage,
    )
    from orpheus_core.delivery import (
        TrackTags as TrackTags,
    )
    from orpheus_core.delivery import (
        Verification as Verification,
    )
    from orpheus_core.errors import (
        AnswerTooLarge as AnswerTooLarge,
    )
    from orpheus_core.errors import (
        AuthError as AuthError,
    )
    from orpheus_core.errors import (
        BadRedirect as BadRedirect,
    )
    from orpheus_core.errors import (
        CaMissing as CaMissing,
    )
    from orpheus_core.errors import (
        Cancelled as Cancelled,
    )
    from orpheus_core.errors import (
        CaptivePortal as CaptivePortal,
    )
    from orpheus_core.errors import (
        ChallengePage as ChallengePage,
    )
    from orpheus_core.errors import (
        ChecksumMismatch as ChecksumMismatch,
    )
    from orpheus_core.errors import (
        ClockWrong as ClockWrong,
    )
    from orpheus_core.errors import (
        ConfigError as ConfigError,
    )
    from orpheus_core.errors import (
        ConnectionLost as ConnectionLost,
    )
    from orpheus_core.errors import (
        ConnectionRefused as ConnectionRefused,
    )
    from orpheus_core.errors import (
        ConnectTimeout as ConnectTimeout,
    )
    from orpheus_core.errors import (
        CountryRestricted as CountryRestricted,
    )
    from orpheus_core.errors import (
        DamagedAudio as DamagedAudio,
    )
    from orpheus_core.errors import (
        DeliveryError as DeliveryError,
    )
    from orpheus_core.errors import (
        DiskFailing as DiskFailing,
    )
    from orpheus_core.errors import (
        DiskFull as DiskFull,
    )
    from orpheus_core.errors import (
        DnsFailure as DnsFailure,
    )
    from orpheus_core.errors import (
        DnsTimeout as DnsTimeout,
    )
    from orpheus_core.errors import (
        ExitStatus as ExitStatus,
    )
    from orpheus_core.errors import (
        FileInUse as FileInUse,
    )
    from orpheus_core.errors import (
        FileTooLarge as FileTooLarge,
    )
    from orpheus_core.errors import (
        FolderBusy as FolderBusy,
    )
    from orpheus_core.errors import (
        Forbidden as Forbidden,
    )
    from orpheus_core.errors import (
        HookFailed as HookFailed,
    )
    from orpheus_core.errors import (
        HostUnreachable as HostUnreachable,
    )
    from orpheus_core.errors import (
        IntegrityError as IntegrityError,
    )
    from orpheus_core.errors import (
        InvalidManifest as InvalidManifest,
    )
    from orpheus_core.errors import (
        InvalidSetting as InvalidSetting,
    )
    from orpheus_core.errors import (
        InvalidTemplate as InvalidTemplate,
    )
    from orpheus_core.errors import (
        InvalidUrl as InvalidUrl,
    )
    from orpheus_core.errors import (
        ItemNotFound as ItemNotFound,
    )
    from orpheus_core.errors import (
        LengthUnknown as LengthUnknown,
    )
    from orpheus_core.errors import (
        LoginNeeded as LoginNeeded,
    )
    from orpheus_core.errors import (
        MalformedSecret as MalformedSecret,
    )
    from orpheus_core.errors import (
        MalformedSettings as MalformedSettings,
    )
    from orpheus_core.errors import (
        NameTooLong as NameTooLong,
    )
    from orpheus_core.errors import (
        NetworkError as NetworkError,
    )
    from orpheus_core.errors import (
        NoPermission as NoPermission,
    )
    from orpheus_core.errors import (
        NoService as NoService,
    )
    from orpheus_core.errors import (
        NotAnArtifact as NotAnArtifact,
    )
    from orpheus_core.errors import (
        NotAudio as NotAudio,
    )
    from orpheus_core.errors import (
        NotMusic as NotMusic,
    )
    from orpheus_core.errors import (
        OrpheusError as OrpheusError,
    )
    from orpheus_core.errors import (
        OutsideFolder as OutsideFolder,
    )
    from orpheus_core.errors import (
        PartialRelease as PartialRelease,
    )
    from orpheus_core.errors import (
        PictureRefused as PictureRefused,
    )
    from orpheus_core.errors import (
        PluginError as PluginError,
    )
    from orpheus_core.errors import (
        PluginLoadFailed as PluginLoadFailed,
    )
    from orpheus_core.errors import (
        ProtectedContent as ProtectedContent,
    )
    from orpheus_core.errors import (
        ProtocolViolation as ProtocolViolation,
    )
    from orpheus_core.errors import (
        ProxyAuthRequired as ProxyAuthRequired,
    )
    from orpheus_core.errors import (
        ProxyUnreachable as ProxyUnreachable,
    )
    from orpheus_core.errors import (
        QualityUnavailable as QualityUnavailable,
    )
    from orpheus_core.errors import (
        RateLimited as RateLimited,
    )
    from orpheus_core.errors import (
        ReadTimeout as ReadTimeout,
    )
    from orpheus_core.errors import (
        RequestRejected as RequestRejected,
    )
    from orpheus_core.errors import (
        Retryable as Retryable,
    )
    from orpheus_core.errors import (
        SampleInsteadOfTrack as SampleInsteadOfTrack,
    )
    from orpheus_core.errors import (
        SchemaMismatch as SchemaMismatch,
    )
    from orpheus_core.errors import (
        SecretRefused as SecretRefused,
    )
    from orpheus_core.errors import (
        ServiceDown as ServiceDown,
    )
    from orpheus_core.errors import (
        ServiceError as ServiceError,
    )
    from orpheus_core.errors import (
        StageCycle as StageCycle,
    )
    from orpheus_core.errors import (
        Stalled as Stalled,
    )
    from orpheus_core.errors import (
        StorageError as StorageError,
    )
    from orpheus_core.errors import (
        StorageFailed as StorageFailed,
    )
    from orpheus_core.errors import (
        SymlinkInPath as SymlinkInPath,
    )
    from orpheus_core.errors import (
        TagsFailed as TagsFailed,
    )
    from orpheus_core.errors import (
        TargetGone as TargetGone,
    )
    from orpheus_core.errors import (
        TlsExpired as TlsExpired,
    )
    from orpheus_core.errors import (
        TlsProtocol as TlsProtocol,
    )
    from orpheus_core.errors import (
        TlsUntrusted as TlsUntrusted,
    )
    from orpheus_core.errors import (
        TlsWrongName as TlsWrongName,
    )
    from orpheus_core.errors import (
        TooSlow as TooSlow,
    )
    from orpheus_core.errors import (
        Truncated as Truncated,
    )
    from orpheus_core.errors import (
        UnclassifiedError as UnclassifiedError,
    )
    from orpheus_core.errors import (
        UndeclaredHost as UndeclaredHost,
    )
    from orpheus_core.errors import (
        UnexpectedAddress as UnexpectedAddress,
    )
    from orpheus_core.errors import (
        UnexpectedAnswer as UnexpectedAnswer,
    )
    from orpheus_core.errors import (
        UnknownWord as UnknownWord,
    )
    from orpheus_core.errors import (
        UsageError as UsageError,
    )
    from orpheus_core.errors import (
        VaultError as VaultError,
    )
    from orpheus_core.errors import (
        WrongEncoding as WrongEncoding,
    )
    from orpheus_core.hookspecs import (
        hookimpl as hookimpl,
    )
    from orpheus_core.music import (
        Artist as Artist,
    )
    from orpheus_core.music import (
        AudioFormat as AudioFormat,
    )
    from orpheus_core.music import (
        Codec as Codec,
    )
    from orpheus_core.music import (
        Credit as Credit,
    )
    from orpheus_core.music import (
        CreditRole as CreditRole,
    )
    from orpheus_core.music import (
        Image as Image,
    )
    from orpheus_core.music import (
        LinkPattern as LinkPattern,
    )
    from orpheus_core.music import (
        Lyrics as Lyrics,
    )
    from orpheus_core.music import (
        Media as Media,
    )
    from orpheus_core.music import (
        MediaKind as MediaKind,
    )
    from orpheus_core.music import (
        MediaRef as MediaRef,
    )
    from orpheus_core.music import (
        PartialDate as PartialDate,
    )
    from orpheus_core.music import (
        Playlist as Playlist,
    )
    from orpheus_core.music import (
        Quality as Quality,
    )
    from orpheus_core.music import (
        QualityWish as QualityWish,
    )
    from orpheus_core.music import (
        Release as Release,
    )
    from orpheus_core.music import (
        ReleaseType as ReleaseType,
    )
    from orpheus_core.music import (
        Track as Track,
    )
    from orpheus_core.music import (
        Url as Url,
    )
    from orpheus_core.network import (
        OutgoingRequest as OutgoingRequest,
    )
    from orpheus_core.plugins import (
        PluginRecord as PluginRecord,
    )
    from orpheus_core.plugins import (
        PluginState as PluginState,
    )
    from orpheus_core.services import (
        CredentialField as CredentialField,
    )
    from orpheus_core.services import CredentialManager, ServiceRegistry
    from orpheus_core.services import (
        Feature as Feature,
    )
    from orpheus_core.services import (
        MediaFile as MediaFile,
    )
    from orpheus_core.services import (
        RateLimit as RateLimit,
    )
    from orpheus_core.services import (
        SearchHit as SearchHit,
    )
    from orpheus_core.services import (
        SecretBackend as SecretBackend,
    )
    from orpheus_core.services import (
        Service as Service,
    )
    from orpheus_core.services import (
        ServiceClient as ServiceClient,
    )
    from orpheus_core.services import (
        ServiceInfo as ServiceInfo,
    )
    from orpheus_core.services import (
        ServiceModule as ServiceModule,
    )
    from orpheus_core.storage import (
        DiskStorage as DiskStorage,
    )
    from orpheus_core.storage import (
        Storage as Storage,
    )
    from orpheus_core.version import (
        VERSION as VERSION,
    )

    brain: Brain
    credential_manager: CredentialManager
    api_registry: ServiceRegistry

_NAMES = {
    "Orpheus": "orpheus_core.app",
    "Action": "orpheus_core.brain",
    "Advice": "orpheus_core.brain",
    "Applicability": "orpheus_core.brain",
    "Brain": "orpheus_core.brain",
    "Decision": "orpheus_core.brain",
    "Event": "orpheus_core.brain",
    "EventBus": "orpheus_core.brain",
    "Question": "orpheus_core.brain",
    "QuestionKind": "orpheus_core.brain",
    "Severity": "orpheus_core.brain",
    "Situation": "orpheus_core.brain",
    "Verdict": "orpheus_core.brain",
    "Clock": "orpheus_core.clock",
    "SystemClock": "orpheus_core.clock",
    "Settings": "orpheus_core.config",
    "load_settings": "orpheus_core.config",
    "Artifact": "orpheus_core.delivery",
    "DownloadReport": "orpheus_core.delivery",
    "Failure": "orpheus_core.delivery",
    "FetchedFile": "orpheus_core.delivery",
    "Item": "orpheus_core.delivery",
    "JobItem": "orpheus_core.delivery",
    "JobStage": "orpheus_core.delivery",
    "Manifest": "orpheus_core.delivery",
    "Scope": "orpheus_core.delivery",
    "Stage": "orpheus_core.delivery",
    "StageContext": "orpheus_core.delivery",
    "TrackItem": "orpheus_core.delivery",
    "TrackStage": "orpheus_core.delivery",
    "TrackTags": "orpheus_core.delivery",
    "Verification": "orpheus_core.delivery",
    "AnswerTooLarge": "orpheus_core.errors",
    "AuthError": "orpheus_core.errors",
    "BadRedirect": "orpheus_core.errors",
    "CaMissing": "orpheus_core.errors",
    "Cancelled": "orpheus_core.errors",
    "CaptivePortal": "orpheus_core.errors",
    "ChallengePage": "orpheus_core.errors",
    "ChecksumMismatch": "orpheus_core.errors",
    "ClockWrong": "orpheus_core.errors",
    "ConfigError": "orpheus_core.errors",
    "ConnectTimeout": "orpheus_core.errors",
    "ConnectionLost": "orpheus_core.errors",
    "ConnectionRefused": "orpheus_core.errors",
    "CountryRestricted": "orpheus_core.errors",
    "DamagedAudio": "orpheus_core.errors",
    "DeliveryError": "orpheus_core.errors",
    "DiskFailing": "orpheus_core.errors",
    "DiskFull": "orpheus_core.errors",
    "DnsFailure": "orpheus_core.errors",
    "DnsTimeout": "orpheus_core.errors",
    "ExitStatus": "orpheus_core.errors",
    "FileInUse": "orpheus_core.errors",
    "FileTooLarge": "orpheus_core.errors",
    "FolderBusy": "orpheus_core.errors",
    "Forbidden": "orpheus_core.errors",
    "HookFailed": "orpheus_core.errors",
    "HostUnreachable": "orpheus_core.errors",
    "IntegrityError": "orpheus_core.errors",
    "InvalidManifest": "orpheus_core.errors",
    "InvalidSetting": "orpheus_core.errors",
    "InvalidTemplate": "orpheus_core.errors",
    "InvalidUrl": "orpheus_core.errors",
    "ItemNotFound": "orpheus_core.errors",
    "LengthUnknown": "orpheus_core.errors",
    "LoginNeeded": "orpheus_core.errors",
    "MalformedSecret": "orpheus_core.errors",
    "MalformedSettings": "orpheus_core.errors",
    "NameTooLong": "orpheus_core.errors",
    "NetworkError": "orpheus_core.errors",
    "NoPermission": "orpheus_core.errors",
    "NoService": "orpheus_core.errors",
    "NotAnArtifact": "orpheus_core.errors",
    "NotAudio": "orpheus_core.errors",
    "NotMusic": "orpheus_core.errors",
    "OrpheusError": "orpheus_core.errors",
    "OutsideFolder": "orpheus_core.errors",
    "PartialRelease": "orpheus_core.errors",
    "PictureRefused": "orpheus_core.errors",
    "PluginError": "orpheus_core.errors",
    "PluginLoadFailed": "orpheus_core.errors",
    "ProtectedContent": "orpheus_core.errors",
    "ProtocolViolation": "orpheus_core.errors",
    "ProxyAuthRequired": "orpheus_core.errors",
    "ProxyUnreachable": "orpheus_core.errors",
    "QualityUnavailable": "orpheus_core.errors",
    "RateLimited": "orpheus_core.errors",
    "ReadTimeout": "orpheus_core.errors",
    "RequestRejected": "orpheus_core.errors",
    "Retryable": "orpheus_core.errors",
    "SampleInsteadOfTrack": "orpheus_core.errors",
    "SchemaMismatch": "orpheus_core.errors",
    "SecretRefused": "orpheus_core.errors",
    "ServiceDown": "orpheus_core.errors",
    "ServiceError": "orpheus_core.errors",
    "StageCycle": "orpheus_core.errors",
    "Stalled": "orpheus_core.errors",
    "StorageError": "orpheus_core.errors",
    "StorageFailed": "orpheus_core.errors",
    "SymlinkInPath": "orpheus_core.errors",
    "TagsFailed": "orpheus_core.errors",
    "TargetGone": "orpheus_core.errors",
    "TlsExpired": "orpheus_core.errors",
    "TlsProtocol": "orpheus_core.errors",
    "TlsUntrusted": "orpheus_core.errors",
    "TlsWrongName": "orpheus_core.errors",
    "TooSlow": "orpheus_core.errors",
    "Truncated": "orpheus_core.errors",
    "UnclassifiedError": "orpheus_core.errors",
    "UndeclaredHost": "orpheus_core.errors",
    "UnexpectedAddress": "orpheus_core.errors",
    "UnexpectedAnswer": "orpheus_core.errors",
    "UnknownWord": "orpheus_core.errors",
    "UsageError": "orpheus_core.errors",
    "VaultError": "orpheus_core.errors",
    "WrongEncoding": "orpheus_core.errors",
    "hookimpl": "orpheus_core.hookspecs",
    "Artist": "orpheus_core.music",
    "AudioFormat": "orpheus_core.music",
    "Codec": "orpheus_core.music",
    "Credit": "orpheus_core.music",
    "CreditRole": "orpheus_core.music",
    "Image": "orpheus_core.music",
    "LinkPattern": "orpheus_core.music",
    "Lyrics": "orpheus_core.music",
    "Media": "orpheus_core.music",
    "MediaKind": "orpheus_core.music",
    "MediaRef": "orpheus_core.music",
    "PartialDate": "orpheus_core.music",
    "Playlist": "orpheus_core.music",
    "Quality": "orpheus_core.music",
    "QualityWish": "orpheus_core.music",
    "Release": "orpheus_core.music",
    "ReleaseType": "orpheus_core.music",
    "Track": "orpheus_core.music",
    "Url": "orpheus_core.music",
    "OutgoingRequest": "orpheus_core.network",
    "PluginRecord": "orpheus_core.plugins",
    "PluginState": "orpheus_core.plugins",
    "CredentialField": "orpheus_core.services",
    "Feature": "orpheus_core.services",
    "MediaFile": "orpheus_core.services",
    "RateLimit": "orpheus_core.services",
    "SearchHit": "orpheus_core.services",
    "SecretBackend": "orpheus_core.services",
    "Service": "orpheus_core.services",
    "ServiceClient": "orpheus_core.services",
    "ServiceInfo": "orpheus_core.services",
    "ServiceModule": "orpheus_core.services",
    "DiskStorage": "orpheus_core.storage",
    "Storage": "orpheus_core.storage",
    "VERSION": "orpheus_core.version",
}
_OF_THE_DEFAULT_APPLICATION = {
    "brain": "brain",
    "credential_manager": "credentials",
    "api_registry": "registry",
}


def __getattr__(name: str) -> object:
    import importlib

    if name in _OF_THE_DEFAULT_APPLICATION:
        return _of_the_default_application(name)
    try:
        module = importlib.import_module(_NAMES[name])
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_OF_THE_DEFAULT_APPLICATION})


def _of_the_default_application(name: str) -> object:
    from orpheus_core.default import application

    value: object = getattr(application(), _OF_THE_DEFAULT_APPLICATION[name])
    return value


class _Package(ModuleType):
    """This package, in which ``brain`` is the default application's brain.

    The room of the same name stays importable (``from orpheus_core.brain import ...``);
    the import system's attempt to put the module here is let pass.
    """

    @property
    def brain(self) -> object:
        """The brain of the default application."""
        return _of_the_default_application("brain")

    @brain.setter
    def brain(self, module: object) -> None:
        pass


sys.modules[__name__].__class__ = _Package
