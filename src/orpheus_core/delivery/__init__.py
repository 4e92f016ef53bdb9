"""Delivery: from a reference to a finished, verified folder."""

from orpheus_core.delivery.delivery import deliver
from orpheus_core.delivery.item import Artifact, FetchedFile, Item, JobItem, TrackItem
from orpheus_core.delivery.jobs import deliver_all
from orpheus_core.delivery.manifest import FileEntry, Manifest, TrackEntry
from orpheus_core.delivery.plain_file import digest_of
from orpheus_core.delivery.planner import Plan, plan, stage_claims, stage_info
from orpheus_core.delivery.report import DownloadReport, Failure
from orpheus_core.delivery.stage import JobStage, Stage, StageContext, TrackStage
from orpheus_core.delivery.stages import builtin_plugins
from orpheus_core.delivery.tags import TrackTags
from orpheus_core.delivery.verification import Fault, Finding, Verification, verify_folder

__all__ = [
    "Artifact",
    "DownloadReport",
    "Failure",
    "Fault",
    "FetchedFile",
    "FileEntry",
    "Finding",
    "Item",
    "JobItem",
    "JobStage",
    "Manifest",
    "Plan",
    "Stage",
    "StageContext",
    "TrackEntry",
    "TrackItem",
    "TrackStage",
    "TrackTags",
    "Verification",
    "builtin_plugins",
    "deliver",
    "deliver_all",
    "digest_of",
    "plan",
    "stage_claims",
    "stage_info",
    "verify_folder",
]
