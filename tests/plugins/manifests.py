"""Any manifest there can be."""

from __future__ import annotations

from hypothesis import strategies as st

from orpheus_core import hookspecs
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

_HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("orpheus_"))
_EVENTS = ("orpheus_event", "orpheus_advise")
_ID_FORMS = (r"[0-9]{1,19}", r"\d+", r"[^\\/']+", '"+', "[A-Za-z0-9_-]+", "é\\w*")

lines = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029"), max_size=12
)
filled = lines.filter(str.strip)
idents = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
_words = st.from_regex(r"[a-z0-9][a-z0-9-]{0,6}", fullmatch=True)
_names = st.from_regex(
    r"[a-z0-9_]([a-z0-9_-]{0,5}[a-z0-9_])?(\.[a-z0-9_]{1,4}){0,2}", fullmatch=True
)
_hosts = _names | st.sampled_from(["Api.Example", "127.0.0.1", "[::1]", "bücher.example"])
_patterns = _hosts | _names.map("*.{}".format)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_whole = st.integers(-(2**63), 2**63 - 1)
_number = st.floats(allow_nan=False, allow_infinity=False)

_fields = st.builds(CredentialField, name=filled, label=lines, secret=st.booleans())
_unique_fields = st.lists(_fields, unique_by=lambda each: each.name, max_size=2).map(tuple)
_paths = st.tuples(
    st.lists(_words | st.sampled_from(["{any}", "{any?}"]), max_size=2),
    st.lists(_words, max_size=2),
).map(lambda parts: "/" + "/".join([*parts[0], "{id}", *parts[1]]))

links = st.builds(
    LinkPattern,
    host=_hosts,
    path=_paths,
    kind=st.none() | st.sampled_from(MediaKind),
    redirect=st.booleans(),
    id_form=st.sampled_from(_ID_FORMS),
)
services = st.builds(
    ServiceInfo,
    id=idents,
    name=filled,
    kinds=st.frozensets(st.sampled_from(MediaKind)),
    features=st.frozensets(st.sampled_from(Feature)),
    hosts=st.lists(_patterns, max_size=8).map(tuple),
    links=st.lists(links, max_size=2).map(tuple),
    qualities=st.lists(st.sampled_from(Quality), max_size=3).map(tuple),
    credentials=_unique_fields,
    limits=st.lists(
        st.builds(
            RateLimit,
            requests=st.integers(1, 2**63 - 1),
            window_s=st.floats(0, exclude_min=True, allow_infinity=False),
        ),
        max_size=2,
    ).map(tuple),
    note=lines,
)
stages = st.builds(
    StageInfo,
    name=filled,
    scope=st.sampled_from(Scope),
    after=st.lists(lines, max_size=2).map(tuple),
    before=st.lists(lines, max_size=2).map(tuple),
    optional=st.booleans(),
)


@st.composite
def _hook_uses(draw: st.DrawFn, name: str) -> HookUse:
    events = st.lists(st.from_regex(r"[a-z][a-z.*_-]{0,8}", fullmatch=True), max_size=2)
    return HookUse(
        name=name,
        events=tuple(draw(events)) if name in _EVENTS else (),
        wrapper=name in hookspecs.AROUND and draw(st.booleans()),
        tryfirst=draw(st.booleans()),
        trylast=draw(st.booleans()),
    )


@st.composite
def _settings(draw: st.DrawFn) -> SettingInfo:
    kind = draw(st.sampled_from(SettingType))
    defaults = {
        SettingType.TEXT: _texts,
        SettingType.NUMBER: _number | _whole,
        SettingType.WHOLE_NUMBER: _whole,
        SettingType.FLAG: st.booleans(),
        SettingType.TEXTS: st.lists(_texts, max_size=3).map(tuple),
    }
    return SettingInfo(
        key=draw(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)),
        type=kind,
        default=draw(defaults[kind]),
        help=draw(lines),
    )


@st.composite
def manifests(draw: st.DrawFn) -> PluginManifest:
    """One that breaks no rule."""
    ident = draw(idents)
    words = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
    added = [
        f"orpheus_{ident.replace('-', '_')}_{word}"
        for word in draw(st.lists(words, unique=True, max_size=2))
    ]
    names = st.sampled_from([*_HOOKS, *added, "orpheus_quite_another_matter"])
    used = draw(st.lists(names, unique=True, max_size=4))
    versions = st.tuples(st.integers(0, 9999), st.integers(0, 9999))
    logins = st.builds(LoginInfo, name=filled, service=idents, fields=_unique_fields)
    backends = st.builds(SecretBackendInfo, name=filled, priority=_whole)
    command_words = st.lists(_words, min_size=1, max_size=3).map(tuple)
    commands = st.builds(CommandInfo, words=command_words, help=lines, section=lines)
    return PluginManifest(
        id=ident,
        api=tuple(draw(st.lists(versions, min_size=1, max_size=3))),
        summary=draw(lines),
        hooks=tuple(draw(_hook_uses(name)) for name in used),
        hosts=tuple(draw(st.lists(_patterns, max_size=3))),
        services=tuple(draw(st.lists(services, unique_by=lambda each: each.id, max_size=2))),
        logins=tuple(
            draw(st.lists(logins, unique_by=lambda each: (each.service, each.name), max_size=2))
        ),
        stages=tuple(draw(st.lists(stages, unique_by=lambda each: each.name, max_size=2))),
        secret_backends=tuple(
            draw(st.lists(backends, unique_by=lambda each: each.name, max_size=2))
        ),
        commands=tuple(draw(st.lists(commands, unique_by=lambda each: each.words, max_size=2))),
        settings=tuple(draw(st.lists(_settings(), unique_by=lambda each: each.key, max_size=3))),
        adds_hooks=tuple(added),
        sample=draw(st.none() | st.just("package.module:object")),
    )
