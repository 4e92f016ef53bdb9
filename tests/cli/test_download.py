"""``orpheus download``, against a real server on loopback."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from orpheus_core.testing.sandbox import Fault, FaultKind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Install, Orpheus

    from orpheus_core.testing.sandbox import SandboxServer

ALBUM = "sandbox:album:lanterns"
TRACK = "sandbox:track:lanterns-01"


def test_an_album_ends_verified_and_says_where_it_is(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The result on standard output, progress in whole lines on standard error."""
    ended = orpheus("download", ALBUM, "-o", tmp_path / "music")

    assert ended.status == 0
    done, folder, manifest = ended.out.splitlines()
    assert done.startswith("Done: 12 of 12 tracks, 554 kB in ")
    assert done.endswith(", all verified.")
    assert folder.startswith(f"folder:   {tmp_path}/music/Orla")
    assert manifest == f"manifest: {folder.removeprefix('folder:   ')}/manifest.json"
    assert "\x1b" not in ended.err
    assert "\r" not in ended.err
    assert ended.err.count(" ok   ") == 12
    assert "06 Under the [/b] Bridge  21.0 kB (" in ended.err
    assert orpheus("verify", folder.removeprefix("folder:   ")).status == 0


def test_a_second_run_fetches_nothing(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """What is there and whole is left alone, and is success."""
    assert orpheus("download", TRACK, "-o", tmp_path / "music").status == 0
    files = sum(request.path.startswith("/files/") for request in sandbox.requests)

    ended = orpheus("download", TRACK, "-o", tmp_path / "music")

    assert ended.status == 0
    assert ended.out.startswith("Done: 1 of 1 tracks")
    assert sum(request.path.startswith("/files/") for request in sandbox.requests) == files == 1


def test_quiet_says_the_result_only(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """``-q``, at any place."""
    sandbox.add_fault(Fault(kind=FaultKind.STATUS_500, item="lanterns-01"))
    ended = orpheus(TRACK, "-q", "-o", tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("Done: 1 of 1 tracks")


def test_verbose_says_what_happens_inside(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Every event that is not mere detail, with its data."""
    ended = orpheus("-v", "download", TRACK, "-o", tmp_path)
    assert " job.started sandbox job/sandbox:track:lanterns-01 ref=" in ended.err


def test_json_lines_end_with_the_result(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Each line has its type; the last is the result in the envelope of all results."""
    sandbox.add_fault(Fault(kind=FaultKind.STATUS_503, item="lanterns-03", retry_after_s=1))

    ended = orpheus("--json", "download", ALBUM, "--to", tmp_path)

    assert (ended.status, ended.err) == (0, "")
    lines = ended.lines
    assert {line["type"] for line in lines} == {
        *("job", "item_started", "progress", "item_done", "advice", "result")
    }
    assert lines[0]["type"] == "job"
    assert (lines[0]["title"], lines[0]["track_total"]) == ("Lanterns for the Long Way Home", 12)
    done = [line for line in lines if line["type"] == "item_done"]
    assert {line["ref"] for line in done} == {
        f"sandbox:track:lanterns-{n:02}" for n in range(1, 13)
    }
    assert {line["state"] for line in done} == {"ok"}
    result = lines[-1]
    assert (result["type"], result["schema"], result["ok"]) == (
        "result",
        "orpheus.download/1",
        True,
    )
    assert [advice["code"] for advice in result["advice"]] == ["svc.down"]
    items = result["data"]["items"]
    assert len(items) == result["data"]["totals"]["ok"] == 12
    for item in items:
        assert os.path.getsize(item["path"]) == item["bytes"]  # noqa: PTH202
    manifest = json.loads((tmp_path / result["data"]["artifacts"][0]["manifest"]).read_bytes())
    assert {file["sha256"] for file in manifest["files"]} >= {item["sha256"] for item in items}


def test_a_track_that_cannot_be_had_makes_the_album_partial(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Status 8: the track is named with its reason, the rest is there, and verifies."""
    sandbox.add_fault(Fault(kind=FaultKind.STATUS_404, item="lanterns-05", times=None))

    ended = orpheus("download", ALBUM, "-o", tmp_path)

    assert ended.status == 8
    assert ended.out.startswith("Lanterns for the Long Way Home: 11 of 12 tracks, ")
    assert "  FAIL  灯籠流し: " in ended.err
    assert "(svc.not-found)" in ended.err
    assert "error[album.partial]: 1 of 12 tracks are missing" in ended.err

    again = orpheus("--json", "download", ALBUM, "-o", tmp_path)

    assert again.status == 8
    result = again.lines[-1]
    assert (result["ok"], result["error"]["code"]) == (False, "album.partial")
    assert result["error"]["exit_code"] == 8
    failed = [item for item in result["data"]["items"] if item["state"] == "failed"]
    assert [(item["title"], item["error_code"]) for item in failed] == [
        ("灯籠流し", "svc.not-found")
    ]


def test_several_targets_end_as_the_table_says(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Some had and some not is 8; all failed alike is their own status."""
    unknown = "sandbox:album:nothing"
    some = orpheus("download", unknown, TRACK, "-o", tmp_path)
    assert some.status == 8
    assert f"  FAIL  {unknown}: " in some.err

    none = orpheus("download", unknown, "sandbox:track:nothing", "-o", tmp_path)
    assert none.status == 3
    assert "error[svc.not-found]" in none.err
    assert not none.out


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("https://nowhere.example/album/1", 10, "plugin.none-for-url"),
        ("nowhere:album:1", 10, "plugin.none-for-url"),
        ("https://sandbox.example/ablum/lanterns", 2, "url.not-music"),
        ("https://sandbox.example.evil.example/album/lanterns", 10, "plugin.none-for-url"),
        ("sandbox:ablum:lanterns", 2, "usage.unknown-word"),
        ("not a link", 2, "url.invalid"),
        ("sandbox:album:nothing", 3, "svc.not-found"),
    ],
)
def test_bad_input_has_its_own_error_and_leaves_nothing(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path, target: str, status: int, code: str
) -> None:
    """The same for people and programs; no folder was made, or it is empty."""
    music = tmp_path / "music"
    ended = orpheus("download", target, "-o", music)
    assert (ended.status, ended.out) == (status, "")
    assert f"error[{code}]: " in ended.err

    error = orpheus("--json", "download", target, "-o", music).lines[-1]["error"]
    assert (error["exit_code"], error["code"]) == (status, code)
    assert not music.exists() or not any(music.iterdir())


def test_one_bad_target_among_good_ones_stops_before_anything_is_fetched(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """A slip is told at once, not after an hour."""
    ended = orpheus("download", TRACK, "https://sandbox.example/ablum/1", "-o", tmp_path / "music")
    assert ended.status == 2
    assert not sandbox.requests


def test_a_folder_that_cannot_be_written_is_known_before_the_first_byte(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Status 9, the folder named, and the service was not asked."""
    (tmp_path / "file").write_bytes(b"")
    ended = orpheus("download", ALBUM, "-o", tmp_path / "file" / "music")

    assert ended.status == 9
    assert ended.err.startswith("error[io.permission]: ")
    assert not sandbox.requests


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_without_permission_ends_with_9(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The commonest of them."""
    tmp_path.joinpath("music").mkdir(mode=0o500)
    ended = orpheus("download", ALBUM, "-o", tmp_path / "music")
    assert ended.status == 9
    assert not sandbox.requests


def test_a_service_that_refuses_ends_with_the_network_status(
    orpheus: Orpheus, tmp_path: Path
) -> None:
    """Nobody listens there: 5, after what the brain decided, with what to do next."""
    orpheus.setenv("ORPHEUS_SANDBOX_URL", "http://127.0.0.1:9")
    orpheus.setenv("ORPHEUS_NETWORK_ATTEMPTS", "1")
    ended = orpheus("download", TRACK, "-o", tmp_path)
    assert ended.status == 5
    assert "error[net.refused]" in ended.err
    assert "check the connection, then give the same command again" in ended.err


def test_secrets_are_masked_in_every_output(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """Also with -v, and in JSON."""
    secret = "a-secret-that-nobody-may-see"
    orpheus.setenv("ORPHEUS_SANDBOX_TOKEN", secret)
    orpheus.setenv("ORPHEUS_SANDBOX_URL", f"{sandbox.url}/{secret}")
    for options in (["-v"], ["--json"], ["--json", "-v"]):
        ended = orpheus(*options, "download", TRACK, "-o", tmp_path)
        assert ended.status != 0
        assert secret not in ended.out + ended.err


def test_a_secret_in_what_a_plugin_raises_is_masked(
    orpheus: Orpheus,
    sandbox: SandboxServer,
    plugin: Install,
    tmp_path: Path,
) -> None:
    """Its warning passes through the same door as everything else."""
    plugin("leaky", LEAKS)
    orpheus.setenv("ORPHEUS_SANDBOX_TOKEN", "a-secret-that-nobody-may-see")
    for options in ([], ["-v"], ["--json"]):
        ended = orpheus(*options, "download", TRACK, "-o", tmp_path / "".join(options))
        assert ended.status == 0
        assert "no luck with ***" in " ".join((ended.out + ended.err).split())
        assert "a-secret-that" not in ended.out + ended.err


LEAKS = """
import os
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    raise RuntimeError("no luck with " + os.environ["ORPHEUS_SANDBOX_TOKEN"])
"""


def test_jobs_and_quality_are_handed_on(
    orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """High is MP3 at the sandbox."""
    ended = orpheus("--json", TRACK, "--quality", "HIGH", "--jobs", "1", "-o", tmp_path)
    assert ended.status == 0
    assert ended.lines[-1]["data"]["items"][0]["quality"] == "high"

    too_good = orpheus(TRACK, "--quality", "high", "--floor", "lossless", "-o", tmp_path / "other")
    assert too_good.status == 7
    assert "error[quality.unavailable]" in too_good.err


def test_a_title_cannot_steer_the_screen(
    orpheus: Orpheus,
    sandbox: SandboxServer,
    plugin: Install,
    tmp_path: Path,
) -> None:
    """Escape sequences are shown, directions dropped, in progress, result and error."""
    plugin("hostile", HOSTILE_TITLES)
    ended = orpheus("download", TRACK, "-o", tmp_path)
    assert ended.status == 0
    assert r"01 Evil\x1b[2Jgnp.exe\x07" in ended.err
    for text in (ended.out, ended.err):
        assert "\x1b" not in text
        assert "\u202e" not in text


HOSTILE_TITLES = r"""
import attrs
import orpheus_core as oc

@oc.hookimpl(wrapper=True)
def orpheus_run_stage(stage, item):
    result = yield
    if stage.name != "resolve":
        return result
    tracks = tuple(
        attrs.evolve(each, track=attrs.evolve(each.track, title="Evil\x1b[2J\u202egnp.exe\x07"))
        for each in result.tracks
    )
    return attrs.evolve(result, tracks=tracks)
"""
