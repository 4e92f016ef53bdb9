"""The network: one door out, with limits, classified failures, and transfers that resume."""

from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.network.judging import Classifier
from orpheus_core.network.manager import NetworkManager
from orpheus_core.network.remote import RemoteFile, Transferred
from orpheus_core.network.transfer import fetch_file
from orpheus_core.network.transport import Transport

__all__ = [
    "Classifier",
    "NetworkManager",
    "OutgoingRequest",
    "RemoteFile",
    "Transferred",
    "Transport",
    "fetch_file",
]
