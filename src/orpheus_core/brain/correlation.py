"""The id that follows a job from command to artefact: over threads, processes and restarts."""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, ParamSpec, TypeVar

import attrs

P = ParamSpec("P")
R = TypeVar("R")

_VARIABLE = "ORPHEUS_CORRELATION_ID"
_WELL_FORMED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_correlation: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "orpheus_correlation", default=None
)


def current_correlation() -> str | None:
    """The correlation id of the job that this thread works for, if any."""
    return _correlation.get()


@contextmanager
def correlated(correlation_id: str | None) -> Iterator[None]:
    """Mark everything that happens inside as part of one job; None: of no job.

    It holds for this thread. `carried` takes it along into others and into other processes,
    `correlation_environment` into programs that are started, if it is one that `new_id` makes.
    Any other text names a job as well; the bus masks it like all that it publishes.
    """
    token = _correlation.set(correlation_id)
    try:
        yield
    finally:
        _correlation.reset(token)


@attrs.frozen
class _Carried(Generic[P, R]):
    work: Callable[P, R]
    correlation_id: str | None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        with correlated(self.correlation_id):
            return self.work(*args, **kwargs)


def carried(work: Callable[P, R]) -> Callable[P, R]:
    """Return *work* as part of the job that this thread works for, whoever does it.

    For the executors of threads and of processes alike: ``pool.submit(carried(convert), file)``.
    It can be pickled if *work* can.
    """
    return _Carried(work, current_correlation())


def correlation_environment() -> dict[str, str]:
    """Return the variable that makes a child process part of the job this thread works for.

    Empty outside of jobs, and where the id is no UUID, which the child would not believe.
    ``subprocess.run(argv, env={**os.environ, **correlation_environment()})``
    """
    correlation_id = current_correlation() or ""
    return {_VARIABLE: correlation_id} if _WELL_FORMED.fullmatch(correlation_id) else {}


def inherited_correlation(environ: Mapping[str, str]) -> str:
    """Return the correlation id that a parent process handed down in *environ*.

    Empty when there is none, or what is there is no UUID.
    """
    value = environ.get(_VARIABLE, "").lower()
    return value if _WELL_FORMED.fullmatch(value) else ""
