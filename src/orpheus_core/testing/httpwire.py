"""HTTP/1.1 as bytes: reading a request, writing the head of an answer (RFC 9112).

Just enough for servers in tests: what cannot be read ends the connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from http.client import responses
from typing import BinaryIO

import attrs

_LINE_LIMIT_BYTES = 65_536
_HEADER_LIMIT = 200
_BODY_LIMIT_BYTES = 64 * 2**20

Headers = tuple[tuple[str, str], ...]
"""Header fields in their order; a name may come more than once."""


class UnreadableRequestError(OSError):
    """What came is no HTTP/1 request, or it ended half-way."""


@attrs.frozen(kw_only=True)
class ReceivedRequest:
    """A request as a server got it. *path* is the request target as it was sent."""

    method: str
    path: str
    version: str
    headers: Headers
    body: bytes
    connection: int

    def header(self, name: str) -> str | None:
        """The value of the first header field called *name*, in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def keeps_alive(self) -> bool:
        """Whether the client may send another request on the same connection."""
        options = (self.header("Connection") or "").lower()
        return self.version == "HTTP/1.1" and "close" not in options


def read_request(stream: BinaryIO, connection: int = 0) -> ReceivedRequest | None:
    """Return the next request on *stream*, or None when it ended before one began.

    Raises:
        UnreadableRequestError: it is not HTTP/1, or ended half-way.
    """
    first = stream.readline(_LINE_LIMIT_BYTES)
    if not first:
        return None
    words = _text(first).split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise UnreadableRequestError("no request line of HTTP/1")
    headers = _read_headers(stream)
    return ReceivedRequest(
        method=words[0],
        path=words[1],
        version=words[2],
        headers=headers,
        body=_read_body(stream, {name.lower(): value for name, value in headers}),
        connection=connection,
    )


def answer_head(status: int, headers: Iterable[tuple[str, str]], reason: str = "") -> bytes:
    """Return status line and header fields as bytes, with the empty line behind them."""
    lines = [
        f"HTTP/1.1 {status} {reason or responses.get(status, '')}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _text(line: bytes) -> str:
    if not line.endswith(b"\n"):
        raise UnreadableRequestError("a line without an end")
    return line.decode("latin-1").rstrip("\r\n")


def _read_headers(stream: BinaryIO) -> Headers:
    headers: list[tuple[str, str]] = []
    while line := _text(stream.readline(_LINE_LIMIT_BYTES)):
        name, colon, value = line.partition(":")
        if not colon or len(headers) == _HEADER_LIMIT:
            raise UnreadableRequestError("no header field, or too many")
        headers.append((name, value.strip()))
    return tuple(headers)


def _read_body(stream: BinaryIO, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(stream)
    return _read_exactly(stream, _number(headers.get("content-length", "0"), 10))


def _read_chunks(stream: BinaryIO) -> bytes:
    chunks = []
    while size_bytes := _number(_text(stream.readline(_LINE_LIMIT_BYTES)).split(";")[0], 16):
        chunks.append(_read_exactly(stream, size_bytes))
        stream.readline(_LINE_LIMIT_BYTES)  # the line's end behind each chunk
    _read_headers(stream)  # trailers
    return b"".join(chunks)


def _read_exactly(stream: BinaryIO, size_bytes: int) -> bytes:
    if size_bytes > _BODY_LIMIT_BYTES:
        raise UnreadableRequestError("a body larger than any test needs")
    data = stream.read(size_bytes)
    if len(data) < size_bytes:
        raise UnreadableRequestError("the body ended early")
    return data


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError:
        raise UnreadableRequestError("no length where one was due") from None
    if number < 0:
        raise UnreadableRequestError("a negative length")
    return number
