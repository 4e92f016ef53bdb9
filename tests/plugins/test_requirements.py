"""What a package needs is looked up in metadata; nothing is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from orpheus_core.plugins.requirements import unmet_requirements


def installed(site: Path, name: str, version: str, *requires: str) -> None:
    """Put a distribution into *site*."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("requirement", "told"),
    [
        ("there-x", ""),
        ("there-x>=2.1", ""),
        ("there-x>=2.1.0,<3", ""),
        ("There_X (>=2)", ""),
        ("there-x[fast]>=2.1; python_version < '4'", ""),
        ("there-x>=2.2", "there-x>=2.2: 2.1 is installed"),
        ("there-x<2.1", "there-x<2.1: 2.1 is installed"),
        ("there-x<2.1.0", "there-x<2.1.0: 2.1 is installed"),
        ("gone-x>=1", "gone-x>=1: it is not installed"),
        ("gone-x; extra == 'full'", ""),
        ("gone-x; sys_platform == 'win32'", ""),
        ("there-x~=9", ""),
    ],
)
def test_what_is_missing_is_told_with_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requirement: str, told: str
) -> None:
    """Extras and other systems aside; bounds that are not understood are let pass."""
    installed(tmp_path, "there-x", "2.1")
    installed(tmp_path, "asking-x", "1.0", requirement)
    monkeypatch.syspath_prepend(tmp_path)
    assert ", ".join(map(str, unmet_requirements("asking-x"))) == told


def test_a_package_that_is_not_there_needs_nothing() -> None:
    """Somebody else says that it is not there."""
    assert unmet_requirements("no-such-package-x") == []


def test_what_the_core_needs_is_there() -> None:
    """Or these tests would not run."""
    assert unmet_requirements("orpheus-core") == []
