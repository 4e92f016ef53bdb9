"""What a plugin can bring, as it is described without importing it."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

from orpheus_core.config import Value
from orpheus_core.music import SERVICE_ID, LinkPattern, MediaKind, Quality

if TYPE_CHECKING:
    import click

_is_text = attrs.validators.instance_of(str)
_is_tuple = attrs.validators.instance_of(tuple)
_are_texts = attrs.validators.deep_iterable(_is_text, _is_tuple)
_are_patterns = attrs.validators.deep_iterable(attrs.validators.instance_of(LinkPattern), _is_tuple)


class Feature(enum.Enum):
    """What a service can do besides resolving links."""

    DOWNLOAD = "download"
    SEARCH = "search"
    LYRICS = "lyrics"
    COVERS = "covers"
    CREDITS = "credits"
    PREVIEWS = "previews"
    LIBRARY = "library"
    PURCHASES = "purchases"


class Scope(enum.Enum):
    """What a stage works on: the whole job, or each of its tracks."""

    JOB = "job"
    TRACK = "track"


@attrs.frozen(kw_only=True)
class RateLimit:
    """At most *requests* in any *window_s* seconds."""

    requests: int
    window_s: float


@attrs.frozen(kw_only=True)
class CredentialField:
    """One value that a login needs: the name under which it is asked for and stored."""

    name: str
    label: str
    secret: bool = True


def _are_mirrors(
    service: ServiceInfo, _attribute: object, groups: tuple[tuple[str, ...], ...]
) -> None:
    seen: set[str] = set()
    for group in groups:
        for host in group:
            if host.startswith("*.") or host not in service.hosts:
                raise ValueError(f"mirrors: {host!r} is none of its hosts, by the full name")
            if host in seen:
                raise ValueError(f"mirrors: {host!r} is named twice")
            seen.add(host)
        if len(group) < 2:
            raise ValueError("mirrors: a group has two hosts at least, that answer the same")


@attrs.frozen(kw_only=True)
class ServiceInfo:
    """What a service is and can.

    *id* is lower-case letters, digits, ``-`` and ``_``. *hosts* are the names that the module
    may talk to; a leading ``*.`` admits every name below. *mirrors* are groups of them that
    answer the same: when one fails, a request goes to another one, with its credentials.
    *note* is one sentence that a person should know before using it.

    Raises:
        TypeError, ValueError: *id* has another form; *hosts*, *links* or *mirrors* is no tuple
            (a missing comma makes a text of a tuple of texts); a group of *mirrors* has fewer
            than two hosts, or one that is not among *hosts*, or is in another group as well.
    """

    id: str = attrs.field(validator=[_is_text, attrs.validators.matches_re(SERVICE_ID)])
    name: str
    kinds: frozenset[MediaKind]
    features: frozenset[Feature]
    hosts: tuple[str, ...] = attrs.field(validator=_are_texts)
    links: tuple[LinkPattern, ...] = attrs.field(default=(), validator=_are_patterns)
    qualities: tuple[Quality, ...] = ()
    credentials: tuple[CredentialField, ...] = ()
    limits: tuple[RateLimit, ...] = ()
    mirrors: tuple[tuple[str, ...], ...] = attrs.field(
        default=(), validator=[attrs.validators.deep_iterable(_are_texts, _is_tuple), _are_mirrors]
    )
    note: str = ""


@attrs.frozen(kw_only=True)
class LoginInfo:
    """A way to log in to *service*: the fields that it asks for, which of them are secret."""

    name: str
    service: str
    fields: tuple[CredentialField, ...] = ()


@attrs.frozen(kw_only=True)
class StageInfo:
    """A stage of the pipeline, and its place: see `orpheus_core.delivery.Stage`."""

    name: str
    scope: Scope
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    optional: bool = False


@attrs.frozen(kw_only=True)
class SecretBackendInfo:
    """A place where secrets are kept. The one with the highest *priority* is asked first."""

    name: str
    priority: int


@attrs.frozen(kw_only=True)
class CommandInfo:
    """A command: ``orpheus WORDS...``; *section* is its heading on the first help screen."""

    words: tuple[str, ...]
    help: str
    section: str = "Plugins"


@attrs.frozen(kw_only=True)
class Command:
    """A command, as a plugin hands it over on ``orpheus_commands``."""

    info: CommandInfo
    command: click.Command


class SettingType(enum.Enum):
    """What a plugin's setting holds."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE_NUMBER = "whole-number"
    FLAG = "flag"
    TEXTS = "texts"


@attrs.frozen(kw_only=True)
class SettingInfo:
    """A setting ``KEY`` in the section that bears the plugin's id."""

    key: str
    type: SettingType
    default: Value
    help: str


@attrs.frozen(kw_only=True)
class HookUse:
    """A hook that a plugin implements, and how.

    *events* are the kinds of events that it asks for, as patterns (``network.*``); empty
    means all. Only ``orpheus_event``, ``orpheus_advise`` and ``orpheus_rules`` have them.
    """

    name: str
    events: tuple[str, ...] = ()
    wrapper: bool = False
    tryfirst: bool = False
    trylast: bool = False
