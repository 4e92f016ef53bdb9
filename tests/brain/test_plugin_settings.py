"""The settings of plugins: declared by their manifests, set like any other setting."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain.plugin_settings import check_sections, plugin_settings, raw_settings
from orpheus_core.config import ARGUMENTS, RawSetting, Value
from orpheus_core.errors import InvalidSetting
from orpheus_core.plugins import SettingInfo, SettingType

FILE = "/home/u/config.toml"

INFOS = (
    SettingInfo(key="region", type=SettingType.TEXT, default="", help="Whose catalogue."),
    SettingInfo(key="ratio", type=SettingType.NUMBER, default=0.5, help="How much."),
    SettingInfo(key="pages", type=SettingType.WHOLE_NUMBER, default=3, help="How many."),
    SettingInfo(key="loud", type=SettingType.FLAG, default=False, help="Whether."),
    SettingInfo(key="genres", type=SettingType.TEXTS, default=(), help="Which."),
)


def raw(key: str, value: object, section: str = "tunes", source: str = FILE) -> RawSetting:
    return RawSetting(section, key, value, source)


def read(*sections: RawSetting, **environ: str) -> dict[str, Value]:
    return plugin_settings("tunes", INFOS, sections, environ)


def test_each_setting_has_a_value_and_a_type() -> None:
    """The default, until somebody sets it."""
    assert read() == {"region": "", "ratio": 0.5, "pages": 3, "loud": False, "genres": ()}
    values = read(
        raw("region", "fr"),
        raw("ratio", 2),
        raw("pages", 7),
        raw("loud", True),
        raw("genres", ["jazz", "folk"]),
        raw("region", "of another plugin", section="other"),
    )
    assert values == {
        "region": "fr",
        "ratio": 2,
        "pages": 7,
        "loud": True,
        "genres": ("jazz", "folk"),
    }


def test_variables_stand_between_the_file_and_the_arguments() -> None:
    """As for every other setting; texts are read by their type."""
    environ = {"ORPHEUS_TUNES_PAGES": "8", "ORPHEUS_TUNES_GENRES": "jazz, folk"}
    assert read(raw("pages", 7), **environ)["pages"] == 8
    assert read(raw("pages", 9, source=ARGUMENTS), **environ)["pages"] == 9
    assert read(**environ)["genres"] == ("jazz", "folk")


def test_a_variable_that_supplies_a_credential_is_no_setting() -> None:
    """Nothing that could be a secret is handed over as a setting, or shown in an error."""
    values = plugin_settings(
        "tunes",
        INFOS,
        (),
        {"ORPHEUS_TUNES_PAGES": "very-secret"},
        secrets=["ORPHEUS_TUNES_PAGES"],
    )
    assert values["pages"] == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (raw("pages", 1.5), "tunes.pages must be a whole number, not 1.5"),
        (raw("pages", True), "tunes.pages must be a whole number, not True"),
        (raw("ratio", "much"), "tunes.ratio must be a number, not 'much'"),
        (raw("loud", 1), "tunes.loud must be true or false, not 1"),
        (raw("genres", ["jazz", 3]), "tunes.genres must be a list of texts"),
        (raw("region", {"a": 1}), "tunes.region must be text"),
        (raw("regoin", "fr"), "there is no setting 'tunes.regoin'"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_place(wrong: RawSetting, words: str) -> None:
    """As for every other setting."""
    with pytest.raises(InvalidSetting) as caught:
        read(wrong)
    assert words in caught.value.title
    assert FILE in caught.value.why


def test_a_wrong_variable_is_named() -> None:
    """A person may have set it long ago."""
    with pytest.raises(InvalidSetting) as caught:
        read(ORPHEUS_TUNES_PAGES="many")
    assert "ORPHEUS_TUNES_PAGES" in caught.value.why


def test_a_key_that_the_plugin_does_not_have_suggests_the_nearest() -> None:
    """And names all, when none is near."""
    with pytest.raises(InvalidSetting) as caught:
        read(raw("regoin", "fr"))
    assert caught.value.next_step == "did you mean tunes.region?"
    with pytest.raises(InvalidSetting) as caught:
        read(raw("xyz", 1))
    assert "genres, loud, pages, ratio, region" in caught.value.why


def test_what_is_set_for_a_plugin_without_a_manifest_is_handed_over() -> None:
    """As it was written, as long as it is of a kind that settings have."""
    sections = (
        raw("region", "fr"),
        raw("pages", 7),
        raw("ratio", 0.5),
        raw("loud", True),
        raw("genres", ["jazz"]),
        raw("region", "nl", source=ARGUMENTS),
        raw("x", 1, section="other"),
    )
    assert raw_settings("tunes", sections) == {
        "region": "nl",
        "pages": 7,
        "ratio": 0.5,
        "loud": True,
        "genres": ("jazz",),
    }
    for odd in ({"a": 1}, ["jazz", 1], None):
        with pytest.raises(InvalidSetting, match=r"tunes\.odd must be text, a number"):
            raw_settings("tunes", (raw("odd", odd),))


@pytest.mark.parametrize(
    ("section", "key", "words"),
    [
        ("downlods", "jobs", "did you mean downloads.jobs?"),
        ("netwrok", "speed", "did you mean [network]?"),
        ("tuness", "region", "did you mean [tunes]?"),
        ("Tunes", "region", "did you mean [tunes]?"),
        ("zzz", "y", "take the section [zzz] out, or install the plugin that it is for"),
    ],
)
def test_a_section_that_is_nobodys_suggests_whose_was_meant(
    section: str, key: str, words: str
) -> None:
    """A setting, a section of the core, a plugin; else what to do about it."""
    with pytest.raises(InvalidSetting) as caught:
        check_sections([raw(key, 1, section=section)], ["tunes", "sandbox"])
    assert caught.value.next_step == words
    assert f"no installed plugin is called {section!r}" in caught.value.why
    assert FILE in caught.value.why


def test_sections_of_plugins_that_are_there_are_fine() -> None:
    """Whatever is in them."""
    check_sections([raw("x", {"a": object()})], ["tunes"])


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())
)


@given(st.lists(st.tuples(st.sampled_from([*(i.key for i in INFOS), "x"]), scalars)))
def test_any_values_are_settings_or_a_clear_error(values: list[tuple[str, object]]) -> None:
    """Never another exception."""
    with contextlib.suppress(InvalidSetting):
        found = read(*(raw(key, value) for key, value in values))
        assert set(found) == {info.key for info in INFOS}
