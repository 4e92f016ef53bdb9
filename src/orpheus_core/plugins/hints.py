"""What a person can do about a plugin that does not work: one line, a command first."""

from __future__ import annotations

from orpheus_core.plugins.records import PluginRecord


def repair(record: PluginRecord, report_to: str = "") -> str:
    """Return what to do about a plugin whose code fails, or is not what its manifest says.

    *report_to* is where its author takes reports, if that is known.
    """
    without = f"orpheus plugin disable {record.id}     goes on without it"
    if record.builtin:
        return f"report it, then: {without}"
    if not record.distribution:
        return f"mend the program that hands it over, or: {without}"
    report = f"; if it stays, report it: {report_to}" if report_to else ""
    return f"pip install --upgrade {record.distribution}, or {without}{report}"


def mend_manifest(record: PluginRecord, report_to: str = "") -> str:
    """Return what to do about a plugin whose code is not what its manifest says."""
    own = f"; if it is your own: orpheus plugin manifest {record.id} --write"
    return repair(record, report_to) + (own if record.distribution else "")


def install_again(record: PluginRecord, report_to: str = "") -> str:
    """Return what to do about a plugin that cannot be imported: something is missing there."""
    without = f"orpheus plugin disable {record.id}     goes on without it"
    if record.builtin or not record.distribution:
        return repair(record, report_to)
    report = f"; if it stays, report it: {report_to}" if report_to else ""
    command = f"pip install --upgrade --force-reinstall {record.distribution}"
    return f"{command}, or {without}{report}"
