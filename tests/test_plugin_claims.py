"""The manifest that a plugin's code amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import click
import pytest
from tests.plugins.fakes import Shelf, eager, lazy, manifest
from tests.services.test_registry import Module

import orpheus_core as oc
from orpheus_core.delivery import TrackStage
from orpheus_core.plugin_claims import actual_manifest, manifest_of
from orpheus_core.plugins import PluginRecord
from orpheus_core.services import EnvironmentBackend


class Polish(TrackStage):
    name = "polish"
    after = ("verify",)
    optional = True


class Password:
    name = "password"
    service = "tunes"
    fields = (oc.CredentialField(name="password", label="the password"),)

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        raise oc.LoginRejected("no")


@click.command
def tidy() -> None:
    """Tidy."""


TIDY = oc.CommandInfo(words=("tidy",), help="Tidy up.")


class Rich:
    """A plugin with one of each."""

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[object]:
        return [Module()]

    @oc.hookimpl
    def orpheus_login_strategies(self) -> Sequence[object]:
        return [Password()]

    @oc.hookimpl
    def orpheus_stages(self) -> Sequence[object]:
        return [Polish()]

    @oc.hookimpl
    def orpheus_secret_backends(self) -> Sequence[object]:
        return [EnvironmentBackend()]

    @oc.hookimpl
    def orpheus_commands(self) -> Sequence[oc.Command]:
        return [oc.Command(info=TIDY, command=tidy)]

    @oc.hookimpl(tryfirst=True)
    def orpheus_event(self, event: oc.Event) -> None:
        return None


def test_a_manifest_names_whatever_the_code_brings() -> None:
    """Each hook, each thing that it answers with, as it describes itself."""
    actual = actual_manifest("rich", Shelf([eager("rich", Rich)]))
    assert actual.id == "rich"
    assert actual.api == (oc.API,)
    assert [use.name for use in actual.hooks] == [
        "orpheus_commands",
        "orpheus_event",
        "orpheus_login_strategies",
        "orpheus_modules",
        "orpheus_secret_backends",
        "orpheus_stages",
    ]
    assert actual.use_of("orpheus_event") == oc.HookUse(name="orpheus_event", tryfirst=True)
    assert actual.services == (Module().info,)
    assert actual.logins == (
        oc.LoginInfo(name="password", service="tunes", fields=Password.fields),
    )
    assert actual.stages == (
        oc.StageInfo(name="polish", scope=oc.Scope.TRACK, after=("verify",), optional=True),
    )
    assert actual.secret_backends == (oc.SecretBackendInfo(name="environment", priority=50),)
    assert actual.commands == (TIDY,)


def test_a_manifest_that_lies_is_set_right() -> None:
    """Though its plugin is refused; what code cannot tell stays as it was written."""
    looks = oc.HookUse(name="orpheus_event", events=("job.*",))
    false = attrs.evolve(
        manifest("rich", looks, "orpheus_tags"),
        summary="One of each",
        hosts=("static.example",),
        services=(Module("wrong").info,),
    )
    actual = actual_manifest("rich", Shelf([lazy("rich", Rich, claims=false)]))
    assert actual.services == (Module().info,)
    assert actual.use_of("orpheus_tags") is None
    event = actual.use_of("orpheus_event")
    assert event is not None
    assert event.events == ("job.*",)
    assert (actual.summary, actual.hosts) == ("One of each", ("static.example",))


def test_a_manifest_that_cannot_be_read_is_written_anew() -> None:
    """So is one of another API: the code alone counts."""
    odd = attrs.evolve(eager("rich", Rich), problem="its manifest is odd")
    assert actual_manifest("rich", Shelf([odd])).stages
    newer = attrs.evolve(manifest("rich"), api=((9, 0),))
    assert actual_manifest("rich", Shelf([lazy("rich", Rich, claims=newer)])).stages


def test_only_the_plugin_itself_is_imported() -> None:
    """Of two with one id, the one that is named with its package."""

    def never() -> object:
        raise AssertionError("imported")

    found = [
        eager("other", never),
        lazy("lazy", never, "orpheus_tags"),
        eager("rich", Rich, "orpheus-rich"),
        eager("rich", never, "orpheus-imposter"),
    ]
    assert actual_manifest("rich@orpheus-rich", Shelf(found)).services
    with pytest.raises(oc.PluginLoadFailed) as caught:
        actual_manifest("rich", Shelf(found))
    assert "orpheus-imposter, orpheus-rich" in caught.value.why


def test_a_package_may_be_named_in_any_of_its_forms() -> None:
    """What its manifest alone can say is kept all the same: it may be written over."""
    claimed = attrs.evolve(manifest("rich"), hosts=("static.example",))
    shelf = Shelf([lazy("rich", Rich, claims=claimed, distribution="orpheus-rich")])
    assert actual_manifest("rich@Orpheus_Rich", shelf).hosts == ("static.example",)


def test_a_service_that_cannot_be_described_is_a_hook_that_failed() -> None:
    """With the name of the plugin, and not an error of the core."""

    class Odd(Module):
        def __init__(self) -> None:
            super().__init__()
            self.info = "none"  # type: ignore[assignment] # on purpose

    class Brings:
        @oc.hookimpl
        def orpheus_modules(self) -> Sequence[object]:
            return [Odd()]

    with pytest.raises(oc.HookFailed, match="odd: orpheus_modules"):
        actual_manifest("odd", Shelf([eager("odd", Brings)]))


class Rhymes:
    @oc.hookspec
    def orpheus_poet_rhymes(self, word: str) -> str:
        """Answer with a rhyme."""
        raise NotImplementedError


class Poet:
    @oc.hookimpl
    def orpheus_add_hookspecs(self) -> list[object]:
        return [Rhymes]


class Rhymer:
    @oc.hookimpl
    def orpheus_poet_rhymes(self, word: str) -> str:
        return word


def test_hooks_of_its_own_and_hooks_of_others_are_named() -> None:
    """Those of another plugin, which is not here, as far as their names."""
    poet = lazy("poet", Poet, "orpheus_add_hookspecs", adds=("orpheus_poet_rhymes",))
    rhymer = lazy("rhymer", Rhymer, "orpheus_poet_rhymes")
    assert actual_manifest("poet", Shelf([poet])).adds_hooks == ("orpheus_poet_rhymes",)
    assert actual_manifest("poet", Shelf([eager("poet", Poet)])).adds_hooks == (
        "orpheus_poet_rhymes",
    )
    actual = actual_manifest("rhymer", Shelf([poet, rhymer]))
    assert actual.hooks == (oc.HookUse(name="orpheus_poet_rhymes"),)


def test_what_a_plugin_fails_to_say_is_an_error() -> None:
    """A manifest without it would be one that lies."""

    class Broken:
        @oc.hookimpl
        def orpheus_stages(self) -> Sequence[object]:
            raise OSError("not today")

    with pytest.raises(oc.HookFailed, match="not today"):
        actual_manifest("broken", Shelf([eager("broken", Broken)]))
    with pytest.raises(oc.PluginLoadFailed):
        actual_manifest("broken", Shelf([eager("broken", lambda: 1 / 0)]))
    with pytest.raises(oc.UnknownPlugin):
        actual_manifest("nobody", Shelf([eager("broken", Broken)]))


def test_two_functions_for_one_hook_are_more_than_a_manifest_can_say() -> None:
    """They work without one; written down as one use, the host would refuse the plugin."""

    class Twice:
        @oc.hookimpl
        def orpheus_event(self, event: oc.Event) -> None: ...

        @oc.hookimpl(specname="orpheus_event", trylast=True)
        def last(self, event: oc.Event) -> None: ...

    with pytest.raises(oc.InvalidPluginManifest, match="orpheus_event more than once"):
        actual_manifest("twice", Shelf([eager("twice", Twice)]))


def test_an_object_that_is_handed_over_has_a_manifest_too() -> None:
    """A test of a plugin need not install it; a class is made an instance of."""
    given: list[PluginRecord] = []

    class Configured(Rich):
        @oc.hookimpl
        def orpheus_configure(self, context: object) -> None:
            assert context == "context"

    def contexts(record: PluginRecord) -> object:
        given.append(record)
        return "context"

    assert manifest_of("rich", Rich()).stages
    assert manifest_of("rich", Configured(), contexts=contexts).services
    existing = attrs.evolve(manifest("rich"), summary="One of each")
    assert manifest_of("rich", Configured, existing, contexts).summary == "One of each"
    assert [(record.id, record.manifest) for record in given] == [
        ("rich", None),
        ("rich", existing),
    ]
