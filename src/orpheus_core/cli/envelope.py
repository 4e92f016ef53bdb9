"""The JSON documents: one envelope around every result and every error.

``schema``, ``ok``, ``data`` or ``error`` (both, where something was found to be wrong with
what is shown), ``advice`` and ``meta``. Members and values may be added; none is renamed
or removed while the number behind ``/`` stays.
"""

from __future__ import annotations

import datetime
import re
import shlex
from collections.abc import Mapping

from orpheus_core.cli.failures import EXPLAIN, parts_of
from orpheus_core.cli.invocation import Advised, Invocation, Offered
from orpheus_core.errors import ExitStatus, OrpheusError, UsageError
from orpheus_core.version import VERSION

_PLACEHOLDER = re.compile(r"[A-Z]{3,}|<.*>")
_READING = (
    ("event", "query"),
    ("event", "show"),
    ("event", "stats"),
    ("event", "types"),
    ("explain",),
    ("plugin", "hooks"),
    ("plugin", "info"),
    ("plugin", "list"),
    ("plugin", "order"),
    ("service",),
    ("verify",),
)
"""Commands that change nothing."""


def success(invocation: Invocation, schema: str, data: object) -> dict[str, object]:
    """Return the document for *data*."""
    return _document(invocation, schema, ok=True, content={"data": data})


def found_wrong(
    invocation: Invocation,
    schema: str,
    data: object,
    error: OrpheusError,
    status: ExitStatus,
) -> dict[str, object]:
    """Return the document for *data* that is there, and of which *error* says what is wrong."""
    content = {"data": data, "error": error_object(invocation, error, status)}
    return _document(invocation, schema, ok=False, content=content)


def failure(invocation: Invocation, error: OrpheusError, status: ExitStatus) -> dict[str, object]:
    """Return the document for *error*."""
    content = {"error": error_object(invocation, error, status)}
    return _document(invocation, "orpheus.error/1", ok=False, content=content)


def error_object(
    invocation: Invocation, error: OrpheusError, status: ExitStatus
) -> dict[str, object]:
    """Return the member ``error`` of a document."""
    parts = parts_of(error)
    retry_at = None
    if error.retry_after_s is not None:
        now = datetime.datetime.now(datetime.UTC)
        retry_at = timestamp(now + datetime.timedelta(seconds=error.retry_after_s))
    return {
        "code": parts.code,
        "class": status_word(status),
        "exit_code": int(status),
        "title": parts.title,
        "why": parts.why,
        "cause": {"kind": parts.code.rpartition(".")[2], "evidence": dict(error.evidence)},
        "retryable": error.retryable.value,
        "retry_at": retry_at,
        "done": [{"text": parts.done}],
        "actions": [_action(error, parts.next_step).as_data()],
        "help": EXPLAIN + parts.code,
        "run_id": invocation.run_id,
    }


def status_word(status: ExitStatus) -> str:
    """Return the name of *status*, as in ``login-needed``."""
    return status.name.lower().replace("_", "-")


def timestamp(moment: datetime.datetime) -> str:
    """Return *moment* as RFC 3339 in UTC, to the millisecond."""
    text = moment.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _document(
    invocation: Invocation, schema: str, *, ok: bool, content: Mapping[str, object]
) -> dict[str, object]:
    kind = {"type": "result"} if invocation.lines else {}
    return {
        **kind,
        "schema": schema,
        "ok": ok,
        **content,
        "advice": [each.as_data() for each in (*invocation.advice, *_of_plugins(invocation))],
        "meta": {
            "version": VERSION,
            "run_id": invocation.run_id,
            "started": timestamp(invocation.started),
            "duration_ms": round(invocation.elapsed_s * 1000),
        },
    }


def _of_plugins(invocation: Invocation) -> list[Advised]:
    """What is to be said of plugins that were left out."""
    found = []
    for error in invocation.broken_plugins():
        parts = parts_of(error)
        title = f"{parts.title}: {parts.why}"
        advised = Advised(parts.code, "warning", title, done=parts.done, advisor="core")
        found.append(advised._replace(actions=(_action(error, parts.next_step),)))
    return found


def _action(error: OrpheusError, next_step: str) -> Offered:
    """The next step for a program: a command where it is one, and how safe that is to run."""
    argv = _command(next_step)
    if len(argv) < 2:
        applicability = "manual"
    elif any(_PLACEHOLDER.fullmatch(word) for word in argv):
        applicability = "needs_input"
    elif isinstance(error, UsageError):
        applicability = "maybe"  # a guess at what was meant
    else:
        reads = any(tuple(argv[1 : len(words) + 1]) == words for words in _READING)
        applicability = "automatic" if reads else "confirm"
    return Offered("next", next_step, tuple(argv), applicability)


def _command(next_step: str) -> list[str]:
    """The command that *next_step* begins with; what stands behind a wide gap explains it."""
    if not next_step.startswith("orpheus "):
        return []
    try:
        return shlex.split(re.split(r" {3,}", next_step)[0])
    except ValueError:  # an apostrophe in a link, say: then it is for people only
        return []
