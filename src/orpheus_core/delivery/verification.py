"""Checks a finished folder against its manifest, today or in years."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path

import attrs

from orpheus_core.delivery.layout import inside
from orpheus_core.delivery.manifest import FILE_NAME, FileEntry, Manifest, from_bytes
from orpheus_core.delivery.plain_file import digest_of, is_special
from orpheus_core.errors import (
    ChecksumMismatch,
    InvalidManifest,
    NotAnArtifact,
    OutsideFolder,
    StorageError,
    SymlinkInPath,
)
from orpheus_core.storage import Storage


class Fault(enum.Enum):
    """What is wrong with a file."""

    MISSING = "missing"
    SIZE = "size"
    CONTENT = "content"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"


_WORDS = {
    Fault.MISSING: "is missing",
    Fault.SIZE: "has another size than the manifest says",
    Fault.CONTENT: "has other content than the manifest says",
    Fault.NOT_A_FILE: "is not a plain file inside the folder",
    Fault.UNREADABLE: "cannot be read",
}


@attrs.frozen
class Finding:
    """A file that does not fit, and how."""

    path: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.path} {_WORDS[self.fault]}"


@attrs.frozen(kw_only=True)
class Verification:
    """What came of checking a folder."""

    folder: Path
    manifest: Manifest
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether every file is as the manifest says."""
        return not self.findings

    def raise_for_findings(self) -> None:
        """Raise when a file does not fit.

        Raises:
            ChecksumMismatch: `why` names each file.
        """
        if self.ok:
            return
        count = len(self.findings)
        raise ChecksumMismatch(
            f"{count} {'file does' if count == 1 else 'files do'} not fit the manifest",
            why="; ".join(str(finding) for finding in self.findings),
            done="nothing was changed",
            next_step=f"download it again: orpheus download {self.manifest.origin.ref}",
            evidence={finding.path: finding.fault.value for finding in self.findings},
        )


def verify_folder(
    folder: Path, storage: Storage, progress: Callable[[FileEntry], None] = lambda _: None
) -> Verification:
    """Read every file of the artefact in *folder* and compare it with the manifest.

    Args:
        progress: told of each file that was read.

    Raises:
        NotAnArtifact: there is no such folder.
        InvalidManifest: its manifest is missing, damaged or of another version.
        StorageError: folder or manifest cannot be read.
    """
    if not storage.exists(folder) or not folder.is_dir():
        raise NotAnArtifact(f"there is no folder {folder}")
    path = folder / FILE_NAME
    if not storage.exists(path):
        raise InvalidManifest(
            f"{folder} holds no {FILE_NAME}",
            why=f"{FILE_NAME} is missing: nothing says what should be here",
        )
    if is_special(path):
        raise InvalidManifest(f"{path} is no plain file", why="it may be a link or a folder")
    manifest = from_bytes(storage.read_bytes(path))
    findings = []
    for entry in manifest.files:
        fault = fault_of(folder, entry, storage)
        if fault:
            findings.append(Finding(entry.path, fault))
        progress(entry)
    return Verification(folder=folder, manifest=manifest, findings=tuple(findings))


def fault_of(folder: Path, entry: FileEntry, storage: Storage) -> Fault | None:
    """Return what is wrong with the file of *entry* in *folder*, or None when it fits."""
    try:
        path = inside(folder, entry.path.split("/"))
        if is_special(path):
            return Fault.NOT_A_FILE
        if not storage.exists(path):
            return Fault.MISSING
        size_bytes, sha256 = digest_of(path)
    except (OutsideFolder, SymlinkInPath):
        return Fault.NOT_A_FILE
    except StorageError:
        return Fault.UNREADABLE
    if size_bytes != entry.size_bytes:
        return Fault.SIZE
    return None if sha256 == entry.sha256 else Fault.CONTENT
