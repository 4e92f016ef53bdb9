"""The manifest that code amounts to, and how it differs from the one that is written down."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from tests.plugins.manifests import manifests

from orpheus_core.errors import InvalidPluginManifest
from orpheus_core.music import LinkPattern, MediaKind
from orpheus_core.plugins import (
    API,
    CommandInfo,
    CredentialField,
    Feature,
    HookUse,
    LoginInfo,
    PluginManifest,
    Scope,
    SecretBackendInfo,
    ServiceInfo,
    SettingInfo,
    SettingType,
    StageInfo,
)
from orpheus_core.plugins.generated_manifest import differences, merged

SERVICE = ServiceInfo(
    id="x",
    name="X",
    kinds=frozenset({MediaKind.ALBUM}),
    features=frozenset({Feature.SEARCH}),
    hosts=("api.x.example", "cdn.x.example"),
    links=(LinkPattern(host="x.example", path="/album/{id}", kind=MediaKind.ALBUM),),
)
MANIFEST = PluginManifest(
    id="x",
    api=((1, 0),),
    summary="links",
    hooks=(HookUse(name="orpheus_modules"), HookUse(name="orpheus_advise", events=("job.*",))),
    hosts=("more.example",),
    services=(SERVICE,),
    logins=(LoginInfo(name="arl", service="x", fields=(CredentialField(name="arl", label="a"),)),),
    stages=(StageInfo(name="convert", scope=Scope.TRACK, after=("verify",)),),
    secret_backends=(SecretBackendInfo(name="vault", priority=5),),
    commands=(CommandInfo(words=("x", "show"), help="Show it."),),
    settings=(SettingInfo(key="k", type=SettingType.FLAG, default=True, help=""),),
    adds_hooks=("orpheus_x_more",),
    sample="x.sample:SAMPLE",
)


def of_the_code(manifest: PluginManifest, existing: PluginManifest | None) -> PluginManifest:
    """What the code of *manifest*'s plugin amounts to: code says nothing of events."""
    return merged(
        existing,
        manifest.id,
        hooks=[attrs.evolve(use, events=()) for use in manifest.hooks],
        services=manifest.services,
        logins=manifest.logins,
        stages=manifest.stages,
        secret_backends=manifest.secret_backends,
        commands=manifest.commands,
    )


# --- merged -----------------------------------------------------------------------------


@given(manifests())
def test_code_that_is_as_claimed_gives_the_same_manifest(manifest: PluginManifest) -> None:
    """So that writing it anew changes no line; and there is no difference to tell of."""
    actual = of_the_code(manifest, manifest)
    assert actual == manifest
    assert differences(manifest, actual) == []


def test_what_code_cannot_tell_is_kept() -> None:
    """All else is as the code has it."""
    actual = merged(MANIFEST, "x", hooks=[HookUse(name="orpheus_advise", tryfirst=True)])
    assert actual == PluginManifest(
        id="x",
        api=((1, 0),),
        summary="links",
        hooks=(HookUse(name="orpheus_advise", events=("job.*",), tryfirst=True),),
        hosts=("more.example",),
        settings=MANIFEST.settings,
        adds_hooks=("orpheus_x_more",),
        sample="x.sample:SAMPLE",
    )


def test_a_plugin_without_a_manifest_gets_its_first() -> None:
    """Written for the API that is there."""
    actual = of_the_code(MANIFEST, None)
    assert (actual.id, actual.api, actual.services) == ("x", (API,), (SERVICE,))
    assert actual.use_of("orpheus_advise") == HookUse(name="orpheus_advise")


def test_the_order_of_the_manifest_stays() -> None:
    """What is new comes last."""
    names = ["orpheus_tags", "orpheus_advise", "orpheus_modules"]
    actual = merged(MANIFEST, "x", hooks=[HookUse(name=name) for name in names])
    assert [use.name for use in actual.hooks] == [
        "orpheus_modules",
        "orpheus_advise",
        "orpheus_tags",
    ]


def test_what_the_code_has_twice_cannot_be_written_down() -> None:
    """A manifest that names it once would be refused, or believed and not true."""
    hooks = [HookUse(name="orpheus_tags"), HookUse(name="orpheus_tags", trylast=True)]
    with pytest.raises(InvalidPluginManifest) as caught:
        merged(None, "x", hooks=hooks)
    assert caught.value.title == (
        "its code implements orpheus_tags more than once; orpheus.toml can name each hook once"
    )
    assert "one function" in caught.value.next_step
    other = attrs.evolve(MANIFEST.stages[0], before=("tag",))
    with pytest.raises(InvalidPluginManifest, match="the stage convert more than once"):
        merged(None, "x", hooks=(), stages=(*MANIFEST.stages, other))


# --- differences ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ("hooks", "hook orpheus_modules"),
        ("services", "service x"),
        ("logins", "login arl of x"),
        ("stages", "stage convert"),
        ("secret_backends", "secret backend vault"),
        ("commands", "command x show"),
    ],
)
@pytest.mark.parametrize("details", [False, True])
def test_a_name_that_one_side_has_not_is_told(section: str, what: str, details: bool) -> None:
    """Either way round."""
    less = attrs.evolve(MANIFEST, **{section: getattr(MANIFEST, section)[1:]})
    assert differences(MANIFEST, less, details=details) == [
        f"orpheus.toml names the {what}, the code has none"
    ]
    assert differences(less, MANIFEST, details=details) == [
        f"the code has the {what}, orpheus.toml does not name it"
    ]


def test_a_name_that_was_misspelled_is_told_with_what_was_meant() -> None:
    """The nearest of those that nobody claims."""
    stage = attrs.evolve(MANIFEST.stages[0], name="convrt")
    assert differences(attrs.evolve(MANIFEST, stages=(stage,)), MANIFEST)[0] == (
        "orpheus.toml names the stage convrt, the code has none, but it has convert"
    )


LINK = "x.example /album/{id} album false [A-Za-z0-9_-]+"


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        (
            attrs.evolve(
                MANIFEST, stages=(StageInfo(name="convert", scope=Scope.JOB, after=("tag",)),)
            ),
            [
                "the stage convert: scope is job in orpheus.toml, track in the code",
                "the stage convert: after: orpheus.toml has tag, the code has not",
                "the stage convert: after: the code has verify, orpheus.toml has not",
            ],
        ),
        (
            attrs.evolve(
                MANIFEST,
                hooks=(HookUse(name="orpheus_modules", tryfirst=True), MANIFEST.hooks[1]),
            ),
            ["the hook orpheus_modules: tryfirst is true in orpheus.toml, false in the code"],
        ),
        (
            attrs.evolve(MANIFEST, services=(attrs.evolve(SERVICE, links=(), note="new"),)),
            [
                f"the service x: links: the code has {LINK}, orpheus.toml has not",
                "the service x: note is new in orpheus.toml, nothing in the code",
            ],
        ),
        (
            attrs.evolve(
                MANIFEST,
                services=(
                    attrs.evolve(
                        SERVICE, hosts=(*SERVICE.hosts, "a.x", "b.x"), mirrors=(("a.x", "b.x"),)
                    ),
                ),
            ),
            [
                "the service x: hosts: orpheus.toml has a.x, the code has not",
                "the service x: hosts: orpheus.toml has b.x, the code has not",
                "the service x: mirrors: orpheus.toml has a.x and b.x, the code has not",
            ],
        ),
        (attrs.evolve(MANIFEST, id="y"), ["orpheus.toml says the id is y, it is x"]),
    ],
)
def test_what_bears_one_name_is_compared(claimed: PluginManifest, told: list[str]) -> None:
    """Value by value."""
    assert differences(claimed, MANIFEST) == told


def test_without_details_names_alone_count() -> None:
    """A note in other words is no reason to leave a plugin out."""
    claimed = attrs.evolve(MANIFEST, services=(attrs.evolve(SERVICE, note="new"),))
    assert differences(claimed, MANIFEST, details=False) == []


def test_the_order_of_a_list_and_events_are_no_difference() -> None:
    """Neither means another thing."""
    claimed = attrs.evolve(
        MANIFEST,
        services=(attrs.evolve(SERVICE, hosts=SERVICE.hosts[::-1]),),
        hooks=tuple(attrs.evolve(use, events=()) for use in MANIFEST.hooks[::-1]),
    )
    assert differences(claimed, MANIFEST) == []
