"""The forms that sound is filed in: which one a file has, and whether all of it is there."""

from orpheus_core.delivery.containers.flac import StreamInfo
from orpheus_core.delivery.containers.form import Container, identify
from orpheus_core.delivery.containers.whole import check_whole

__all__ = ["Container", "StreamInfo", "check_whole", "identify"]
