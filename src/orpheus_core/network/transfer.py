"""`fetch_file`: brings one file to the disk, whole and of one version, over any interruption."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import attrs

from orpheus_core.brain import Attempted, RetryQuestion
from orpheus_core.errors import (
    AnswerTooLarge,
    ChecksumMismatch,
    ConnectionRefused,
    ConnectTimeout,
    DnsFailure,
    DnsTimeout,
    HostUnreachable,
    OrpheusError,
    StorageError,
    Truncated,
    UnexpectedAnswer,
    WrongEncoding,
)
from orpheus_core.network.digests import stated_digests
from orpheus_core.network.manager import NetworkManager
from orpheus_core.network.part import Part
from orpheus_core.network.ranges import (
    Resumption,
    Version,
    content_range,
    misfit,
    resumption,
    strong_etag,
)
from orpheus_core.network.remote import RemoteFile, Transferred
from orpheus_core.network.route import Route
from orpheus_core.network.sending import OpenAnswer
from orpheus_core.network.transfer_news import TransferNews
from orpheus_core.redaction import public_url
from orpheus_core.storage import Storage

_CHUNK_BYTES = 131_072
_LARGEST_FILE_BYTES = 8 * 1024**3
_MOST_MISMATCHES = 2
_MOST_MISFITS = 2
_EXPIRED = frozenset({401, 403, 410})
_HOST_NOT_REACHED = (DnsFailure, DnsTimeout, ConnectionRefused, HostUnreachable, ConnectTimeout)
_PARTIAL_CONTENT = 206
_RANGE_NOT_SATISFIABLE = 416


def fetch_file(
    manager: NetworkManager,
    source: RemoteFile,
    *,
    part: Path,
    storage: Storage,
    service: str,
    subject: str | None = None,
    cancel: threading.Event | None = None,
    refresh: Callable[[], RemoteFile] | None = None,
) -> Transferred:
    """Bring *source* to the file *part*; on return all of it is there and durable.

    What an earlier run left in *part* is gone on with, if the service vouches that it is of
    the same file; a journal stands beside it meanwhile (``PART.json``). The brain decides
    after each interruption. The caller gives the file its final name.

    Args:
        subject: what the file is of, for events: ``track/sandbox:track:1``.
        cancel: ends the transfer within a second when it is set; the part is kept.
        refresh: asks for a new link when this one has expired or leads to a host that cannot
            be reached.

    Raises:
        ChecksumMismatch: size or digest are not what the service states, again and again.
        OrpheusError: it failed for good; the part is kept.
        StorageError: it cannot be written.
        Cancelled: it was stopped on request.
    """
    whole = Part(part, storage, manager.clock, ["md5"] if source.md5 else [])
    news = TransferNews(manager.events, manager.clock, service, subject)
    route = Route(
        url=source.url,
        service=service,
        subject=subject,
        lines=manager.lines,
        retrier=manager.retrier,
        cancel=cancel,
    )
    return _Transfer(manager, source, whole, news, route).run(refresh)


class _Transfer:
    def __init__(
        self,
        manager: NetworkManager,
        source: RemoteFile,
        part: Part,
        news: TransferNews,
        route: Route,
    ) -> None:
        self._manager = manager
        self._source = source
        self._part = part
        self._news = news
        self._route = route
        self._digests: dict[str, str] = {}
        self._end_was_marked = True
        self._is_coming = False
        self._misfits = 0
        self._mismatches = 0

    def run(self, refresh: Callable[[], RemoteFile] | None) -> Transferred:
        """Try until the file is there, as long as the brain agrees."""
        self._part.restore()
        resumed_from_bytes = furthest_bytes = self._part.size_bytes
        failed, refreshed = 0, False
        while True:
            try:
                while not self._try():
                    pass
                return self._finish(resumed_from_bytes)
            except OrpheusError as error:
                failure = error
            finally:
                self._part.close()
            progressed = self._part.size_bytes > furthest_bytes
            furthest_bytes = max(furthest_bytes, self._part.size_bytes)
            if progressed:
                failed, refreshed = 0, False
                self._route.progressed()
            if refresh and not refreshed and failure.evidence.get("status") in _EXPIRED:
                refreshed = True
                self._take_source(refresh())
                continue
            failed += 1
            if self._is_coming:
                self._tell_interrupted(failure, failed)
            if self._mismatches >= _MOST_MISMATCHES:
                raise failure
            question = self._question(failure, failed, progressed=progressed)
            switched = self._route.again_or_raise(question)
            if refresh and not switched and isinstance(failure, _HOST_NOT_REACHED):
                self._take_source(refresh())  # the service may hand out another host by now

    def _question(self, error: OrpheusError, attempt: int, *, progressed: bool) -> RetryQuestion:
        return RetryQuestion(
            attempted=Attempted.TRANSFER,
            host=self._route.host,
            error=error,
            service=self._route.service,
            subject=self._route.subject,
            cause=self._route.trail.last,
            attempt=attempt,
            progressed=progressed,
        )

    def _take_source(self, source: RemoteFile) -> None:
        self._source, self._route.url = source, source.url

    def _tell_interrupted(self, error: OrpheusError, attempt: int) -> None:
        event = self._news.interrupted(
            self._route.url,
            error,
            done_bytes=self._part.size_bytes,
            size_bytes=self._size_bytes(),
            attempt=attempt,
            cause=self._route.trail.last,
        )
        self._route.trail.told(event)

    # --- one try --------------------------------------------------------------------------

    def _try(self) -> bool:
        """Ask once and take what comes; False when it must be asked anew, from the start."""
        self._is_coming = False
        if self._is_proven_whole():
            return True
        going_on = self._going_on()
        self._route.steer()
        headers = {**self._source.headers, "Accept-Encoding": "identity"}
        answer = self._manager.open(
            "GET",
            self._route.url,
            service=self._route.service,
            headers=headers | (going_on.headers() if going_on else {}),
            cancel=self._route.cancel,
            accept=(_RANGE_NOT_SATISFIABLE,) if going_on else (),
            trail=self._route.trail,
        )
        try:
            first = self._first_byte(answer)
            if first is None or not self._take(answer, first):
                return False
        finally:
            answer.close()
        self._is_coming = False
        return True

    def _is_proven_whole(self) -> bool:
        """Whether all is there already, as the service's own digest shows."""
        if not self._part.size_bytes or self._part.size_bytes != self._size_bytes():
            return False
        stated = self._stated_digests()
        return bool(stated) and all(self._part.digest(n) == d for n, d in stated.items())

    def _going_on(self) -> Resumption | None:
        """How to go on with the part; None, and nothing of it left, when one cannot."""
        if self._part.version is None or not self._part.size_bytes:
            return None
        how = resumption(self._part.version, self._part.size_bytes, self._wanted())
        if self._misfits >= _MOST_MISFITS:
            how = "the service does not send parts as it should"
        if isinstance(how, Resumption):
            return how
        self._start_over(how)
        return None

    def _first_byte(self, answer: OpenAnswer) -> int | None:
        """Where in the file the answer begins; None, and nothing left, when it does not fit."""
        status, headers = answer.response.status_code, answer.response.headers
        coding = headers.get("Content-Encoding", "").strip().lower()
        if coding not in ("", "identity"):
            raise WrongEncoding(
                f"{answer.host} packed the file, which nobody asked for",
                why=f"Content-Encoding: {coding[:40]}",
            )
        if status == _RANGE_NOT_SATISFIABLE:
            self._misfit("the service says that it has no such part of the file")
            return None
        if status != _PARTIAL_CONTENT or self._part.version is None:
            return self._begin(answer)
        have = attrs.evolve(self._part.version, size_bytes=self._size_bytes())
        span = content_range(headers)
        why = misfit(headers, answer.body.announced_bytes, have, self._part.size_bytes)
        if why or span is None:
            self._misfit(why)
            return None
        self._digests |= stated_digests(headers, whole=False)
        now = self._wanted()
        self._part.version = attrs.evolve(
            have,
            url=now.url,
            stable_id=now.stable_id or have.stable_id,
            size_bytes=span.size_bytes,
        )
        self._end_was_marked = True
        self._is_coming = True
        self._news.resumed(self._route.url, self._part.size_bytes, span.size_bytes)
        return span.first

    def _begin(self, answer: OpenAnswer) -> int:
        """Begin the file anew with *answer*, which holds all of it, and return 0."""
        if self._part.size_bytes:
            self._start_over("the service sent the whole file again")
        headers, announced = answer.response.headers, answer.body.announced_bytes
        stated = self._source.size_bytes
        if stated is not None and announced is not None and stated != announced:
            raise ChecksumMismatch(
                f"the file at {answer.host} has not the size that was stated",
                why=f"{announced} bytes are announced, {stated} were stated",
                done="nothing was written",
            )
        size_bytes = stated if announced is None else announced
        if size_bytes is not None and size_bytes > _LARGEST_FILE_BYTES:
            raise self._too_large(_LARGEST_FILE_BYTES)
        self._end_was_marked = answer.body.end_is_marked
        self._digests = stated_digests(headers, whole=True)
        wanted = self._wanted()
        self._part.begin(attrs.evolve(wanted, etag=strong_etag(headers), size_bytes=size_bytes))
        self._is_coming = True
        self._news.started(self._route.url, size_bytes)
        return 0

    def _take(self, answer: OpenAnswer, first: int) -> bool:
        """Compare what is there already and write the rest; False when it is another file."""
        try:
            fits = self._copy(answer, first)
            if fits:
                self._check_size(answer)
        except StorageError:
            raise  # what the disk refused once, a flush at the end would only meet again
        except BaseException:
            self._part.save()
            raise
        return fits

    def _copy(self, answer: OpenAnswer, first: int) -> bool:
        to_compare = self._part.size_bytes - first
        size_bytes = self._size_bytes()
        most_bytes = _LARGEST_FILE_BYTES if size_bytes is None else size_bytes
        while data := answer.body.read(_CHUNK_BYTES):
            if to_compare:
                known, data = data[:to_compare], data[to_compare:]
                to_compare -= len(known)
                if not self._part.ends_with(known, before=to_compare):
                    self._other_bytes()
                    return False
                if not data:
                    continue
            if self._part.size_bytes + len(data) > most_bytes:
                self._start_over("more came than was announced")
                raise self._too_large(most_bytes)
            self._part.write(data)
            self._news.progressed(self._part.size_bytes, size_bytes)
        return True

    def _check_size(self, answer: OpenAnswer) -> None:
        size_bytes, host = self._size_bytes(), answer.host
        if not self._part.size_bytes:
            raise UnexpectedAnswer(f"{host} sent an empty file")
        if size_bytes is not None and self._part.size_bytes < size_bytes:
            raise Truncated(
                f"the answer of {host} ended too early",
                why=f"{self._part.size_bytes} of {size_bytes} bytes came",
            )

    def _finish(self, resumed_from_bytes: int) -> Transferred:
        """Check the digests, and let the part be a file."""
        for name, stated in self._stated_digests().items():
            found = self._part.digest(name)
            if found not in (None, stated):
                self._mismatches += 1
                self._start_over("its checksum is not the one that was stated")
                raise ChecksumMismatch(
                    f"the file from {self._route.host} differs from its checksum",
                    why=f"its {name} is {found}, and {stated} was stated",
                    done="what came was thrown away",
                )
        sha256, version = self._part.digest("sha256") or "", self._part.version
        self._part.finish()
        self._news.finished(self._route.url, self._part.size_bytes, sha256)
        return Transferred(
            size_bytes=self._part.size_bytes,
            sha256=sha256,
            etag=version.etag if version else None,
            resumed_from_bytes=resumed_from_bytes,
            end_was_marked=self._end_was_marked,
        )

    # --- what is wanted, and what to do when it does not fit ---------------------------------

    def _wanted(self) -> Version:
        source = self._source
        url = public_url(source.url).partition("?")[0]  # a query is signed anew each time
        return Version(url=url, stable_id=source.stable_id, size_bytes=source.size_bytes)

    def _size_bytes(self) -> int | None:
        """The size of the whole file, as far as it is known."""
        version = self._part.version
        if version is not None and version.size_bytes is not None:
            return version.size_bytes
        return self._source.size_bytes

    def _stated_digests(self) -> dict[str, str]:
        of_source = {"sha256": self._source.sha256, "md5": self._source.md5}
        return self._digests | {name: d.lower() for name, d in of_source.items() if d}

    def _start_over(self, reason: str) -> None:
        self._news.restarted(self._route.url, reason, self._part.size_bytes)
        self._part.begin(self._wanted())

    def _misfit(self, reason: str) -> None:
        self._misfits += 1
        self._start_over(reason)

    def _other_bytes(self) -> None:
        """Start over because the service sends other bytes than before: once.

        Raises:
            ChecksumMismatch: it is the second time.
        """
        self._mismatches += 1
        self._start_over("the bytes that are there are not those of the file")
        if self._mismatches >= _MOST_MISMATCHES:
            host = self._route.host
            raise ChecksumMismatch(f"{host} sends other bytes of this file each time")

    def _too_large(self, most_bytes: int) -> AnswerTooLarge:
        return AnswerTooLarge(
            f"{self._route.host} sends more than the file can hold",
            why=f"it goes on after {most_bytes} bytes",
            evidence={"most_bytes": most_bytes},
        )
