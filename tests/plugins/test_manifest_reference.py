"""The reference page of the manifest has every key, and no other."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

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
from orpheus_core.plugins.manifest_file import LARGEST_BYTES, read_manifest

PAGE = (Path(__file__).parents[2] / "docs/reference/plugin-manifest.md").read_text("utf-8")
SECTIONS: dict[str, type[attrs.AttrsInstance]] = {
    "Top level": PluginManifest,
    "`[[hooks]]`": HookUse,
    "`[[services]]`": ServiceInfo,
    "`[[services.links]]`": LinkPattern,
    "`[[services.credentials]]`": CredentialField,
    "`[[services.limits]]`": RateLimit,
    "`[[logins]]`": LoginInfo,
    "`[[logins.fields]]`": CredentialField,
    "`[[stages]]`": StageInfo,
    "`[[secret_backends]]`": SecretBackendInfo,
    "`[[commands]]`": CommandInfo,
    "`[[settings]]`": SettingInfo,
}
EXAMPLE = "\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))


def sections() -> dict[str, str]:
    """The text below each heading."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of the table in *text*, without its head."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def written(default: object) -> str:
    """A default as the page writes it."""
    if default is attrs.NOTHING:
        return "needed"
    if default is None:
        return "none"
    return f"`{json.dumps(list(default) if isinstance(default, tuple) else default)}`"


def test_every_table_has_a_section() -> None:
    """And there is no section of a table that does not exist."""
    assert list(sections()) == list(SECTIONS)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_stands_there_with_its_default_and_its_meaning(heading: str) -> None:
    """A key that is added, renamed or taken away comes with its row."""
    table = list(rows(sections()[heading]))
    fields = attrs.fields(SECTIONS[heading])
    assert {cells[0].strip("`"): cells[2] for cells in table} == {
        field.name: written(field.default) for field in fields
    }
    assert all(len(cells) == 4 and cells[1] and cells[3].endswith(".") for cells in table)


@pytest.mark.parametrize(
    ("heading", "key", "words"),
    [
        ("`[[services]]`", "kinds", MediaKind),
        ("`[[services]]`", "features", Feature),
        ("`[[services]]`", "qualities", Quality),
        ("`[[stages]]`", "scope", Scope),
        ("`[[settings]]`", "type", SettingType),
    ],
)
def test_every_word_that_fits_stands_there(
    heading: str, key: str, words: type[MediaKind | Feature | Quality | Scope | SettingType]
) -> None:
    """And none that does not: nobody offers ``best``, it is a wish."""
    (meaning,) = [cells[3] for cells in rows(sections()[heading]) if cells[0] == f"`{key}`"]
    assert set(re.findall("`([^`]+)`", meaning)) == {word.value for word in words} - {"best"}


def test_the_examples_are_one_manifest_that_shows_every_key() -> None:
    """Whoever looks for a key finds it used."""
    read_manifest(EXAMPLE.encode(), "orpheus.toml")
    table = tomllib.loads(EXAMPLE)
    for heading, shape in SECTIONS.items():
        shown = set(table)
        if found := re.fullmatch(r"`\[\[([a-z_.]+)\]\]`", heading):
            tables = [table]
            for name in found[1].split("."):
                tables = [each for parent in tables for each in parent.get(name, ())]
            shown = {key for each in tables for key in each}
        assert shown == {field.name for field in attrs.fields(shape)}, heading


def test_the_limit_stands_there() -> None:
    """As a person writes it."""
    assert f"at most {LARGEST_BYTES // 1_000_000} MB" in PAGE.replace("\n", " ")
