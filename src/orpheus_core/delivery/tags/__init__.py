"""Tags: what a file says about its music, written the way players and Picard read it."""

from orpheus_core.delivery.tags.files import read_tags, write_tags
from orpheus_core.delivery.tags.model import TrackTags, tags_for

__all__ = ["TrackTags", "read_tags", "tags_for", "write_tags"]
