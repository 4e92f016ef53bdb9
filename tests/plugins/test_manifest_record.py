"""A manifest in the index is the manifest, and costs no import."""

from __future__ import annotations

import json
import subprocess
import sys

import attrs
from hypothesis import given
from tests.plugins.manifests import manifests

from orpheus_core.plugins import PluginManifest
from orpheus_core.plugins.manifest_record import manifest_of_record, record_of


@given(manifests())
def test_a_manifest_goes_through_json_unchanged(manifest: PluginManifest) -> None:
    """Every field of every class, with its type: a text for a number would be equal to none."""
    back = manifest_of_record(json.loads(json.dumps(record_of(manifest))))
    assert back == manifest
    assert repr(attrs.evolve(back, services=())) == repr(attrs.evolve(manifest, services=()))
    assert {type(each.kinds) for each in back.services} <= {frozenset}


def test_reading_a_record_imports_nothing_heavy() -> None:
    """It happens at every start."""
    code = (
        "import sys; from orpheus_core.plugins import manifest_record as record, manifest;"
        "made = record.record_of(manifest.PluginManifest(id='x', api=((1, 0),)));"
        "assert record.manifest_of_record(made).api == ((1, 0),);"
        "assert not {'cattrs', 'importlib_metadata', 'requests'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
