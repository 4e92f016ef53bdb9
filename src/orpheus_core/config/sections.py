"""The core's own settings, by section, each with its default."""

from __future__ import annotations

import typing
from collections.abc import Mapping

import attrs

from orpheus_core.config.due import Due, Value

EXTRA_HOST = r"[a-z][a-z0-9_-]*:(\*\.)?([\w-]+(\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
"""The form of a text in ``network.extra_hosts``: ``service:host``, as a regular expression."""

_QUALITIES = ("best", "hires", "lossless", "high", "medium", "low")
"""As `orpheus_core.music.Quality` names them; this room may not import that one."""


def _setting(
    default: Value,
    help_text: str,
    *,
    least: float | None = None,
    words: tuple[str, ...] = (),
    form: str = "",
    called: str = "",
) -> typing.Any:
    """A field with its documentation; Any because attrs types `field` by its default.

    The other arguments are those of `Due`.
    """
    kind = type(default).__name__
    due = Due(kind=kind, least=least, words=words, form=form, called=called)
    return attrs.field(default=default, metadata={"help": help_text, "due": due})


@attrs.frozen(kw_only=True)
class DownloadSettings:
    """``[downloads]``"""

    folder: str = _setting("", "Where finished folders go; empty: Music/Orpheus at home.")
    quality: str = _setting(
        "best", "What to ask for: best, hires, lossless, high, medium, low.", words=_QUALITIES
    )
    floor: str = _setting("low", "Nothing below this quality is taken.", words=_QUALITIES)
    jobs: int = _setting(3, "Tracks that are worked on at the same time.", least=1)


@attrs.frozen(kw_only=True)
class LayoutSettings:
    """``[layout]``: see the file layout reference for the fields."""

    template: str = _setting(
        "{albumartist}/{album} ({year})/{disc}-{track} {title}", "Folder and file of a release."
    )
    track_template: str = _setting(
        "{artist}/Tracks/{title}/{artist} - {title}", "Folder and file of a single track."
    )
    playlist_template: str = _setting(
        "Playlists/{playlist}/{position} {artist} - {title}", "Folder and file of a playlist."
    )


@attrs.frozen(kw_only=True)
class NetworkSettings:
    """``[network]``"""

    connect_timeout_s: float = _setting(10.0, "Longest wait for a connection.", least=0.1)
    read_timeout_s: float = _setting(20.0, "Longest wait for the next bytes.", least=0.1)
    attempts: int = _setting(3, "How often a request is sent at most.", least=1)
    max_wait_s: float = _setting(300.0, "Longer waits are not done in front of you.", least=0.0)
    ca_file: str = _setting("", "File of certificate authorities; empty: those of certifi.")
    extra_hosts: tuple[str, ...] = _setting(
        (),
        "Hosts that a service or plugin may talk to though it did not name them: SERVICE:HOST.",
        form=EXTRA_HOST,
        called="SERVICE:HOST",
    )


@attrs.frozen(kw_only=True)
class EventSettings:
    """``[events]``: the log of what happened."""

    sqlite: bool = _setting(True, "Keep events in a database that orpheus event can search.")
    jsonl: bool = _setting(False, "Keep events in text files, one JSON document a line.")
    keep_days: int = _setting(30, "Older events are deleted.", least=1)
    largest_mb: int = _setting(50, "Beyond so many megabytes, the oldest are deleted.", least=1)


@attrs.frozen(kw_only=True)
class AdviceSettings:
    """``[advice]``"""

    silenced: tuple[str, ...] = _setting(
        (), "Codes of advice that is not given; * stands for any letters."
    )
    most: int = _setting(20, "Pieces of advice in one run at most.", least=0)
    again_after_s: float = _setting(
        600.0, "The same advice is not given again within so many seconds.", least=0.0
    )


@attrs.frozen(kw_only=True)
class PluginSettings:
    """``[plugins]``"""

    disabled: tuple[str, ...] = _setting((), "Ids of plugins that stay out.")
    mode: str = _setting(
        "isolate",
        "isolate: a plugin that fails costs its own part only; strict: it ends the command, for "
        "tests; safe: only the core's own plugins are loaded.",
        words=("isolate", "strict", "safe"),
    )


@attrs.frozen
class RawSetting:
    """A setting in a section that is none of the core's own, as it was written.

    *source* says where it was set.
    """

    section: str
    key: str
    value: object
    source: str


@attrs.frozen(kw_only=True)
class Settings:
    """Every setting, by section.

    *plugin_sections* holds what was set for plugins, unread: what a later source sets
    stands behind.
    """

    downloads: DownloadSettings = attrs.field(factory=DownloadSettings)
    layout: LayoutSettings = attrs.field(factory=LayoutSettings)
    network: NetworkSettings = attrs.field(factory=NetworkSettings)
    plugins: PluginSettings = attrs.field(factory=PluginSettings)
    events: EventSettings = attrs.field(factory=EventSettings)
    advice: AdviceSettings = attrs.field(factory=AdviceSettings)
    plugin_sections: tuple[RawSetting, ...] = ()


SECTION_TYPES: Mapping[str, type[attrs.AttrsInstance]] = {
    "downloads": DownloadSettings,
    "layout": LayoutSettings,
    "network": NetworkSettings,
    "plugins": PluginSettings,
    "events": EventSettings,
    "advice": AdviceSettings,
}

SECTIONS = tuple(SECTION_TYPES)
"""The core's own sections."""
