"""Settings: defaults, then the TOML file, then ``ORPHEUS_*`` variables, then arguments.

Each later source overrides the earlier. A setting that does not exist, or a value that
does not fit, is an error that names where it was made and the nearest setting there is.
Sections that are none of the core's own are kept as they were written: they may be a
plugin's, and which plugins there are is not known here.
"""

from __future__ import annotations

import difflib
import re
import reprlib
import threading
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from orpheus_core.errors import InvalidSetting, MalformedSettings
from orpheus_core.storage import storage_error

Value = str | int | float | bool | tuple[str, ...]
"""What a setting holds."""

EXTRA_HOST = r"[a-z][a-z0-9_-]*:(\*\.)?([\w-]+(\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
"""The form of a text in ``network.extra_hosts``: ``service:host``, as a regular expression."""

_QUALITIES = ("best", "hires", "lossless", "high", "medium", "low")
"""As `orpheus_core.music.Quality` names them; this room may not import that one."""


@attrs.frozen(kw_only=True)
class Due:
    """What a setting has to hold.

    Attributes:
        kind: the name of a type: ``str``, ``int``, ``float``, ``bool`` or ``tuple`` (of texts).
        least: the smallest number that fits.
        words: the texts that fit, in lower case; empty: any.
        form: the regular expression of each text of a list; empty: any.
        called: what the form is called: ``SERVICE:HOST``.
    """

    kind: str
    least: float | None = None
    words: tuple[str, ...] = ()
    form: str = ""
    called: str = ""

    def in_words(self, value: object) -> str:
        """What is due where *value* is not."""
        names = {"int": "a whole number", "float": "a number", "str": "text"}
        due = {**names, "bool": "true or false"}.get(self.kind, "a list of texts")
        if self.least is not None:
            due += f" of at least {self.least:g}"
        if self.words and isinstance(value, str):
            due = "one of " + ", ".join(self.words)
        return f"{due} of the form {self.called}" if self.called else due

    def fits(self, value: object) -> typing.TypeGuard[typing.Any]:
        """Whether *value*, as TOML gives it, is what is due."""
        return (
            _is_of(value, self.kind)
            and (self.least is None or value >= self.least)
            and (not self.words or value.strip().lower() in self.words)
            and (not self.form or all(re.fullmatch(self.form, each) for each in value))
        )


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


_SECTION_TYPES: Mapping[str, type[attrs.AttrsInstance]] = {
    "downloads": DownloadSettings,
    "layout": LayoutSettings,
    "network": NetworkSettings,
    "plugins": PluginSettings,
    "events": EventSettings,
    "advice": AdviceSettings,
}

SECTIONS = tuple(_SECTION_TYPES)
"""The core's own sections."""


@attrs.frozen(kw_only=True)
class Home:
    """Where Orpheus keeps its own files. ``ORPHEUS_HOME`` moves all of it under one folder."""

    config: Path
    data: Path
    state: Path
    cache: Path

    @classmethod
    def find(cls, environ: Mapping[str, str], home: Path | None = None) -> Home:
        """Return the folders: below *home*, else ``ORPHEUS_HOME``, else the system's own.

        Raises:
            InvalidSetting: the folder begins with the home of somebody who has none.
        """
        root = home or (Path(environ["ORPHEUS_HOME"]) if environ.get("ORPHEUS_HOME") else None)
        if root is not None:
            root = _expanded(root).absolute()
            return cls(
                config=root / "config",
                data=root / "data",
                state=root / "state",
                cache=root / "cache",
            )
        import platformdirs  # 19 ms, and not needed where ORPHEUS_HOME is set

        places = platformdirs.PlatformDirs("orpheus", appauthor=False)
        return cls(
            config=places.user_config_path,
            data=places.user_data_path,
            state=places.user_state_path,
            cache=places.user_cache_path,
        )

    @property
    def settings_file(self) -> Path:
        """The TOML file that a person edits."""
        return self.config / "config.toml"

    @property
    def rules_file(self) -> Path:
        """The TOML file with a person's own rules."""
        return self.config / "rules.toml"

    @property
    def events(self) -> Path:
        """The folder with the log of events."""
        return self.state / "events"


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError as error:
        raise InvalidSetting(
            f"there is no home folder to put in the place of {folder.parts[0]!r}",
            why=f"the folder of Orpheus was to be {folder}",
            next_step="give ORPHEUS_HOME as a path from the root",
        ) from error


ENVIRONMENT = "the environment"
ARGUMENTS = "the arguments"


def load_settings(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    arguments: Mapping[str, object] | None = None,
) -> Settings:
    """Return the settings from all sources.

    Args:
        file: the TOML file; a missing one is no error.
        environ: variables; those named ``ORPHEUS_SECTION_KEY`` count.
        arguments: ``{"section.key": value}`` or ``{"section": {"key": value}}``.

    Raises:
        MalformedSettings: the file is not TOML, or not UTF-8.
        InvalidSetting: an unknown setting of the core's own sections, or a value that does
            not fit.
        StorageError: the file exists but cannot be read.
    """
    values: dict[tuple[str, str], Value] = {}
    raw: list[RawSetting] = []
    for source, table in (
        (str(file), _read(file) if file else {}),
        (ENVIRONMENT, dict(_from_environment(environ or {}))),
        (ARGUMENTS, arguments or {}),
    ):
        for section, key, value in _flat(table, source):
            if section in SECTIONS:
                due = _due(section, key, source)
                values[section, key] = fitting(value, due, f"{section}.{key}", source)
            else:
                raw.append(RawSetting(section, key, value, source))
    return Settings(
        downloads=DownloadSettings(**_chosen(values, "downloads")),
        layout=LayoutSettings(**_chosen(values, "layout")),
        network=NetworkSettings(**_chosen(values, "network")),
        plugins=PluginSettings(**_chosen(values, "plugins")),
        events=EventSettings(**_chosen(values, "events")),
        advice=AdviceSettings(**_chosen(values, "advice")),
        plugin_sections=tuple(raw),
    )


def _chosen(values: Mapping[tuple[str, str], Value], section: str) -> dict[str, typing.Any]:
    """The settings of one section; their types were checked one by one."""
    return {key: value for (name, key), value in values.items() if name == section}


def setting_names() -> list[str]:
    """Every setting of the core as ``section.key``."""
    return [
        f"{section}.{field.name}"
        for section in SECTIONS
        for field in attrs.fields(_SECTION_TYPES[section])
    ]


def variable_name(section: str, key: str) -> str:
    """The environment variable that supplies *key* of *section*, or of a service.

    >>> variable_name("qobuz", "auth_token")
    'ORPHEUS_QOBUZ_AUTH_TOKEN'
    """
    return "ORPHEUS_" + re.sub(r"[^A-Z0-9]", "_", f"{section}_{key}".upper())


def _read(file: Path) -> Mapping[str, object]:
    try:
        # Some editors begin a file with a byte order mark; TOML knows none.
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise storage_error(error, file) from error
    except (ValueError, RecursionError) as error:  # also: too many digits, too many brackets
        raise MalformedSettings(
            f"the settings file {file} cannot be read", why=str(error)
        ) from error


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """The variables that name a setting; others, such as secrets, are not ours to judge."""
    for name in setting_names():
        section, _, key = name.partition(".")
        variable = variable_name(section, key)
        if variable in environ:
            yield name, environ[variable]


def _flat(table: Mapping[str, object], source: str) -> Iterator[tuple[str, str, object]]:
    for name, value in table.items():
        section, dot, key = name.partition(".")
        if dot:
            yield section, key, value
        elif isinstance(value, Mapping):
            for inner, inner_value in value.items():
                yield section, str(inner), inner_value
        else:
            raise _unknown(name, source)


def _due(section: str, key: str, source: str) -> Due:
    field = attrs.fields_dict(_SECTION_TYPES[section]).get(key)
    if field is None:
        raise _unknown(f"{section}.{key}", source)
    return typing.cast("Due", field.metadata["due"])


def _unknown(name: str, source: str) -> InvalidSetting:
    near = difflib.get_close_matches(name, setting_names(), n=1)
    return InvalidSetting(
        f"there is no setting {name!r}",
        why=f"it is set in {source}",
        next_step=f"did you mean {near[0]}?" if near else "",
    )


def fitting(value: object, due: Due, name: str, source: str) -> Value:
    """Return *value* as what is *due*; text, as variables hold it, is read.

    Raises:
        InvalidSetting: it is something else; the error calls it *name*, set in *source*.
    """
    if isinstance(value, str):
        value = _read_text(value, due.kind)
    if due.fits(value):
        return tuple(value) if isinstance(value, list) else value
    raise InvalidSetting(
        f"{name} must be {due.in_words(value)}, not {reprlib.repr(value)}",
        why=f"it is set in {source}",
    )


def _is_of(value: object, kind: str) -> typing.TypeGuard[typing.Any]:
    """Whether *value*, as TOML gives it, is of the type with the name *kind*."""
    if kind == "tuple":
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    if isinstance(value, bool) or kind == "bool":
        return isinstance(value, bool) and kind == "bool"
    if kind == "float":
        return isinstance(value, int | float) and abs(value) <= threading.TIMEOUT_MAX
    return isinstance(value, int if kind == "int" else str)


def _read_text(text: str, kind: str) -> object:
    if kind == "bool":
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    if kind == "int" and re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    if kind == "float" and re.fullmatch(r"[+-]?\d{1,18}(\.\d+)?", text):
        return float(text)
    if kind == "tuple":
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
