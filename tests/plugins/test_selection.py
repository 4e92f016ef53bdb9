"""Which installed plugins come in: one rule after the other, the first that applies counts."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.fakes import eager, lazy, manifest

from orpheus_core.plugins import PluginMode
from orpheus_core.plugins.index import FoundPlugin
from orpheus_core.plugins.known_bad import KnownBad
from orpheus_core.plugins.selection import Choice, Refusal, naming, select
from orpheus_core.plugins.states import Happening, PluginState, after

BAD = KnownBad(distribution="orpheus_bad", versions=frozenset({"1"}), reason="it deletes files")
GOOD = lazy("good", object)


def refusal(plugin: FoundPlugin, *others: FoundPlugin, choice: Choice | None = None) -> Refusal:
    found = select([plugin, *others], choice or Choice())[0][1]
    assert found is not None
    return found


def test_a_plugin_that_nothing_speaks_against_comes_in() -> None:
    """With a manifest or without."""
    found = [GOOD, eager("plain")]
    assert select(found, Choice()) == [(each, None) for each in found]


def test_in_safe_mode_none_comes_in() -> None:
    """Whatever else is chosen."""
    said = refusal(GOOD, choice=Choice(mode=PluginMode.SAFE, only=["good"]))
    assert said.happening is Happening.SWITCHED_OFF
    assert "safe mode" in said.reason


@pytest.mark.parametrize("only", [[], ["other"], ["good@somebody-else"]])
def test_a_plugin_that_the_environment_does_not_name_stays_out(only: list[str]) -> None:
    """``ORPHEUS_PLUGINS=`` means none at all."""
    said = refusal(GOOD, choice=Choice(only=only))
    assert said.happening is Happening.SWITCHED_OFF
    assert "ORPHEUS_PLUGINS" in said.reason
    assert "add good to ORPHEUS_PLUGINS" in said.hint


@pytest.mark.parametrize("only", [["good"], ["good@orpheus-good"], ["good@Orpheus_Good"]])
def test_a_plugin_that_the_environment_names_comes_in(only: list[str]) -> None:
    """By its id, or by id and distribution, written as pip would understand it."""
    assert select([GOOD], Choice(only=only)) == [(GOOD, None)]


@pytest.mark.parametrize("name", ["good", "good@orpheus.good"])
def test_a_plugin_that_is_switched_off_says_how_to_switch_it_on(name: str) -> None:
    """With the words that are in the settings."""
    said = refusal(GOOD, choice=Choice(disabled=[name]))
    assert (said.happening, said.hint) == (
        Happening.SWITCHED_OFF,
        f"orpheus plugin enable {name}",
    )


def test_a_release_that_is_known_to_be_bad_is_blocked() -> None:
    """With the release that is good, if there is one."""
    bad = eager("bad")
    said = refusal(bad, choice=Choice(known_bad=(BAD,)))
    assert said.happening is Happening.KNOWN_BAD
    assert "it deletes files" in said.reason
    assert "pip uninstall orpheus-bad" in said.hint
    mended = attrs.evolve(BAD, fixed_in="1.1")
    said = refusal(bad, choice=Choice(known_bad=(mended,)))
    assert said.hint == "pip install --upgrade 'orpheus-bad>=1.1'"
    newer = attrs.evolve(bad, version="1.1")
    assert select([newer], Choice(known_bad=(mended,))) == [(newer, None)]


@pytest.mark.parametrize(
    ("name", "word"),
    [("Deezer", "lower-case"), ("1st", "lower-case"), ("layout", "settings"), ("core-x", "core")],
)
def test_an_id_that_does_not_fit_is_a_failure(name: str, word: str) -> None:
    """It would be no section of the settings, one of the core's, or one of its plugins."""
    said = refusal(eager(name))
    assert said.happening is Happening.IMPORT_FAILED
    assert word in said.reason


def test_an_id_that_somebody_has_is_a_conflict() -> None:
    """A built-in plugin, or one of a script."""
    said = select([GOOD], Choice(), {"good": ""})[0][1]
    assert said is not None
    assert said.happening is Happening.ID_TAKEN
    assert said.reason == "the id good is taken by a plugin of this program"


def test_of_two_with_one_id_neither_comes_in() -> None:
    """Each says how the other would: by switching it off."""
    said = refusal(GOOD, eager("good", distribution="imposter"))
    assert said.happening is Happening.ID_TAKEN
    assert said.reason == "claimed by imposter, orpheus-good"
    assert said.hint.startswith("orpheus plugin disable good@orpheus-good")


def test_a_blocked_rival_does_not_hand_its_id_over() -> None:
    """Who had it is known; a second one must not step into its place unseen."""
    bad = eager("bad")
    rival = eager("bad", distribution="imposter")
    (_, first), (_, second) = select([bad, rival], Choice(known_bad=(BAD,)))
    assert first is not None
    assert second is not None
    assert (first.happening, second.happening) == (Happening.KNOWN_BAD, Happening.ID_TAKEN)


def test_a_manifest_that_cannot_be_read_keeps_its_plugin_out() -> None:
    """With the sentence that says where; a report has an address when there is one."""
    broken = eager("broken", problem="orpheus.toml: there is no key sumary")
    said = refusal(attrs.evolve(broken, report_to="https://example.org/issues"))
    assert said.happening is Happening.MANIFEST_UNREADABLE
    assert said.reason == "orpheus.toml: there is no key sumary"
    assert "pip install --upgrade --force-reinstall orpheus-broken" in said.hint
    assert "https://example.org/issues" in said.hint
    assert said.hint.endswith("; if it is your own, mend what is named")


def test_a_damaged_distribution_is_named_by_what_is_damaged() -> None:
    """Its id is not known, so nothing is said of that."""
    said = refusal(attrs.evolve(eager("Damaged", problem="entry_points.txt is damaged"), value=""))
    assert said.happening is Happening.MANIFEST_UNREADABLE
    assert said.reason == "entry_points.txt is damaged"


def test_a_manifest_of_another_plugin_keeps_its_plugin_out() -> None:
    """It was copied, and not changed."""
    said = refusal(lazy("good", object, claims=manifest("another")))
    assert said.happening is Happening.MANIFEST_UNREADABLE
    assert "another" in said.reason


@pytest.mark.parametrize(
    ("api", "upgrade"), [((1, 1), "orpheus-core"), ((2, 0), "orpheus-core"), ((0, 9), "orpheus-x")]
)
def test_a_plugin_for_another_hook_api_names_what_to_upgrade(
    api: tuple[int, int], upgrade: str
) -> None:
    """Itself when it is too old, the core when it is too new."""
    said = refusal(lazy("x", object, claims=manifest("x", api=api)), choice=Choice(api=(1, 0)))
    assert said.happening is Happening.API_DOES_NOT_FIT
    assert f"written for version {api[0]}.{api[1]} of the hook API" in said.reason
    assert said.hint == f"pip install --upgrade {upgrade}"


_NAMES = st.sampled_from(["a", "b", "B", "core-a", "layout"])
_FOUND = st.lists(
    st.builds(
        lambda name, distribution, problem, api: attrs.evolve(
            lazy(name, object, claims=manifest(name, api=(api, 0))),
            distribution=distribution,
            problem=problem,
        ),
        _NAMES,
        st.sampled_from(["one", "two", "orpheus-bad"]),
        st.sampled_from(["", "damaged"]),
        st.sampled_from([1, 2]),
    ),
    unique_by=lambda plugin: (plugin.id, plugin.distribution),
)
_CHOICES = st.builds(
    Choice,
    disabled=st.lists(st.sampled_from(["a", "b@one", "b@two"])),
    only=st.none() | st.lists(_NAMES),
    mode=st.sampled_from(PluginMode),
    known_bad=st.just((BAD,)),
)


@given(_FOUND, _CHOICES)
def test_whatever_is_chosen_no_two_plugins_of_one_id_come_in(
    found: list[FoundPlugin], choice: Choice
) -> None:
    """And whoever stays out has a state that says so, a reason and a hint."""
    selected = select(found, choice)
    assert [plugin for plugin, _ in selected] == found
    ids = [plugin.id for plugin, refusal in selected if refusal is None]
    assert len(ids) == len(set(ids))
    for plugin, said in selected:
        off = naming(choice.disabled, plugin.id, plugin.distribution)
        if said is not None:
            assert said.reason
            assert said.hint
            assert after(PluginState.INDEXED, said.happening) is not PluginState.ACTIVE
        assert not (off and said is None)
