"""A Hypothesis strategy for manifests of plugins: see `orpheus_core.testing.strategies`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import hypothesis.strategies as st
from hypothesis.strategies import SearchStrategy

from orpheus_core import hookspecs
from orpheus_core.config import Value
from orpheus_core.music import LinkPattern, MediaKind, Quality
from orpheus_core.plugins import (
    CommandInfo,
    CredentialField,
    Feature,
    HookUse,
    LoginInfo,
    PluginManifest,
    RateLimit,
    Scope,
    SecretBackendInfo,
    ServiceInfo,
    SettingInfo,
    SettingType,
    StageInfo,
)

T = TypeVar("T")

_RESERVED = frozenset({"downloads", "layout", "network", "plugins"})
_HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("orpheus_"))
_HEARING = ("orpheus_event", "orpheus_advise", "orpheus_rules")

_idents = st.from_regex("[a-z][a-z0-9_-]{0,12}", fullmatch=True).filter(
    lambda ident: ident not in _RESERVED and not ident.startswith("core-")
)
_words = st.from_regex("[a-z][a-z0-9-]{0,10}", fullmatch=True)
_keys = st.from_regex("[a-z][a-z0-9_]{0,10}", fullmatch=True)
_hosts = st.from_regex(r"(\*\.)?[a-z]{1,8}(-[a-z]{1,4})?\.example", fullmatch=True)
_plain_hosts = st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True)
_lines = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))
_paths = st.sampled_from(("/{id}", "/album/{id}", "/{any?}/track/{id}", "/x/{any}/{id}"))


def manifests(ident: str | None = None) -> SearchStrategy[PluginManifest]:
    """Return manifests that can be written as orpheus.toml and read back.

    Args:
        ident: the id of all of them; any when None.
    """
    return (st.just(ident) if ident else _idents).flatmap(_of_plugin)


def _of_plugin(ident: str) -> SearchStrategy[PluginManifest]:
    prefix = f"orpheus_{ident.replace('-', '_')}_"
    return st.builds(
        PluginManifest,
        id=st.just(ident),
        api=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=2).map(
            tuple
        ),
        summary=_lines,
        hooks=_each_once(st.sampled_from(_HOOKS).flatmap(_use_of), lambda use: use.name),
        hosts=_each_once(_hosts, str),
        services=_each_once(_services(), lambda service: service.id),
        logins=_each_once(_logins(), lambda login: (login.service, login.name)),
        stages=_each_once(_stages(), lambda stage: stage.name),
        secret_backends=_each_once(
            st.builds(SecretBackendInfo, name=_words, priority=st.integers(-1000, 1000)),
            lambda backend: backend.name,
        ),
        commands=_each_once(_commands(), lambda command: command.words),
        settings=_each_once(_settings(), lambda setting: setting.key),
        adds_hooks=_each_once(_keys.map(lambda word: prefix + word), str),
        sample=st.one_of(st.none(), st.just("package.sample:SAMPLE")),
    )


def _each_once(
    strategy: SearchStrategy[T], key: Callable[[T], object]
) -> SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=3, unique_by=lambda value: repr(key(value))).map(tuple)


def _use_of(name: str) -> SearchStrategy[HookUse]:
    patterns = st.sampled_from(("network.*", "job.failed", "*"))
    return st.builds(
        HookUse,
        name=st.just(name),
        events=_each_once(patterns, str) if name in _HEARING else st.just(()),
        wrapper=st.booleans() if name in hookspecs.AROUND else st.just(False),
        tryfirst=st.booleans(),
    )


def _fields() -> SearchStrategy[tuple[CredentialField, ...]]:
    field = st.builds(CredentialField, name=_keys, label=_lines, secret=st.booleans())
    return _each_once(field, lambda each: each.name)


def _services() -> SearchStrategy[ServiceInfo]:
    link = st.builds(LinkPattern, host=_plain_hosts, path=_paths, kind=st.sampled_from(MediaKind))
    limit = st.builds(RateLimit, requests=st.integers(1, 100), window_s=st.floats(0.5, 60))
    mirrors = ("a.mirror.example", "b.mirror.example")
    hosts = _each_once(_hosts, str).map(lambda named: (*named, *mirrors))
    return st.builds(
        ServiceInfo,
        id=_idents,
        name=_lines,
        kinds=st.frozensets(st.sampled_from(MediaKind)),
        features=st.frozensets(st.sampled_from(Feature)),
        hosts=hosts,
        mirrors=st.sampled_from(((), (mirrors,))),
        links=_each_once(link, lambda each: (each.host, each.path)),
        qualities=_each_once(st.sampled_from(Quality), str),
        credentials=_fields(),
        limits=_each_once(limit, repr),
        note=st.one_of(st.just(""), _lines),
    )


def _logins() -> SearchStrategy[LoginInfo]:
    return st.builds(LoginInfo, name=_words, service=_idents, fields=_fields())


def _stages() -> SearchStrategy[StageInfo]:
    return st.builds(
        StageInfo,
        name=_words,
        scope=st.sampled_from(Scope),
        after=_each_once(_words, str),
        before=_each_once(_words, str),
        optional=st.booleans(),
    )


def _commands() -> SearchStrategy[CommandInfo]:
    words = st.lists(_words, min_size=1, max_size=2).map(tuple)
    return st.builds(CommandInfo, words=words, help=_lines, section=_lines)


def _settings() -> SearchStrategy[SettingInfo]:
    defaults: dict[SettingType, SearchStrategy[Value]] = {
        SettingType.TEXT: _lines,
        SettingType.NUMBER: st.floats(-1e6, 1e6),
        SettingType.WHOLE_NUMBER: st.integers(-(2**60), 2**60),
        SettingType.FLAG: st.booleans(),
        SettingType.TEXTS: st.lists(_lines, max_size=2).map(tuple),
    }

    def of_type(kind: SettingType) -> SearchStrategy[SettingInfo]:
        return st.builds(
            SettingInfo, key=_keys, type=st.just(kind), default=defaults[kind], help=_lines
        )

    return st.sampled_from(SettingType).flatmap(of_type)
