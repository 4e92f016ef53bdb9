"""Orpheus collects the music that a person is entitled to.

The names that scripts and plugins use. Nothing is imported until a name is first used
(PEP 562), so that ``import orpheus_core`` costs next to nothing.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

# fmt: off
if TYPE_CHECKING:
    from orpheus_core.app import (
        Orpheus as Orpheus,
    )
    from orpheus_core.brain import (
        Action as Action, Advice as Advice, Applicability as Applicability, Area as Area,
        Attempted as Attempted, Brain as Brain, carried as carried, Check as Check,
        ConversionQuestion as ConversionQuestion,
        correlation_environment as correlation_environment, Decision as Decision,
        document_of as document_of, EndpointQuestion as EndpointQuestion, Event as Event,
        event_of as event_of, EventBus as EventBus, EventPattern as EventPattern,
        EventSink as EventSink, Finding as Finding,
        LoginQuestion as LoginQuestion, Mitigation as Mitigation,
        MitigationKind as MitigationKind, Per as Per, PluginContext as PluginContext,
        Predicted as Predicted, Prediction as Prediction,
        QualityQuestion as QualityQuestion, Question as Question,
        QueueQuestion as QueueQuestion, Range as Range, RetryQuestion as RetryQuestion,
        Rule as Rule, RuleAdvice as RuleAdvice, Severity as Severity,
        Situation as Situation, Verdict as Verdict,
    )
    from orpheus_core.clock import (
        Clock as Clock, SystemClock as SystemClock,
    )
    from orpheus_core.config import (
        load_settings as load_settings, Settings as Settings,
    )
    from orpheus_core.delivery import (
        Artifact as Artifact, digest_of as digest_of, DownloadReport as DownloadReport,
        Failure as Failure, FetchedFile as FetchedFile, Item as Item, JobItem as JobItem,
        JobStage as JobStage, Manifest as Manifest, Stage as Stage,
        StageContext as StageContext, TrackItem as TrackItem, TrackStage as TrackStage,
        TrackTags as TrackTags, Verification as Verification,
    )
    from orpheus_core.errors import (
        AnswerTooLarge as AnswerTooLarge, AuthError as AuthError,
        BadRedirect as BadRedirect, CaMissing as CaMissing, Cancelled as Cancelled,
        CaptivePortal as CaptivePortal, ChallengePage as ChallengePage,
        ChecksumMismatch as ChecksumMismatch, ClockWrong as ClockWrong,
        ConfigError as ConfigError, ConnectionLost as ConnectionLost,
        ConnectionRefused as ConnectionRefused, ConnectTimeout as ConnectTimeout,
        CountryRestricted as CountryRestricted, DamagedAudio as DamagedAudio,
        DeliveryError as DeliveryError, DiskFailing as DiskFailing, DiskFull as DiskFull,
        DnsFailure as DnsFailure, DnsTimeout as DnsTimeout, ExitStatus as ExitStatus,
        FileInUse as FileInUse, FileTooLarge as FileTooLarge, FolderBusy as FolderBusy,
        Forbidden as Forbidden, HookFailed as HookFailed,
        HostUnreachable as HostUnreachable, IntegrityError as IntegrityError,
        InvalidManifest as InvalidManifest, InvalidPluginManifest as InvalidPluginManifest,
        InvalidRules as InvalidRules, InvalidSetting as InvalidSetting,
        InvalidTemplate as InvalidTemplate, InvalidUrl as InvalidUrl,
        ItemNotFound as ItemNotFound, LengthUnknown as LengthUnknown,
        LoginNeeded as LoginNeeded, LoginRejected as LoginRejected,
        MalformedSecret as MalformedSecret, MalformedSettings as MalformedSettings,
        NameTooLong as NameTooLong, NetworkError as NetworkError,
        NoPermission as NoPermission, NoService as NoService,
        NotAnArtifact as NotAnArtifact, NotAudio as NotAudio,
        NothingDelivered as NothingDelivered, NotMusic as NotMusic,
        OrpheusError as OrpheusError, OutsideFolder as OutsideFolder,
        PartialRelease as PartialRelease, PictureRefused as PictureRefused,
        PluginError as PluginError, PluginLoadFailed as PluginLoadFailed,
        PluginUnavailable as PluginUnavailable, ProblemsFound as ProblemsFound,
        ProtectedContent as ProtectedContent, ProtocolViolation as ProtocolViolation,
        ProxyAuthRequired as ProxyAuthRequired, ProxyUnreachable as ProxyUnreachable,
        QualityUnavailable as QualityUnavailable, RateLimited as RateLimited,
        ReadTimeout as ReadTimeout, RequestRejected as RequestRejected,
        Retryable as Retryable, SampleInsteadOfTrack as SampleInsteadOfTrack,
        SchemaMismatch as SchemaMismatch, SecretRefused as SecretRefused,
        ServiceDown as ServiceDown, ServiceError as ServiceError,
        ServicePaused as ServicePaused, StageCycle as StageCycle,
        StageMissing as StageMissing, Stalled as Stalled, StorageError as StorageError,
        StorageFailed as StorageFailed, SymlinkInPath as SymlinkInPath,
        TagsFailed as TagsFailed, TargetGone as TargetGone, Terminated as Terminated,
        TlsExpired as TlsExpired, TlsProtocol as TlsProtocol, TlsUntrusted as TlsUntrusted,
        TlsWrongName as TlsWrongName, TooSlow as TooSlow, Truncated as Truncated,
        UnclassifiedError as UnclassifiedError, UndeclaredHost as UndeclaredHost,
        UnexpectedAddress as UnexpectedAddress, UnexpectedAnswer as UnexpectedAnswer,
        UnknownPlugin as UnknownPlugin, UnknownWord as UnknownWord,
        UnreadableLog as UnreadableLog, UsageError as UsageError, VaultError as VaultError,
        WrongArguments as WrongArguments, WrongEncoding as WrongEncoding,
    )
    from orpheus_core.hookspecs import (
        hookimpl as hookimpl, hookspec as hookspec,
    )
    from orpheus_core.music import (
        Artist as Artist, AudioFormat as AudioFormat, Codec as Codec, Credit as Credit,
        CreditRole as CreditRole, Image as Image, LinkPattern as LinkPattern,
        Lyrics as Lyrics, Media as Media, MediaKind as MediaKind, MediaRef as MediaRef,
        PartialDate as PartialDate, Playlist as Playlist, Quality as Quality,
        QualityWish as QualityWish, Release as Release, ReleaseType as ReleaseType,
        Track as Track, Url as Url,
    )
    from orpheus_core.network import (
        OutgoingRequest as OutgoingRequest,
    )
    from orpheus_core.plugins import (
        Answer as Answer, API as API, Command as Command, CommandInfo as CommandInfo,
        CredentialField as CredentialField, Feature as Feature, HookUse as HookUse,
        LoginInfo as LoginInfo, PluginManifest as PluginManifest, PluginMode as PluginMode,
        PluginRecord as PluginRecord, PluginState as PluginState, RateLimit as RateLimit,
        Scope as Scope, SecretBackendInfo as SecretBackendInfo, ServiceInfo as ServiceInfo,
        SettingInfo as SettingInfo, SettingType as SettingType, StageInfo as StageInfo,
    )
    from orpheus_core.services import (
        LoginStrategy as LoginStrategy, MediaFile as MediaFile, SearchHit as SearchHit,
        SecretBackend as SecretBackend, Service as Service, ServiceClient as ServiceClient,
        ServiceModule as ServiceModule, Session as Session,
    )
    from orpheus_core.storage import (
        DiskStorage as DiskStorage, Storage as Storage,
        write_atomically as write_atomically,
    )
    from orpheus_core.version import (
        VERSION as VERSION,
    )
    from orpheus_core.services import CredentialManager, ServiceRegistry

    brain: Brain
    credential_manager: CredentialManager
    api_registry: ServiceRegistry

_MODULES = {
    "orpheus_core.app": "Orpheus",
    "orpheus_core.brain": """
        Action Advice Applicability Area Attempted Brain carried Check ConversionQuestion
        correlation_environment Decision document_of EndpointQuestion Event event_of
        EventBus EventPattern EventSink Finding LoginQuestion Mitigation MitigationKind Per
        PluginContext Predicted Prediction QualityQuestion Question QueueQuestion Range
        RetryQuestion Rule RuleAdvice Severity Situation Verdict
    """,
    "orpheus_core.clock": "Clock SystemClock",
    "orpheus_core.config": "load_settings Settings",
    "orpheus_core.delivery": """
        Artifact digest_of DownloadReport Failure FetchedFile Item JobItem JobStage
        Manifest Stage StageContext TrackItem TrackStage TrackTags Verification
    """,
    "orpheus_core.errors": """
        AnswerTooLarge AuthError BadRedirect CaMissing Cancelled CaptivePortal
        ChallengePage ChecksumMismatch ClockWrong ConfigError ConnectionLost
        ConnectionRefused ConnectTimeout CountryRestricted DamagedAudio DeliveryError
        DiskFailing DiskFull DnsFailure DnsTimeout ExitStatus FileInUse FileTooLarge
        FolderBusy Forbidden HookFailed HostUnreachable IntegrityError InvalidManifest
        InvalidPluginManifest InvalidRules InvalidSetting InvalidTemplate InvalidUrl
        ItemNotFound LengthUnknown LoginNeeded LoginRejected MalformedSecret
        MalformedSettings NameTooLong NetworkError NoPermission NoService NotAnArtifact
        NotAudio NothingDelivered NotMusic OrpheusError OutsideFolder PartialRelease
        PictureRefused PluginError PluginLoadFailed PluginUnavailable ProblemsFound
        ProtectedContent ProtocolViolation ProxyAuthRequired ProxyUnreachable
        QualityUnavailable RateLimited ReadTimeout RequestRejected Retryable
        SampleInsteadOfTrack SchemaMismatch SecretRefused ServiceDown ServiceError
        ServicePaused StageCycle StageMissing Stalled StorageError StorageFailed
        SymlinkInPath TagsFailed TargetGone Terminated TlsExpired TlsProtocol TlsUntrusted
        TlsWrongName TooSlow Truncated UnclassifiedError UndeclaredHost UnexpectedAddress
        UnexpectedAnswer UnknownPlugin UnknownWord UnreadableLog UsageError VaultError
        WrongArguments WrongEncoding
    """,
    "orpheus_core.hookspecs": "hookimpl hookspec",
    "orpheus_core.music": """
        Artist AudioFormat Codec Credit CreditRole Image LinkPattern Lyrics Media MediaKind
        MediaRef PartialDate Playlist Quality QualityWish Release ReleaseType Track Url
    """,
    "orpheus_core.network": "OutgoingRequest",
    "orpheus_core.plugins": """
        Answer API Command CommandInfo CredentialField Feature HookUse LoginInfo
        PluginManifest PluginMode PluginRecord PluginState RateLimit Scope
        SecretBackendInfo ServiceInfo SettingInfo SettingType StageInfo
    """,
    "orpheus_core.services": """
        LoginStrategy MediaFile SearchHit SecretBackend Service ServiceClient ServiceModule
        Session
    """,
    "orpheus_core.storage": "DiskStorage Storage write_atomically",
    "orpheus_core.version": "VERSION",
}
# fmt: on
_NAMES = {name: module for module, names in _MODULES.items() for name in names.split()}
_OF_THE_DEFAULT_APPLICATION = {
    "brain": "brain",
    "credential_manager": "credentials",
    "api_registry": "registry",
}


def __getattr__(name: str) -> object:
    import importlib

    if name in _OF_THE_DEFAULT_APPLICATION:
        return _of_the_default_application(name)
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_NAMES[name]), name)
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
