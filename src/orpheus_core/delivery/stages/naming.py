"""The layout that the settings name. Built-in plugin ``core-layout``."""

from __future__ import annotations

from orpheus_core.config import LayoutSettings
from orpheus_core.delivery.item import Item, JobItem
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Playlist, Track


class SettingsLayout:
    """Answers with the template for a release, a single track or a playlist."""

    def __init__(self, settings: LayoutSettings) -> None:
        self._settings = settings

    @hookimpl(trylast=True)
    def orpheus_file_name(self, item: Item) -> str:
        """Answer every question that no other plugin answered."""
        collection = item.media if isinstance(item, JobItem) else item.collection
        if isinstance(collection, Playlist):
            return self._settings.playlist_template
        if isinstance(collection, Track):
            return self._settings.track_template
        return self._settings.template
