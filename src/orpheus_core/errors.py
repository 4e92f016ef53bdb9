"""One tree of errors: each leaf has a code, an exit status, a retry rule and a hint.

::

    OrpheusError
    ├── UsageError         a command, link or value that means nothing here
    ├── ConfigError        settings that cannot be read or do not fit
    ├── PluginError        a plugin that cannot do its part
    ├── NetworkError       the way to the service
    ├── AuthError          who is asking
    ├── ServiceError       what the service answered
    ├── DeliveryError
    │   ├── StorageError   the disk and the folder
    │   └── IntegrityError the bytes are not what they should be
    ├── VaultError         stored secrets
    ├── Cancelled          somebody asked to stop
    └── UnclassifiedError  a defect: nothing in the tree fits

Leaves stand below their branch in this file; `error_types` lists them. A caller that
wants the person's view reads the five parts: the error itself, `why`, `done`, `next`
and the code for ``orpheus explain CODE``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import ClassVar


class ExitStatus(enum.IntEnum):
    """How the command ends. New values may be added: treat any other non-zero as failure."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    LOGIN_NEEDED = 4
    NETWORK = 5
    LATER = 6
    NOT_AVAILABLE = 7
    PARTIAL = 8
    STORAGE = 9
    PLUGIN = 10
    CONFIG = 11
    INTEGRITY = 12
    FINDINGS = 13
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class Retryable(enum.Enum):
    """Whether asking again can help: at once, later, after a person acted, or never."""

    YES = "yes"
    AFTER = "after"
    AFTER_ACTION = "after_action"
    NO = "no"


Evidence = Mapping[str, str | int | float | bool | None]
"""What was observed, for programs: small, flat, never a secret."""


class OrpheusError(Exception):
    """Whatever Orpheus raises on purpose.

    Args:
        title: one sentence: what happened.
        why: what was observed, for a person.
        done: what has been done about it, and what was kept.
        next_step: the next command or action; the class's own hint when empty.
        retry_after_s: seconds until asking again makes sense, when known.
        evidence: what was observed, for programs.
    """

    code: ClassVar[str] = ""
    exit_status: ClassVar[ExitStatus] = ExitStatus.FAILED
    retryable: ClassVar[Retryable] = Retryable.NO
    hint: ClassVar[str] = ""

    def __init__(
        self,
        title: str,
        *,
        why: str = "",
        done: str = "",
        next_step: str = "",
        retry_after_s: float | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.why = why
        self.done = done
        self.next_step = next_step or self.hint
        self.retry_after_s = retry_after_s
        self.evidence: Evidence = dict(evidence or {})


# --- usage -----------------------------------------------------------------------------


class UsageError(OrpheusError):
    """A command, link or value that means nothing here."""

    exit_status = ExitStatus.USAGE


class UnknownWord(UsageError):
    """A word (a kind, a service, a quality) that names nothing; the nearest is suggested."""

    code = "usage.unknown-word"
    hint = "orpheus service list"


class UnknownPlugin(UsageError):
    """There is no plugin of that name; the nearest is suggested."""

    code = "usage.unknown-plugin"
    hint = "orpheus plugin list --all"


class WrongArguments(UsageError):
    """An option or argument of a command is missing, or its value does not fit."""

    code = "usage.arguments"
    hint = "orpheus COMMAND --help"


class InvalidUrl(UsageError):
    """The text is neither a link nor SERVICE:KIND:ID."""

    code = "url.invalid"
    hint = "give a link, or SERVICE:KIND:ID as in sandbox:album:lanterns"


class NotMusic(UsageError):
    """A link of a known host whose path leads to no music."""

    code = "url.not-music"
    hint = "orpheus service info SERVICE     shows every form of link"


class NotAnArtifact(UsageError):
    """There is no such folder, so there is nothing to verify."""

    code = "usage.not-an-artifact"
    hint = "name a folder that Orpheus wrote: it holds a manifest.json"


# --- settings --------------------------------------------------------------------------


class ConfigError(OrpheusError):
    """Settings that cannot be read or do not fit."""

    exit_status = ExitStatus.CONFIG
    retryable = Retryable.AFTER_ACTION


class MalformedSettings(ConfigError):
    """The settings file is not TOML."""

    code = "config.malformed"
    hint = "mend the line that is named, or move the file away to start with the defaults"


class InvalidSetting(ConfigError):
    """A setting that does not exist, or a value that does not fit it."""

    code = "config.invalid-setting"
    hint = "mend the setting where it was made: the file or variable is named above"


class InvalidRules(ConfigError):
    """A person's own rules cannot be read, or say what makes no rule."""

    code = "config.invalid-rules"
    hint = "mend the line that is named in rules.toml"


class InvalidTemplate(ConfigError):
    """A file layout that cannot be parsed, or names a field that does not exist."""

    code = "config.invalid-template"
    hint = "mend layout.template in the settings"


class CaMissing(ConfigError):
    """The file of certificate authorities that was named does not exist."""

    code = "config.ca-missing"
    hint = "name an existing file in network.ca_file, or leave the setting out"


# --- plugins ---------------------------------------------------------------------------


class PluginError(OrpheusError):
    """A plugin that cannot do its part."""

    exit_status = ExitStatus.PLUGIN
    retryable = Retryable.AFTER_ACTION


class NoService(PluginError):
    """No installed plugin handles this link or service."""

    code = "plugin.none-for-url"
    hint = "orpheus service list     shows what is installed"


class PluginLoadFailed(PluginError):
    """A plugin's import or registration raised; the rest goes on without it."""

    code = "plugin.load-failed"
    hint = "orpheus plugin list     names each plugin with its state and reason"


class InvalidPluginManifest(PluginError):
    """A plugin's orpheus.toml cannot be read, or says what does not fit."""

    code = "plugin.manifest"
    hint = "orpheus plugin manifest NAME     prints what its code amounts to"


class PluginUnavailable(PluginError):
    """The plugin that this work needs is there, but is off, or does not load."""

    code = "plugin.unavailable"
    hint = "orpheus plugin info NAME     says why, and what to do"


class HookFailed(PluginError):
    """A hook of a plugin raised or answered with the wrong type."""

    code = "plugin.hook-failed"
    hint = "orpheus plugin list     names the plugin; report it to its author"


class StageCycle(PluginError):
    """Stages name each other in a circle, or two stages share one name."""

    code = "plugin.stage-order"
    hint = "switch one of the named plugins off in plugins.disabled"


class StageMissing(PluginError):
    """A stage without which no job can be done is switched off or did not load."""

    code = "plugin.stage-missing"
    hint = "orpheus plugin list --all     shows which plugin is off, and why"


class UndeclaredHost(PluginError):
    """A service wants to talk to a host that it did not declare."""

    code = "plugin.undeclared-host"
    hint = "report it to the plugin's author: the host belongs in its list of hosts"


# --- checks ----------------------------------------------------------------------------


class ProblemsFound(OrpheusError):
    """What was looked at is not as it should be; each finding is named."""

    code = "check.problems-found"
    exit_status = ExitStatus.FINDINGS
    retryable = Retryable.AFTER_ACTION
    hint = "do what is said at each finding, then look again"


# --- network ---------------------------------------------------------------------------


class NetworkError(OrpheusError):
    """The way to the service."""

    exit_status = ExitStatus.NETWORK
    retryable = Retryable.YES
    hint = "check the connection, then give the same command again: it goes on where it stopped"


class DnsFailure(NetworkError):
    """The name of the host could not be looked up."""

    code = "net.dns-failure"


class DnsTimeout(NetworkError):
    """The look-up of the host's name took too long."""

    code = "net.dns-timeout"


class UnexpectedAddress(NetworkError):
    """A public name led to an address inside this network: something here answers for it."""

    code = "net.unexpected-address"
    retryable = Retryable.AFTER_ACTION
    hint = "a sign-in page of this network? open any page in a browser, then try again"


class ConnectionRefused(NetworkError):
    """The host is there and refuses the connection."""

    code = "net.refused"


class HostUnreachable(NetworkError):
    """No route leads to the host or its network."""

    code = "net.unreachable"


class ConnectTimeout(NetworkError):
    """The connection was not made in time."""

    code = "net.connect-timeout"


class ReadTimeout(NetworkError):
    """No answer came in time."""

    code = "net.read-timeout"


class Stalled(NetworkError):
    """The body stopped coming."""

    code = "net.stalled"


class TooSlow(NetworkError):
    """The answer drips: it would take longer than anybody should wait."""

    code = "net.too-slow"


class ConnectionLost(NetworkError):
    """The connection was closed or reset before the answer was complete."""

    code = "net.connection-lost"


class ProtocolViolation(NetworkError):
    """What came back is not HTTP."""

    code = "net.protocol"


class Truncated(NetworkError):
    """Fewer bytes than the answer announced."""

    code = "net.truncated"


class TlsUntrusted(NetworkError):
    """The certificate is signed by nobody that is trusted here."""

    code = "net.tls-untrusted"
    retryable = Retryable.AFTER_ACTION
    hint = "a company proxy or virus scanner? name its CA file in network.ca_file"


class TlsWrongName(NetworkError):
    """The certificate is for another name."""

    code = "net.tls-name"
    retryable = Retryable.AFTER_ACTION
    hint = "a sign-in page of this network? open any page in a browser, then try again"


class TlsExpired(NetworkError):
    """The certificate's time is over."""

    code = "net.tls-expired"
    retryable = Retryable.AFTER_ACTION
    hint = "check the date of this machine; if it is right, the service has to renew"


class ClockWrong(NetworkError):
    """The certificate is not valid yet: most likely this machine's clock is wrong."""

    code = "net.clock-wrong"
    retryable = Retryable.AFTER_ACTION
    hint = "set this machine's date and time, then try again"


class TlsProtocol(NetworkError):
    """The two sides share no TLS version, or the port does not speak TLS."""

    code = "net.tls-protocol"
    retryable = Retryable.AFTER_ACTION
    hint = "check the proxy and the port"


class ProxyUnreachable(NetworkError):
    """The proxy could not be reached."""

    code = "net.proxy-unreachable"
    retryable = Retryable.AFTER_ACTION
    hint = "check HTTP_PROXY and HTTPS_PROXY"


class ProxyAuthRequired(NetworkError):
    """The proxy asks for a login."""

    code = "net.proxy-auth"
    retryable = Retryable.AFTER_ACTION
    hint = "check user and password in HTTP_PROXY and HTTPS_PROXY"


class CaptivePortal(NetworkError):
    """The network itself answered and wants a sign-in first (511)."""

    code = "net.captive-portal"
    retryable = Retryable.AFTER_ACTION
    hint = "open any page in a browser and sign in to this network, then try again"


# --- logins ----------------------------------------------------------------------------


class AuthError(OrpheusError):
    """Who is asking."""

    exit_status = ExitStatus.LOGIN_NEEDED
    retryable = Retryable.AFTER_ACTION


class LoginNeeded(AuthError):
    """The service wants a login, or refused the one it was given (401)."""

    code = "auth.login-needed"
    hint = "supply the service's credentials: orpheus service info SERVICE names them"


class LoginRejected(AuthError):
    """The service does not accept the credentials that a login was tried with."""

    code = "auth.login-rejected"
    hint = "check what you gave: orpheus service info SERVICE names each field"


class MalformedSecret(AuthError):
    """A credential holds characters that cannot be sent."""

    code = "auth.malformed-secret"
    hint = "copy the credential again: it holds a character that no header may carry"


# --- services --------------------------------------------------------------------------


class ServiceError(OrpheusError):
    """What the service answered."""

    hint = "give the same command again later"


class RateLimited(ServiceError):
    """The service asks for fewer requests (429, or its own quota message)."""

    code = "svc.rate-limited"
    exit_status = ExitStatus.LATER
    retryable = Retryable.AFTER


class ServiceDown(ServiceError):
    """The service cannot answer now (5xx)."""

    code = "svc.down"
    exit_status = ExitStatus.LATER
    retryable = Retryable.AFTER


class ServicePaused(ServiceError):
    """The service is left alone for a while, longer than a job may wait for it."""

    code = "svc.paused"
    exit_status = ExitStatus.LATER
    retryable = Retryable.AFTER


class ItemNotFound(ServiceError):
    """The service knows no such item (404, 410, or its own message)."""

    code = "svc.not-found"
    exit_status = ExitStatus.NOT_FOUND
    hint = "check the link: the item may have been removed"


class Forbidden(ServiceError):
    """The service refuses this request (403)."""

    code = "svc.forbidden"
    exit_status = ExitStatus.NOT_AVAILABLE
    hint = "the account may not be entitled to this; see the service's own pages"


class ChallengePage(ServiceError):
    """The service wants to see a browser and a person before it answers."""

    code = "svc.challenge"
    exit_status = ExitStatus.LATER
    retryable = Retryable.AFTER_ACTION
    hint = "wait an hour, then give the same command again; fewer jobs at a time help"


class CountryRestricted(ServiceError):
    """Not offered in the account's country (451, or the service's own message)."""

    code = "svc.country"
    exit_status = ExitStatus.NOT_AVAILABLE
    hint = "look for the same recording at another service of yours"


class QualityUnavailable(ServiceError):
    """The item is not offered in the quality that was asked for."""

    code = "quality.unavailable"
    exit_status = ExitStatus.NOT_AVAILABLE
    hint = "ask for a lower quality: --quality high"


class ProtectedContent(ServiceError):
    """The service hands this out only in protected form, which Orpheus does not break."""

    code = "svc.protected"
    exit_status = ExitStatus.NOT_AVAILABLE
    hint = "buy it where files are sold, or look for it at another service of yours"


class UnexpectedAnswer(ServiceError):
    """Something else than the kind of answer that was due: HTML for JSON, say."""

    code = "svc.unexpected-answer"
    exit_status = ExitStatus.NETWORK
    retryable = Retryable.YES
    hint = "a sign-in page of this network? open any page in a browser, then try again"


class SchemaMismatch(ServiceError):
    """JSON of another shape than the service documents."""

    code = "svc.schema"
    hint = "report it to the plugin's author with the field that is named above"


class BadRedirect(ServiceError):
    """A redirect that loops, leaves HTTP(S), or leads from TLS to plain text."""

    code = "svc.bad-redirect"
    exit_status = ExitStatus.NETWORK


class AnswerTooLarge(ServiceError):
    """More bytes than any honest answer of this kind has."""

    code = "svc.too-large"
    exit_status = ExitStatus.INTEGRITY


class RequestRejected(ServiceError):
    """The service finds the request itself wrong (400 and other 4xx)."""

    code = "svc.rejected"
    hint = "report it to the plugin's author"


# --- delivery --------------------------------------------------------------------------


class DeliveryError(OrpheusError):
    """The file and the folder."""


class PartialRelease(DeliveryError):
    """Some tracks are there and verified, some are missing."""

    code = "album.partial"
    exit_status = ExitStatus.PARTIAL
    retryable = Retryable.YES
    hint = "give the same command again: only the missing tracks are fetched"


class NothingDelivered(DeliveryError):
    """All that was asked for failed, for several reasons."""

    code = "album.missing"
    retryable = Retryable.YES
    hint = "give the same command again: what came so far is not fetched twice"


class TagsFailed(DeliveryError):
    """The tags of a file could not be written or read."""

    code = "stage.tag.failed"
    exit_status = ExitStatus.PARTIAL
    hint = "the audio is kept without them; give the same command again to have it tagged"


class PictureRefused(DeliveryError):
    """A cover that is no JPEG, PNG or WebP picture, is too large, or does not fit the file."""

    code = "stage.cover.skipped"
    hint = "nothing needs to be done: the rest is complete"


class StorageError(DeliveryError):
    """The disk and the folder."""

    exit_status = ExitStatus.STORAGE
    retryable = Retryable.AFTER_ACTION


class DiskFull(StorageError):
    """No space is left (ENOSPC, EDQUOT)."""

    code = "io.disk-full"
    hint = "free some space, then give the same command again: it goes on where it stopped"


class FileTooLarge(StorageError):
    """The file system allows no file of this size (EFBIG)."""

    code = "io.file-too-large"
    hint = "choose a folder on another file system with --to"


class NoPermission(StorageError):
    """The folder or file cannot be written (EACCES, EPERM, EROFS, or a file in its place)."""

    code = "io.permission"
    hint = "choose a folder that you may write with --to"


class NameTooLong(StorageError):
    """The path is longer than the system allows."""

    code = "io.name-too-long"
    hint = "choose a folder with a shorter path with --to"


class TargetGone(StorageError):
    """The folder vanished meanwhile: a drive that was unplugged, a share that went away."""

    code = "io.target-gone"
    hint = "bring the drive or share back, then give the same command again"


class DiskFailing(StorageError):
    """The disk reports errors (EIO)."""

    code = "io.failing"
    hint = "save what is on this disk, and choose a folder on another one with --to"


class SymlinkInPath(StorageError):
    """A symbolic link in the library leads out of it."""

    code = "io.symlink"
    hint = "remove the link, or choose the folder it leads to with --to"


class FileInUse(StorageError):
    """Another program keeps the file open (Windows: a virus scanner, a player, an indexer)."""

    code = "io.in-use"
    retryable = Retryable.AFTER
    hint = "close the program that has it open, then give the same command again"


class StorageFailed(StorageError):
    """The system refused for a reason that none of the other leaves names."""

    code = "io.failed"
    hint = "mend what the system names above, then give the same command again"


class OutsideFolder(StorageError):
    """A name that would lead out of its folder: empty, ``..``, absolute, or several at once."""

    code = "io.outside-folder"
    retryable = Retryable.NO
    hint = "do not trust where this name comes from: a manifest that was changed, or a plugin"


class FolderBusy(StorageError):
    """Another orpheus is at work on the same item."""

    code = "system.lock"
    exit_status = ExitStatus.CONFIG
    retryable = Retryable.AFTER
    hint = "wait until the other one has finished"


class IntegrityError(DeliveryError):
    """The bytes are not what they should be."""

    exit_status = ExitStatus.INTEGRITY
    retryable = Retryable.YES


class ChecksumMismatch(IntegrityError):
    """A file differs from the size or checksum that was stated for it."""

    code = "integrity.mismatch"
    hint = "download the item again"


class LengthUnknown(IntegrityError):
    """The answer stated no length, so nothing shows that it is whole."""

    code = "integrity.length-unknown"
    hint = "give the same command again"


class WrongEncoding(IntegrityError):
    """A compressed body that does not unpack."""

    code = "integrity.encoding"
    hint = "give the same command again"


class NotAudio(IntegrityError):
    """Something else than audio came, or another kind of audio than was promised."""

    code = "integrity.type"
    retryable = Retryable.NO
    hint = "give the same command again later; if it stays, report it to the plugin's author"


class DamagedAudio(IntegrityError):
    """The audio does not decode to what it claims to be."""

    code = "integrity.audio"
    hint = "give the same command again"


class SampleInsteadOfTrack(IntegrityError):
    """A whole and undamaged file that is much shorter than the track: an excerpt of it."""

    code = "svc.sample"
    exit_status = ExitStatus.NOT_AVAILABLE
    retryable = Retryable.NO
    hint = "the account may be entitled to samples only: see the service's own pages"


class InvalidManifest(IntegrityError):
    """The manifest is damaged, or a newer Orpheus wrote it."""

    code = "integrity.manifest"
    retryable = Retryable.NO
    hint = "download the item again, or use the newer Orpheus that wrote it"


class UnreadableLog(IntegrityError):
    """The log of events is damaged, or a newer Orpheus wrote it."""

    code = "integrity.event-log"
    retryable = Retryable.NO
    hint = "nothing needs to be done: the next run sets it aside and begins a new one"


# --- the rest --------------------------------------------------------------------------


class VaultError(OrpheusError):
    """Stored secrets."""

    exit_status = ExitStatus.CONFIG
    retryable = Retryable.AFTER_ACTION


class SecretRefused(VaultError):
    """A secret was asked for in a place that would write it down, or no backend can store it."""

    code = "vault.refused"
    hint = "supply it as an environment variable: ORPHEUS_<SERVICE>_<FIELD>"


class Cancelled(OrpheusError):
    """The person, or the program, asked to stop."""

    code = "cli.interrupted"
    exit_status = ExitStatus.INTERRUPTED
    retryable = Retryable.AFTER_ACTION
    hint = "give the same command again: it goes on where it stopped"


class Terminated(Cancelled):
    """The system, or another program, ended the command (SIGTERM)."""

    code = "cli.terminated"
    exit_status = ExitStatus.TERMINATED


class UnclassifiedError(OrpheusError):
    """A defect: an exception that nothing in the tree fits."""

    code = "bug.unclassified"
    exit_status = ExitStatus.BUG
    hint = "report it, with the lines above"


def error_types(root: type[OrpheusError] = OrpheusError) -> Iterator[type[OrpheusError]]:
    """Yield each leaf and branch below *root* that has a code of its own, in file order."""
    for child in root.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from error_types(child)
