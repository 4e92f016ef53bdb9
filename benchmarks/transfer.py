"""How fast a file comes to the disk: `fetch_file` against plain requests and urllib.

All three fetch the same file over loopback, in turn, several times; medians are compared.
The server is a process of its own. `fetch_file` does more than the other two: it hashes,
checks, fsyncs and keeps a journal.

    python benchmarks/transfer.py [MEGABYTES]
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import attrs
import requests

from orpheus_core.brain import Brain, EventBus
from orpheus_core.clock import SystemClock
from orpheus_core.config import NetworkSettings
from orpheus_core.network import NetworkManager, fetch_file
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.storage import DiskStorage

_BUDGET_S = 18.0
_MOST_ROUNDS = 15
_CHUNK_BYTES = 65_536


@attrs.frozen(kw_only=True)
class _Source:
    url: str
    headers: dict[str, str] = attrs.field(factory=dict)
    size_bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None
    stable_id: str | None = None


def _serve(size_bytes: int, tell: Connection) -> None:
    content = memoryview(bytes(range(256)) * (size_bytes // 256))
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n"
        'ETag: "v1"\r\nConnection: close\r\n\r\n'
    ).encode()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tell.send(listener.getsockname()[1])
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(head)
                connection.sendall(content)


def _with_requests(url: str, target: Path) -> None:
    with requests.get(url, stream=True, timeout=10) as response, target.open("wb") as file:
        for chunk in response.iter_content(_CHUNK_BYTES):
            file.write(chunk)


def _with_requests_made_sure(url: str, target: Path) -> None:
    digest = hashlib.sha256()
    with requests.get(url, stream=True, timeout=10) as response, target.open("wb") as file:
        for chunk in response.iter_content(_CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _with_urllib(url: str, target: Path) -> None:
    urllib.request.urlretrieve(url, target)


def _with_orpheus() -> tuple[NetworkManager, Callable[[str, Path], None]]:
    clock, redactor, plugins = SystemClock(), Redactor(), PluginHost()
    manager = NetworkManager(
        plugins=plugins,
        brain=Brain(plugins, EventBus(clock, redactor)),
        clock=clock,
        settings=NetworkSettings(),
        redactor=redactor,
    )
    plugins.register_builtins({"core.transport": manager.transport}, "0")
    manager.declare("bench", hosts=["127.0.0.1"])
    storage = DiskStorage(clock)

    def fetch(url: str, target: Path) -> None:
        fetch_file(manager, _Source(url=url), part=target, storage=storage, service="bench")

    return manager, fetch


def _measure(url: str, folder: Path) -> dict[str, list[float]]:
    manager, fetch = _with_orpheus()
    ways = {
        "orpheus fetch_file": fetch,
        "requests iter_content": _with_requests,
        "with SHA-256 and fsync": _with_requests_made_sure,
        "urllib urlretrieve": _with_urllib,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    due_s = time.monotonic() + _BUDGET_S
    for number in range(_MOST_ROUNDS + 1):
        for name, way in ways.items():
            target = folder / "file"
            target.unlink(missing_ok=True)
            began_s = time.perf_counter()
            way(url, target)
            if number:  # the first round only warms up
                times[name].append(time.perf_counter() - began_s)
        if time.monotonic() > due_s:
            break
    manager.close()
    return times


def main() -> None:
    """Measure, and print medians and ratios."""
    size_bytes = int(sys.argv[1] if len(sys.argv) > 1 else "40") * 1024 * 1024
    ours, its = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(size_bytes, its), daemon=True
    )
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            times = _measure(f"http://127.0.0.1:{ours.recv()}/file", Path(folder))
    finally:
        server.terminate()
        server.join()
    base = statistics.median(times["orpheus fetch_file"])
    rounds = len(times["orpheus fetch_file"])
    sys.stdout.write(f"{size_bytes // 1024**2} MiB over loopback, median of {rounds} rounds\n")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        rate = size_bytes / median / 1e6
        sys.stdout.write(
            f"{name:24} {median * 1000:8.1f} ms {rate:7.0f} MB/s  x{median / base:.2f}\n"
        )


if __name__ == "__main__":
    main()
