"""Reads the body of an answer: bounded, never stalled, and whole or an error.

Not with `Response.content` or `iter_content`: those wait until a whole chunk is there, so a
drip never returns to the one who measures it; they accept bodies without end or with a
length that is none, and compressed ones that were cut.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING

from orpheus_core.clock import Clock
from orpheus_core.errors import (
    AnswerTooLarge,
    LengthUnknown,
    OrpheusError,
    ProtocolViolation,
    TooSlow,
    Truncated,
    WrongEncoding,
)
from orpheus_core.network.hosts import host_of
from orpheus_core.network.watch import Exchange, Phase

if TYPE_CHECKING:
    import requests

_CHUNK_BYTES = 65_536
_SLOW_BYTES_PER_S = 1000
_SLOW_FOR_S = 60.0
_WITHOUT_BODY = frozenset({204, 304})
_LONGEST_NUMBER = 18


class Body:
    """The bytes of an answer as they come, before any unpacking.

    Args:
        method: the request's; an answer to HEAD has no body.
        stall_s: the longest wait for the next bytes.

    Attributes:
        announced_bytes: the length that the answer states, None when it states none.
        end_is_marked: whether the end can be told from a connection that broke.
        received_bytes: how many came so far.

    Raises:
        ProtocolViolation: the answer's framing is none, or contradicts itself.
    """

    def __init__(
        self,
        response: requests.Response,
        exchange: Exchange,
        clock: Clock,
        *,
        method: str = "GET",
        stall_s: float,
    ) -> None:
        self.received_bytes = 0
        self._response = response
        self._raw = response.raw  # the caller may put the body it read in its place
        self._exchange = exchange
        self._clock = clock
        self._stall_s = stall_s
        self._host = host_of(response.url or "")
        self._ended = method == "HEAD" or response.status_code in _WITHOUT_BODY
        chunked = self._is_chunked()
        self.announced_bytes = None if chunked else self._announced()
        self.end_is_marked = self._ended or chunked or self.announced_bytes is not None
        self._slow_since_s = clock.monotonic()
        self._slow_bytes = 0

    def read(self, most_bytes: int = _CHUNK_BYTES) -> bytes:
        """Return the next bytes as soon as there are any; nothing at the end.

        Raises:
            Truncated: the answer ended before its announced length.
            Stalled, TooSlow: nothing came, or next to nothing.
            NetworkError: the connection failed.
            Cancelled: it was stopped on request.
        """
        if self._ended:
            return b""
        data = self._next(most_bytes)
        if data:
            self.received_bytes += len(data)
            self._measure(len(data))
            return data
        self._ended = True
        if self.announced_bytes is not None and self.received_bytes < self.announced_bytes:
            raise Truncated(
                f"the answer of {self._host} ended too early",
                why=f"{self.received_bytes} of {self.announced_bytes} bytes came",
                evidence={
                    "received_bytes": self.received_bytes,
                    "announced_bytes": self.announced_bytes,
                },
            )
        return b""

    def close(self) -> None:
        """Let go of the connection: kept when the body was read to its end, else closed."""
        import urllib3

        raw = self._raw
        if isinstance(raw, urllib3.BaseHTTPResponse):
            if self._ended and not self.received_bytes:
                raw.drain_conn()
            raw.close()
            raw.release_conn()
        elif raw is not None:
            raw.close()

    def _next(self, most_bytes: int) -> bytes:
        import urllib3

        raw = self._raw
        handled = sys.exception()
        self._exchange.enter(Phase.BODY, self._stall_s)
        try:
            if isinstance(raw, urllib3.BaseHTTPResponse):
                # One read of the socket, however little it brings.
                data = raw.read1(most_bytes, decode_content=False)
            else:
                data = raw.read(most_bytes) if raw is not None else b""
        except Exception as error:  # noqa: BLE001 - the border to urllib3
            from orpheus_core.network.failures import ForeignFailure, classify_exception

            verdict = self._exchange.look() or classify_exception(
                error, url=self._response.url or "", handled=handled
            )
            raise verdict from ForeignFailure.of(error)
        finally:
            self._exchange.leave()
        # What comes after the watchman shut the socket is no end, and under TLS not even text.
        self._exchange.check()
        return data or b""

    def _measure(self, size_bytes: int) -> None:
        now_s = self._clock.monotonic()
        self._slow_bytes += size_bytes
        if self._slow_bytes >= _SLOW_BYTES_PER_S * _SLOW_FOR_S:
            self._slow_since_s, self._slow_bytes = now_s, 0
        elif now_s - self._slow_since_s >= _SLOW_FOR_S:
            raise TooSlow(
                f"{self._host} sends too slowly to go on",
                why=f"{self._slow_bytes} bytes in {now_s - self._slow_since_s:.0f} s",
                evidence={"host": self._host, "bytes": self._slow_bytes},
            )

    def _is_chunked(self) -> bool:
        coding = self._response.headers.get("Transfer-Encoding", "").strip().lower()
        if coding and (coding != "chunked" or "Content-Length" in self._response.headers):
            raise self._violation("its framing contradicts itself, or is one nobody asked for")
        return bool(coding)

    def _announced(self) -> int | None:
        text = self._response.headers.get("Content-Length")
        if text is None:
            return None
        # Proxies may repeat the field; the same number twice is one. Source: RFC 9110, 8.6.
        numbers = {number.strip() for number in text.split(",")}
        number = numbers.pop()
        if numbers or not (number.isascii() and number.isdigit()) or len(number) > _LONGEST_NUMBER:
            raise self._violation("its length is no number")
        return int(number)

    def _violation(self, why: str) -> ProtocolViolation:
        return ProtocolViolation(
            f"{self._host} sent an answer that cannot be read safely",
            why=why,
            evidence={"host": self._host},
        )


def read_whole(body: Body, response: requests.Response, *, max_bytes: int) -> bytes:
    """Return the unpacked body of *response*, which is whole.

    Raises:
        AnswerTooLarge: it has more than *max_bytes*.
        WrongEncoding: it is packed in a way that was not asked for, or was cut.
        LengthUnknown: nothing in it tells its end from a connection that broke.
        OrpheusError: as `Body.read`.
    """
    unpack = _unpacker(response)
    parts: list[bytes] = []
    room_bytes = max_bytes
    if body.announced_bytes is not None and body.announced_bytes > max_bytes:
        raise _too_large(response, max_bytes)
    while data := body.read():
        data = unpack.feed(data, room_bytes + 1)
        room_bytes -= len(data)
        if room_bytes < 0:
            raise _too_large(response, max_bytes)
        parts.append(data)
    unpack.finish()
    proves_itself = unpack.has_end or "json" in response.headers.get("Content-Type", "")
    if not (body.end_is_marked or proves_itself):
        raise LengthUnknown(f"nothing shows that the answer of {host_of(response.url)} is whole")
    return b"".join(parts)


def read_some(body: Body, response: requests.Response, *, max_bytes: int) -> bytes:
    """Return what is easily had of an error page: at most *max_bytes*, cut or not.

    Raises:
        Cancelled: it was stopped on request.
    """
    from orpheus_core.errors import Cancelled

    parts: list[bytes] = []
    try:
        unpack = _unpacker(response)
        while body.received_bytes < max_bytes and (data := body.read(max_bytes)):
            parts.append(unpack.feed(data, max_bytes))
    except Cancelled:
        raise
    except OrpheusError:
        pass  # the status says what there is to say; the page is an extra
    return b"".join(parts)[:max_bytes]


class _Plain:
    has_end = False

    def feed(self, data: bytes, most_bytes: int) -> bytes:
        return data[:most_bytes]

    def finish(self) -> None:
        pass


class _Gzip:
    """Unpacks gzip (RFC 1952) to a bound, and insists on its checksum and end."""

    has_end = True

    def __init__(self, host: str) -> None:
        self._host = host
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._began = False

    def feed(self, data: bytes, most_bytes: int) -> bytes:
        self._began = True
        out = bytearray()
        try:
            while data and len(out) < most_bytes:
                if self._member.eof:
                    if not data.startswith(b"\x1f\x8b"):
                        break  # padding behind the end, which others accept as well
                    self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                out += self._member.decompress(data, most_bytes - len(out))
                data = self._member.unused_data if self._member.eof else b""
        except zlib.error as error:
            raise self._broken(str(error)) from error
        return bytes(out)

    def finish(self) -> None:
        if self._began and not self._member.eof:
            raise self._broken("it ends in the middle")

    def _broken(self, why: str) -> WrongEncoding:
        return WrongEncoding(f"the compressed answer of {self._host} does not unpack", why=why)


def _unpacker(response: requests.Response) -> _Plain | _Gzip:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("", "identity"):
        return _Plain()
    if coding in ("gzip", "x-gzip"):
        return _Gzip(host_of(response.url))
    raise WrongEncoding(
        f"{host_of(response.url)} packed its answer in a way that was not asked for",
        why=f"Content-Encoding: {coding[:40]}",
    )


def _too_large(response: requests.Response, max_bytes: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        f"the answer of {host_of(response.url)} is larger than any honest one",
        why=f"it has more than {max_bytes} bytes",
        evidence={"max_bytes": max_bytes},
    )


def discard(body: Body, *, max_bytes: int) -> None:
    """Read a small body to its end, packed as it is, so that its connection can be used again.

    Raises:
        Cancelled: it was stopped on request.
    """
    from orpheus_core.errors import Cancelled

    try:
        while body.received_bytes < max_bytes and body.read(max_bytes):
            pass
    except Cancelled:
        raise
    except OrpheusError:
        pass  # nobody wants it: the connection is closed instead
