"""Settings: sources in order, and errors that name where a wrong one was made."""

from __future__ import annotations

import contextlib
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.config import (
    SECTIONS,
    Home,
    RawSetting,
    Settings,
    load_settings,
    setting_names,
)
from orpheus_core.errors import InvalidSetting, MalformedSettings, StorageError
from orpheus_core.music import Quality


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_later_sources_override_earlier_ones(tmp_path: Path) -> None:
    """Defaults < file < environment < arguments."""
    file = written(
        tmp_path, '[downloads]\njobs = 5\nquality = "high"\nfloor = "low"\n[network]\nattempts = 7'
    )
    environ = {"ORPHEUS_DOWNLOADS_JOBS": "6", "ORPHEUS_DOWNLOADS_QUALITY": "lossless"}
    settings = load_settings(file, environ, {"downloads": {"quality": "hires"}})
    assert settings.network.attempts == 7
    assert settings.downloads.jobs == 6
    assert settings.downloads.quality == "hires"
    assert settings.network.connect_timeout_s == 10.0


def test_arguments_may_be_dotted(tmp_path: Path) -> None:
    """`{"downloads.jobs": 1}` says the same as a nested table."""
    assert load_settings(arguments={"downloads.jobs": 1}).downloads.jobs == 1


def test_a_missing_file_is_no_error(tmp_path: Path) -> None:
    """Nobody has to write settings."""
    assert load_settings(tmp_path / "none.toml") == Settings()


def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path) -> None:
    """So that it can be mended."""
    file = written(tmp_path, "[downloads]\njobs = = 3\n")
    with pytest.raises(MalformedSettings) as caught:
        load_settings(file)
    assert str(file) in caught.value.title
    assert "line 2" in caught.value.why


def test_a_file_that_is_no_utf8_is_malformed(tmp_path: Path) -> None:
    """Bytes of another encoding are no settings."""
    file = tmp_path / "config.toml"
    file.write_bytes(b'[downloads]\nquality = "\xff"\n')
    with pytest.raises(MalformedSettings):
        load_settings(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[downloads]\njbos = 1", "did you mean downloads.jobs"),
        ("downloads = 3", "downloads"),
        ('[downloads]\njobs = "many"', "must be a whole number"),
        ("[downloads]\njobs = 0", "of at least 1"),
        ("[downloads]\njobs = true", "must be a whole number"),
        ("[downloads]\nquality = 3", "must be text"),
        ("[network]\nread_timeout_s = inf", "must be a number"),
        ('[plugins]\ndisabled = "a"\n[downloads]\nquality = []', "must be text"),
        ("[plugins]\ndisabled = [1]", "must be a list of texts"),
        ('[downloads]\nquality = "loud"', "must be one of best, hires, lossless"),
        ('[downloads]\nfloor = ""', "must be one of best, hires, lossless"),
        (f"[network]\nread_timeout_s = 1{'0' * 400}", "must be a number"),
        ("[network]\nread_timeout_s = 1e300", "must be a number"),
        ('[plugins]\nmode = "lenient"', "must be one of isolate, strict, safe"),
        ("[network]\nextra_hosts = 3", "must be a list of texts of the form SERVICE:HOST"),
        ('[network]\nextra_hosts = ["a.example"]', "of the form SERVICE:HOST"),
        ('[network]\nextra_hosts = ["shop:"]', "of the form SERVICE:HOST"),
        ('[network]\nextra_hosts = ["shop:*"]', "of the form SERVICE:HOST"),
        ('[network]\nextra_hosts = ["shop:https://a.example"]', "of the form SERVICE:HOST"),
        ('[network]\nextra_hosts = ["shop:a.example:443"]', "of the form SERVICE:HOST"),
        ('[network]\nextra_hosts = ["Shop:a.example"]', "of the form SERVICE:HOST"),
    ],
)
def test_a_setting_that_does_not_fit_names_itself_and_its_source(
    tmp_path: Path, text: str, words: str
) -> None:
    """With the nearest setting there is, or the type that was due."""
    file = written(tmp_path, text)
    with pytest.raises(InvalidSetting) as caught:
        load_settings(file)
    shown = f"{caught.value.title} {caught.value.next_step}"
    assert words in shown
    assert str(file) in caught.value.why


def test_a_wrong_variable_is_told_apart_from_the_file() -> None:
    """The person has to know where to look."""
    with pytest.raises(InvalidSetting) as caught:
        load_settings(environ={"ORPHEUS_DOWNLOADS_JOBS": "lots"})
    assert "environment" in caught.value.why


def test_variables_of_secrets_are_not_settings() -> None:
    """ORPHEUS_<SERVICE>_<FIELD> belongs to the credentials."""
    assert load_settings(environ={"ORPHEUS_QOBUZ_AUTH_TOKEN": "x"}) == Settings()


def test_lists_come_from_variables_with_commas() -> None:
    """Spaces around them do not count."""
    settings = load_settings(environ={"ORPHEUS_PLUGINS_DISABLED": "core-cover, sandbox"})
    assert settings.plugins.disabled == ("core-cover", "sandbox")


def test_orpheus_home_moves_everything(tmp_path: Path) -> None:
    """Config, data, state and cache under one folder."""
    home = Home.find({"ORPHEUS_HOME": str(tmp_path)})
    places = (home.config, home.data, home.state, home.cache)
    assert all(place.parent == tmp_path for place in places)
    assert len(set(places)) == 4


def test_without_it_the_systems_places_are_used() -> None:
    """As platformdirs knows them."""
    assert "orpheus" in str(Home.find({}).settings_file).lower()


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())
)


@given(st.dictionaries(st.sampled_from(setting_names()), scalars))
def test_any_values_are_settings_or_a_clear_error(arguments: dict[str, object]) -> None:
    """Never another exception."""
    with contextlib.suppress(InvalidSetting):
        assert isinstance(load_settings(arguments=arguments), Settings)


@pytest.mark.parametrize(
    "text", [f"[network]\nattempts = 1{'0' * 5000}", "a = " + "[" * 5000, "a = 1\x00"]
)
def test_a_file_that_no_reader_of_toml_could_bear_is_malformed(tmp_path: Path, text: str) -> None:
    """Too many digits, too many brackets: the same error as for any other mistake."""
    with pytest.raises(MalformedSettings):
        load_settings(written(tmp_path, text))


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Editors of Windows put it there, unseen."""
    file = written(tmp_path, "\N{ZERO WIDTH NO-BREAK SPACE}[downloads]\njobs = 2\n")
    assert load_settings(file).downloads.jobs == 2


def test_a_file_that_cannot_be_read_is_an_error_of_the_disk(tmp_path: Path) -> None:
    """A folder in its place, say."""
    with pytest.raises(StorageError):
        load_settings(tmp_path)


def test_the_words_for_a_quality_are_those_that_can_be_asked_for() -> None:
    """The settings may not import the room that has them."""
    for quality in Quality:
        settings = load_settings(arguments={"downloads.quality": f" {quality.value.title()} "})
        assert Quality.parse(settings.downloads.quality) is quality
    with pytest.raises(InvalidSetting) as caught:
        load_settings(arguments={"downloads.floor": "loud"})
    assert all(quality.value in caught.value.title for quality in Quality)


def test_a_home_of_somebody_who_has_none_is_a_clear_error() -> None:
    """Not the RuntimeError of `expanduser`."""
    with pytest.raises(InvalidSetting, match="no home folder to put in the place of '~nobody-x'"):
        Home.find({"ORPHEUS_HOME": "~nobody-x/orpheus"})


def test_numbers_and_switches_come_from_variables() -> None:
    """As people write them."""
    settings = load_settings(environ={"ORPHEUS_NETWORK_READ_TIMEOUT_S": "2.5"})
    assert settings.network.read_timeout_s == 2.5


def test_an_error_stays_short_whatever_was_set() -> None:
    """A wrong value may be a whole file."""
    with pytest.raises(InvalidSetting) as caught:
        load_settings(arguments={"downloads.jobs": "x" * 100_000})
    assert len(caught.value.title) < 200


@pytest.mark.parametrize(
    "host", ["a.example", "*.a.example", "bücher.example", "nas", "192.168.1.5", "[::1]", "a.b."]
)
def test_a_host_besides_those_that_were_named_has_its_service_before_it(host: str) -> None:
    """A name, a name with all below it, an address."""
    settings = load_settings(environ={"ORPHEUS_NETWORK_EXTRA_HOSTS": f"shop:{host}, b:c.example"})
    assert settings.network.extra_hosts == (f"shop:{host}", "b:c.example")


def test_sections_of_others_are_kept_as_they_were_written(tmp_path: Path) -> None:
    """Which plugins there are is not known yet; a later source stands behind an earlier one."""
    file = written(tmp_path, "[deezer]\nregion = 'fr'\nlimits = {a = 1}\n[downloads]\njobs = 2")
    settings = load_settings(file, {"ORPHEUS_DEEZER_REGION": "de"}, {"deezer.region": "nl"})
    assert settings.plugin_sections == (
        RawSetting("deezer", "region", "fr", str(file)),
        RawSetting("deezer", "limits", {"a": 1}, str(file)),
        RawSetting("deezer", "region", "nl", "the arguments"),
    )
    assert settings.downloads.jobs == 2


def test_the_sections_are_those_that_hold_settings() -> None:
    """No plugin may be called like one of them."""
    assert [*SECTIONS, "plugin_sections"] == [field.name for field in attrs.fields(Settings)]
