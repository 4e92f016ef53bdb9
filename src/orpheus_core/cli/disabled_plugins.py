"""Edits ``plugins.disabled`` in the settings file; all else in it stays as it was written."""

from __future__ import annotations

import codecs
import contextlib
import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orpheus_core.errors import FileInUse, MalformedSettings
from orpheus_core.storage import Storage, storage_error, write_atomically

if TYPE_CHECKING:
    import tomlkit
    from tomlkit.container import Container

_WAIT_S = 10.0
"""Writing takes a moment; who takes longer hangs."""

_SECTION, _KEY = "plugins", "disabled"
_NAME = f"{_SECTION}.{_KEY}"
_HEADER = re.compile(
    r"""^[ \t]*\[[ \t]*(?:plugins|"plugins"|'plugins')[ \t]*\][^\n]*\n""", re.MULTILINE
)


def disabled_plugins(file: Path, storage: Storage) -> list[str]:
    """Return what *file* says to leave out; nothing when there is no such file.

    Raises:
        MalformedSettings: it is no TOML.
        StorageError: it cannot be read.
    """
    return _names_in(_parsed(_read(file, storage), file))


@contextlib.contextmanager
def one_at_a_time(locks: Path, *, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Keep every other process from editing the settings while inside.

    The lock, a file in the folder *locks*, is the kernel's: it ends with the process.

    Raises:
        FileInUse: another process has not come to an end within *wait_s*.
        StorageError: the lock cannot be written.
    """
    import filelock

    lock = filelock.FileLock(locks / "settings.lock", timeout=wait_s)
    try:
        locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except filelock.Timeout:
        raise FileInUse(
            "another orpheus is changing the settings", done="nothing was changed"
        ) from None
    except OSError as error:
        raise storage_error(error, locks) from error
    try:
        yield
    finally:
        lock.release()


def edit_disabled_plugins(
    file: Path, storage: Storage, *, add: Sequence[str] = (), remove: Collection[str] = ()
) -> None:
    """Put *add* into the list and take *remove* out of it; the file is made when it is not there.

    A link is followed, so that it stays one. Call it in `one_at_a_time`.

    Raises:
        MalformedSettings: the file is no TOML, or cannot be edited and keep all else.
        StorageError: it cannot be written, and is as it was.
    """
    file = file.resolve()
    text = _read(file, storage)
    mark = text[:1] if text.startswith("\ufeff") else ""
    before = _parsed(text, file)
    names = _names_in(before)
    wanted = [name for name in names if name in add or name not in remove]
    wanted += [name for name in dict.fromkeys(add) if name not in wanted]
    if wanted == names:
        return
    after = mark + _edited(text.removeprefix(mark), wanted)
    if not _is_the_same_but_for_the_list(before, _parsed(after, file), wanted):
        raise MalformedSettings(
            f"{file} is written in a way that cannot be edited safely",
            done="it is as it was",
            next_step=f"write {_KEY} = {wanted!r} under [{_SECTION}] by hand",
        )
    storage.make_folders(file.parent)
    mode = file.stat().st_mode & 0o777 if storage.exists(file) else 0o644
    write_atomically(storage, file, after.encode(), mode=mode)


def _read(file: Path, storage: Storage) -> str:
    data = storage.read_bytes(file) if storage.exists(file) else b""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedSettings(f"{file} is not UTF-8", why=str(error)) from error


def _parsed(text: str, file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text.removeprefix(codecs.BOM_UTF8.decode()))
    except (ValueError, RecursionError) as error:
        raise MalformedSettings(f"{file} cannot be read", why=str(error)) from error


def _names_in(settings: dict[str, object]) -> list[str]:
    section = settings.get(_SECTION)
    found = section.get(_KEY) if isinstance(section, dict) else None
    found = settings.get(_NAME, found)  # "plugins.disabled" = [...] is taken as well
    if isinstance(found, str):
        return [part.strip() for part in found.split(",") if part.strip()]
    return [str(name) for name in found] if isinstance(found, list) else []


def _is_the_same_but_for_the_list(
    before: dict[str, object], after: dict[str, object], wanted: list[str]
) -> bool:
    return _names_in(after) == wanted and _without_list(before) == _without_list(after)


def _without_list(settings: dict[str, object]) -> dict[str, object]:
    section = settings.get(_SECTION)
    rest = {key: value for key, value in settings.items() if key not in (_NAME, _SECTION)}
    if isinstance(section, dict):
        rest |= {f"{_SECTION}.{key}": value for key, value in section.items() if key != _KEY}
    return rest


def _edited(text: str, wanted: list[str]) -> str:
    import tomlkit  # 120 ms, and only these two commands write settings

    document = tomlkit.parse(text)
    holder, key = _holder(document)
    if holder is None:
        document[_SECTION] = {_KEY: wanted}
        return tomlkit.dumps(document)
    current = holder.get(key)
    if isinstance(current, list):
        _change(current, wanted)
    elif current is None and (header := _HEADER.search(text)):
        # As its first line: appended, it would stand below the comment of the next section.
        newline = "\r\n" if header[0].endswith("\r\n") else "\n"
        line = f"{_KEY} = {tomlkit.item(wanted).as_string()}{newline}"
        return text[: header.end()] + line + text[header.end() :]
    else:
        holder[key] = wanted
    return tomlkit.dumps(document)


def _holder(document: tomlkit.TOMLDocument) -> tuple[Container | None, str]:
    """The table that the list is in, or belongs into, and its name there."""
    if _NAME in document:
        return document, _NAME
    section: Container | None = document.get(_SECTION)
    return section, _KEY


def _change(current: list[str], wanted: list[str]) -> None:
    """Take out and append one by one, so that each comment stays with its neighbour."""
    for name in [str(name) for name in current if str(name) not in wanted]:
        current.remove(name)
    known = [str(name) for name in current]
    current.extend(name for name in wanted if name not in known)
