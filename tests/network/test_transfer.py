"""A file comes whole and of one version, over whatever happens on the way."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orpheus_core import errors
from orpheus_core.brain import Attempted, Decision, RetryQuestion, Verdict
from orpheus_core.errors import OrpheusError
from orpheus_core.music import AudioFormat, Codec
from orpheus_core.network import Transferred, fetch_file
from orpheus_core.network.transfer_news import TransferNews
from orpheus_core.services.module import MediaFile
from orpheus_core.storage import DiskStorage, Storage
from orpheus_core.testing.faultserver import (
    Close,
    Endless,
    FaultServer,
    Reset,
    Script,
    Send,
    Stall,
    Status,
    answer,
)
from orpheus_core.testing.httpwire import ReceivedRequest
from orpheus_core.testing.loopback import refusing_port
from orpheus_core.testing.torture import FaultyStorage

if TYPE_CHECKING:
    from tests.network.conftest import MakeRoom, Room

V1 = random.Random(1).randbytes(400_000)
V2 = random.Random(2).randbytes(400_000)
CUT_AT = 250_000
SECRET = "canary-0123456789"


@attrs.define
class Shelf:
    """A file on a server, as honest servers serve it: with ranges and a validator."""

    content: bytes = V1
    etag: str = '"v1"'
    cut_at: int | None = None
    ranges: bool = True
    asked: list[str | None] = attrs.field(factory=list)

    def __call__(self, request: ReceivedRequest) -> Script:
        self.asked.append(request.header("Range"))
        fields: tuple[tuple[str, str], ...] = (("ETag", self.etag),) if self.etag else ()
        first, status = 0, 200
        wanted, validator = request.header("Range"), request.header("If-Range")
        if wanted and self.ranges and validator in (None, self.etag):
            first, status = int(wanted.removeprefix("bytes=").rstrip("-")), 206
            span = f"bytes {first}-{len(self.content) - 1}/{len(self.content)}"
            fields += (("Content-Range", span),)
        body = self.content[first:]
        head = Status(status, (*fields, ("Content-Length", str(len(body)))))
        cut_at, self.cut_at = self.cut_at, None
        if cut_at is None:
            return (head, Send(body))
        return (head, Send(body[: cut_at - first]), Close())


def media(url: str, **stated: object) -> MediaFile:
    return MediaFile(url=url, format=AudioFormat(codec=Codec.FLAC), **stated)  # type: ignore[arg-type]  # its own fields


Fetch = Callable[..., Transferred]


@pytest.fixture
def fetch(room: Room, tmp_path: Path) -> Fetch:
    def run(source: MediaFile | str, **options: object) -> Transferred:
        return fetch_file(
            room.manager,
            media(source) if isinstance(source, str) else source,
            part=tmp_path / "x.part",
            storage=DiskStorage(room.clock),
            service="shop",
            subject="track/shop:track:1",
            **options,  # type: ignore[arg-type]  # its own options
        )

    return run


def failure(fetch: Fetch, source: MediaFile | str, **options: object) -> OrpheusError:
    with pytest.raises(OrpheusError) as caught:
        fetch(source, **options)
    return caught.value


def written(tmp_path: Path) -> bytes:
    return (tmp_path / "x.part").read_bytes()


# --- in one go -----------------------------------------------------------------------------------


def test_file_comes_whole_with_its_digest(room: Room, fetch: Fetch, tmp_path: Path) -> None:
    with FaultServer(Shelf()) as server:
        got = fetch(f"{server.url}/x?token={SECRET}")
    assert got == Transferred(
        size_bytes=len(V1),
        sha256=hashlib.sha256(V1).hexdigest(),
        etag='"v1"',
        resumed_from_bytes=0,
        end_was_marked=True,
    )
    assert written(tmp_path) == V1
    assert [path.name for path in tmp_path.iterdir()] == ["x.part"]
    assert room.kinds("transfer.") == [
        "transfer.started",
        "transfer.progressed",
        "transfer.finished",
    ]
    assert SECRET not in repr(room.events)


def test_media_is_asked_for_unpacked_with_the_headers_that_it_needs(fetch: Fetch) -> None:
    with FaultServer(Shelf()) as server:
        fetch(media(server.url, headers={"X-Token": "t"}))
    (request,) = server.requests
    assert (request.header("Accept-Encoding"), request.header("X-Token")) == ("identity", "t")
    assert request.header("Range") is None


def test_progress_is_told_four_times_a_second_at_most(room: Room) -> None:
    """However many pieces a file comes in; the clock decides."""
    news = TransferNews(room.manager.events, room.clock, "shop", None)
    for piece in range(100):
        news.progressed(piece, 100)
        news.progressed(piece, 100)
        room.clock.advance(0.125)
    assert [event.data["done_bytes"] for event in room.events] == list(range(0, 100, 2))


# --- interrupted -------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', ""])
def test_interrupted_file_goes_on_where_it_was(
    room: Room, fetch: Fetch, tmp_path: Path, etag: str
) -> None:
    """With a strong ETag by If-Range, without one by comparing the last 64 KiB."""
    room.decider.retry(1)
    with FaultServer(Shelf(etag=etag, cut_at=CUT_AT)) as server:
        got = fetch(server.url)
    assert written(tmp_path) == V1
    assert got.sha256 == hashlib.sha256(V1).hexdigest()
    again = server.requests[1]
    if etag == '"v1"':
        assert (again.header("Range"), again.header("If-Range")) == (f"bytes={CUT_AT}-", etag)
    else:
        assert again.header("Range") == f"bytes={CUT_AT - 65_536}-"
        assert again.header("If-Range") is None
    assert room.kinds("transfer.") == [
        "transfer.started",
        "transfer.progressed",
        "transfer.interrupted",
        "transfer.resumed",
        "transfer.finished",
    ]
    (question,) = room.decider.questions
    assert question.attempted is Attempted.TRANSFER
    assert question.progressed
    assert type(question.error) is errors.Truncated


def test_stalled_file_goes_on_over_a_new_connection(make_room: MakeRoom, tmp_path: Path) -> None:
    room = make_room(read_timeout_s=0.1)
    room.decider.retry(1)
    head = Status(200, (("ETag", '"v1"'), ("Content-Length", str(len(V1)))))
    with FaultServer((head, Send(V1[:CUT_AT]), Stall()), Shelf()) as server:
        fetch_to(room, server, tmp_path, DiskStorage(room.clock))
    assert written(tmp_path) == V1
    assert type(room.decider.questions[0].error) is errors.Stalled
    assert server.requests[1].header("Range") == f"bytes={CUT_AT}-"


@pytest.mark.parametrize(
    ("end", "leaf"), [(Close(), errors.Truncated), (Reset(), errors.ConnectionLost)]
)
def test_part_is_kept_when_the_brain_gives_up_and_taken_up_by_the_next_run(
    fetch: Fetch, tmp_path: Path, end: Close | Reset, leaf: type[OrpheusError]
) -> None:
    head = Status(200, (("ETag", '"v1"'), ("Content-Length", str(len(V1)))))
    shelf = Shelf()
    with FaultServer((head, Send(V1[:CUT_AT]), end), shelf) as server:
        assert type(failure(fetch, f"{server.url}/x")) is leaf
        kept = len(written(tmp_path))
        got = fetch(f"{server.url}/x?signed=anew")
    assert written(tmp_path) == V1
    assert got.resumed_from_bytes == kept
    assert shelf.asked == ([f"bytes={kept}-"] if kept else [None])


def test_file_that_changed_between_two_runs_is_not_spliced(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    """Five trusted downloaders end well here, with old bytes and new ones in one file."""
    with FaultServer(Shelf(V1, '"v1"', cut_at=CUT_AT), Shelf(V2, '"v2"')) as server:
        failure(fetch, server.url)
        got = fetch(server.url)
    assert written(tmp_path) == V2
    assert got.sha256 == hashlib.sha256(V2).hexdigest()
    (restarted,) = room.of_kind("transfer.restarted")
    assert restarted.data["dropped_bytes"] == CUT_AT


@pytest.mark.parametrize("etag", ["", 'W/"same"'])
def test_file_that_changed_without_a_validator_is_noticed_by_its_bytes(
    fetch: Fetch, tmp_path: Path, etag: str
) -> None:
    """Same length, no strong ETag: only the overlap tells."""
    with FaultServer(Shelf(V1, etag, cut_at=CUT_AT), Shelf(V2, etag)) as server:
        failure(fetch, server.url)
        fetch(server.url)
    assert written(tmp_path) == V2


def test_other_bytes_at_each_try_end_in_a_mismatch(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    """Begun anew once, not for ever."""
    room.decider.retry(100)
    contents = [random.Random(seed).randbytes(400_000) for seed in range(20)]

    def serve(request: ReceivedRequest) -> Script:
        return Shelf(contents.pop(), "", cut_at=CUT_AT)(request)

    with FaultServer(serve) as server:
        assert type(failure(fetch, server.url)) is errors.ChecksumMismatch
    assert len(server.requests) <= 5


def test_progress_is_what_counts(room: Room, fetch: Fetch, tmp_path: Path) -> None:
    """Attempts are counted from the last one that got further."""

    def serve(request: ReceivedRequest) -> Script:
        shelf = Shelf()
        first = int((request.header("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        shelf.cut_at = first + 100_000 if len(server.requests) != 2 else first
        return shelf(request)

    room.decider.retry(100)
    with FaultServer(serve) as server:
        fetch(server.url)
    assert written(tmp_path) == V1
    told = [(question.progressed, question.attempt) for question in room.decider.questions]
    assert told[:3] == [(True, 1), (False, 2), (True, 1)]


def test_server_without_ranges_is_asked_for_everything_again(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    room.decider.retry(1)
    with FaultServer(Shelf(cut_at=CUT_AT, ranges=False)) as server:
        fetch(server.url)
    assert written(tmp_path) == V1
    assert "transfer.restarted" in room.kinds()


def partial(first: int, last: int, total: object, body: bytes, **more: str) -> Script:
    fields = {
        "Content-Range": f"bytes {first}-{last}/{total}",
        "Content-Length": str(len(body)),
        "ETag": '"v1"',
        **more,
    }
    return (Status(206, tuple(fields.items())), Send(body), Close())


LAST = len(V1) - 1
MISFITS: dict[str, Script] = {
    "begins later": partial(CUT_AT + 1, LAST, len(V1), V1[CUT_AT + 1 :]),
    "ends earlier": partial(CUT_AT, LAST - 1, len(V1), V1[CUT_AT:-1]),
    "another total": partial(CUT_AT, LAST + 1, len(V1) + 1, V1[CUT_AT:] + b"x"),
    "unknown total": partial(CUT_AT, LAST, "*", V1[CUT_AT:]),
    "length of the whole": (partial(CUT_AT, LAST, len(V1), V1, **{"Content-Length": str(len(V1))})),
    "another ETag": partial(CUT_AT, LAST, len(V1), V2[CUT_AT:], ETag='"v2"'),
    "no range": (
        Status(206, (("Content-Length", str(len(V1) - CUT_AT)),)),
        Send(V1[CUT_AT:]),
        Close(),
    ),
    "416, same total": answer(416, headers={"Content-Range": f"bytes */{len(V1)}"}),
    "416": answer(416),
}


@pytest.mark.parametrize("case", MISFITS)
def test_part_that_does_not_fit_is_not_joined(
    room: Room, fetch: Fetch, tmp_path: Path, case: str
) -> None:
    room.decider.retry(1)
    with FaultServer(Shelf(cut_at=CUT_AT), MISFITS[case], Shelf()) as server:
        fetch(server.url)
    assert written(tmp_path) == V1
    assert len(room.of_kind("transfer.restarted")) == 1
    assert server.requests[2].header("Range") is None


def test_answer_that_begins_earlier_than_asked_is_compared_and_joined(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    """Allowed, and seen in the field."""
    room.decider.retry(1)
    early = partial(CUT_AT - 1000, LAST, len(V1), V1[CUT_AT - 1000 :])
    with FaultServer(Shelf(cut_at=CUT_AT), early) as server:
        fetch(server.url)
    assert written(tmp_path) == V1


@pytest.mark.parametrize("off_by", [1, 99, 100])
def test_file_a_few_bytes_shorter_is_another_file(
    fetch: Fetch, tmp_path: Path, off_by: int
) -> None:
    """One downloader takes anything within 100 bytes for complete."""
    with FaultServer(Shelf(V1, "", cut_at=CUT_AT), Shelf(V1[:-off_by], "")) as server:
        failure(fetch, server.url)
        fetch(server.url)
    assert written(tmp_path) == V1[:-off_by]


def test_part_that_is_complete_is_verified_at_its_end(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    """The run that brought it died before it could say so."""
    leave_part(tmp_path, V1)
    with FaultServer(Shelf()) as server:
        fetch(f"{server.url}/x")
    assert server.requests[0].header("Range") == f"bytes={len(V1) - 65_536}-"
    assert written(tmp_path) == V1


def leave_part(tmp_path: Path, content: bytes, **changes: object) -> None:
    """Leave what a run of before left, from a server whose URL does not count."""
    journal = {
        "schema": "orpheus.part/1",
        "url": "http://elsewhere.example/x",
        "etag": '"v1"',
        "stable_id": None,
        "size_bytes": len(V1),
        "durable_bytes": len(content),
    }
    (tmp_path / "x.part").write_bytes(content)
    (tmp_path / "x.part.json").write_text(json.dumps(journal | changes))


def test_part_that_its_digest_proves_complete_needs_no_network(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    leave_part(tmp_path, V1)
    with FaultServer(Shelf()) as server:
        fetch(media(server.url, sha256=hashlib.sha256(V1).hexdigest().upper()))
    assert server.requests == ()


# --- links that change ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 410])
@pytest.mark.parametrize("stable_id", [None, "7/flac"])
def test_expired_link_is_asked_for_anew_and_the_part_goes_on(
    room: Room, fetch: Fetch, tmp_path: Path, status: int, stable_id: str | None
) -> None:
    """Without a wait, and without a question to the brain about it."""
    room.decider.retry(1)
    shelf = Shelf()
    with (
        FaultServer(Shelf(cut_at=CUT_AT), answer(status)) as old,
        FaultServer(shelf) as new,
    ):
        fetch(
            media(f"{old.url}/signed-1", stable_id=stable_id),
            refresh=lambda: media(f"{new.url}/signed-2", stable_id=stable_id),
        )
    assert written(tmp_path) == V1
    assert shelf.asked == [f"bytes={CUT_AT - (0 if stable_id else 65_536)}-"]
    assert len(room.decider.questions) == 1


def test_expired_link_without_anything_that_vouches_begins_anew(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    room.decider.retry(1)
    with (
        FaultServer(Shelf(V1, "", cut_at=CUT_AT), answer(403)) as old,
        FaultServer(Shelf(V2, "")) as new,
    ):
        fetch(f"{old.url}/1", refresh=lambda: media(f"{new.url}/2"))
    assert written(tmp_path) == V2


def test_new_link_to_another_file_with_the_same_etag_is_not_joined(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    """An ETag speaks for one URL only: the overlap is compared as well."""
    room.decider.retry(1)
    with (
        FaultServer(Shelf(V1, '"1"', cut_at=CUT_AT), answer(403)) as old,
        FaultServer(Shelf(V2, '"1"')) as new,
    ):
        fetch(f"{old.url}/1", refresh=lambda: media(f"{new.url}/2"))
    assert written(tmp_path) == V2


def test_link_is_not_asked_for_anew_for_ever(room: Room, fetch: Fetch) -> None:
    asked: list[int] = []

    with FaultServer(answer(403)) as server:

        def refresh() -> MediaFile:
            asked.append(1)
            return media(server.url)

        error = failure(fetch, server.url, refresh=refresh)
    assert type(error) is errors.Forbidden
    assert (len(asked), len(server.requests)) == (1, 2)


def test_host_that_cannot_be_reached_may_be_another_at_the_next_try(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    room.decider.retry(1)
    with refusing_port() as port, FaultServer(Shelf()) as server:
        fetch(f"http://127.0.0.1:{port}/", refresh=lambda: media(server.url))
    assert written(tmp_path) == V1


# --- sizes and digests -------------------------------------------------------------------------


def test_size_that_was_stated_otherwise_is_told_before_a_byte_is_written(
    fetch: Fetch, tmp_path: Path
) -> None:
    with FaultServer(Shelf()) as server:
        error = failure(fetch, media(server.url, size_bytes=len(V1) + 1))
    assert type(error) is errors.ChecksumMismatch
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_file_that_differs_from_its_checksum_is_fetched_once_more(
    room: Room, fetch: Fetch, tmp_path: Path, algorithm: str
) -> None:
    room.decider.retry(100)
    digest = hashlib.new(algorithm, V1).hexdigest()
    with FaultServer(Shelf(V2), Shelf(V1)) as server:
        fetch(media(server.url, **{algorithm: digest}))
    assert written(tmp_path) == V1


def test_file_that_differs_from_its_checksum_again_is_an_error(
    room: Room, fetch: Fetch, tmp_path: Path
) -> None:
    room.decider.retry(100)
    with FaultServer(Shelf(V2)) as server:
        error = failure(fetch, media(server.url, sha256=hashlib.sha256(V1).hexdigest()))
    assert type(error) is errors.ChecksumMismatch
    assert len(server.requests) == 2
    assert not (tmp_path / "x.part.json").exists()


def test_digest_in_the_answer_counts(fetch: Fetch) -> None:
    digest = base64.b64encode(hashlib.sha256(V2).digest()).decode()
    with FaultServer(answer(body=V1, headers={"Repr-Digest": f"sha-256=:{digest}:"})) as server:
        assert type(failure(fetch, server.url)) is errors.ChecksumMismatch


HEAD = Status(200)
CHUNKED = Status(200, (("Transfer-Encoding", "chunked"),))


@pytest.mark.parametrize(
    ("script", "size_bytes", "leaf"),
    [
        ((HEAD, Send(V1[:1000]), Close()), 1001, errors.Truncated),
        ((HEAD, Send(V1[:1000]), Close()), 999, errors.AnswerTooLarge),
        ((HEAD, Endless(bytes(65_536))), 100_000, errors.AnswerTooLarge),
        ((CHUNKED, Send(b"5\r\nwhole\r\n0\r\n\r\n")), 6, errors.Truncated),
        (answer(), None, errors.UnexpectedAnswer),
        (answer(headers={"Content-Length": str(10**15)}), None, errors.AnswerTooLarge),
        (answer(body=b"x", headers={"Content-Encoding": "gzip"}), None, errors.WrongEncoding),
        (answer(404, b"<html>"), None, errors.ItemNotFound),
        (answer(206, b"x"), None, errors.ProtocolViolation),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_file_that_is_none_is_an_error(
    fetch: Fetch, script: Script, size_bytes: int | None, leaf: type[OrpheusError]
) -> None:
    with FaultServer(script) as server:
        assert type(failure(fetch, media(server.url, size_bytes=size_bytes))) is leaf


def test_error_page_is_never_written(fetch: Fetch, tmp_path: Path) -> None:
    with FaultServer(answer(403, b"<html>not music</html>")) as server:
        failure(fetch, server.url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "marked"),
    [
        ((HEAD, Send(b"whole"), Close()), False),
        ((CHUNKED, Send(b"5\r\nwhole\r\n0\r\n\r\n")), True),
        (answer(body=b"whole"), True),
    ],
)
def test_end_that_nothing_marks_is_told(fetch: Fetch, script: Script, marked: bool) -> None:
    """Then only the audio itself can show that it is whole."""
    with FaultServer(script) as server:
        assert fetch(server.url).end_was_marked is marked


# --- stopped --------------------------------------------------------------------------------------


def test_cancel_keeps_the_part_for_the_next_run(room: Room, fetch: Fetch, tmp_path: Path) -> None:
    cancel = threading.Event()
    room.manager.events.subscribe(lambda _: cancel.set(), kinds=["transfer.progressed"])
    head = Status(200, (("ETag", '"v1"'), ("Content-Length", str(len(V1)))))
    with FaultServer((head, Send(V1[:CUT_AT]), Stall()), Shelf()) as server:
        assert type(failure(fetch, server.url, cancel=cancel)) is errors.Cancelled
        kept = len(written(tmp_path))
        assert json.loads((tmp_path / "x.part.json").read_text())["durable_bytes"] == kept > 0
        assert fetch(server.url).resumed_from_bytes == kept
    assert room.decider.questions == []


def test_full_disk_is_not_tried_again(room: Room, tmp_path: Path) -> None:
    """Neither the brain nor the service is asked."""
    room.decider.retry(100)
    full = FaultyStorage(DiskStorage(room.clock), 5, OSError(errno.ENOSPC, "full"))
    with FaultServer(Shelf()) as server, pytest.raises(errors.DiskFull):
        fetch_to(room, server, tmp_path, full)
    assert (len(server.requests), room.decider.questions) == (1, [])


def fetch_to(room: Room, server: FaultServer, folder: Path, storage: Storage) -> Transferred:
    return fetch_file(
        room.manager,
        media(f"{server.url}/x"),
        part=folder / "x.part",
        storage=storage,
        service="shop",
    )


def test_any_call_to_the_disk_may_fail_once_and_the_next_run_ends_well(
    room: Room, tmp_path: Path
) -> None:
    """Each in turn; what is there then is never taken for something else."""
    fail_at, failed = 0, True
    while failed:
        fail_at += 1
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        storage = FaultyStorage(DiskStorage(room.clock), fail_at, OSError(errno.EIO, "no"))
        with FaultServer(Shelf(cut_at=CUT_AT), Shelf()) as server:
            room.decider.retry(10**6)
            try:
                fetch_to(room, server, folder, storage)
                failed = False
            except errors.DiskFailing:
                fetch_to(room, server, folder, DiskStorage(room.clock))
        assert (folder / "x.part").read_bytes() == V1
    assert fail_at > 15


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400_000)), max_size=6), st.booleans())
def test_however_often_file_and_line_change_the_file_is_of_one_version(
    make_room: MakeRoom,
    tmp_path_factory: pytest.TempPathFactory,
    answers: list[tuple[bool, int]],
    etags: bool,
) -> None:
    room, folder = make_room(), tmp_path_factory.mktemp("transfer")
    room.decider.answer = _only_if_it_got_further
    script = [
        Shelf(V2 if new else V1, f'"{new}"' if etags else "", cut_at=cut) for new, cut in answers
    ]
    last = Shelf(V1, '"False"' if etags else "")
    with FaultServer(*script, last) as server:
        for _ in range(20):
            try:
                fetch_to(room, server, folder, DiskStorage(room.clock))
                break
            except OrpheusError:
                continue
    assert (folder / "x.part").read_bytes() in (V1, V2)


def _only_if_it_got_further(question: RetryQuestion) -> Decision:
    verdict = Verdict.RETRY if question.progressed else Verdict.GIVE_UP
    return Decision(verdict=verdict, reason="the test says so")
