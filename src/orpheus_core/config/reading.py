"""Reads settings from their sources, each of which overrides the one before."""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from orpheus_core.config.due import Due, Value, fitting
from orpheus_core.config.sections import (
    SECTION_TYPES,
    SECTIONS,
    AdviceSettings,
    DownloadSettings,
    EventSettings,
    LayoutSettings,
    NetworkSettings,
    PluginSettings,
    RawSetting,
    Settings,
)
from orpheus_core.errors import InvalidSetting, MalformedSettings
from orpheus_core.storage import storage_error

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
        for field in attrs.fields(SECTION_TYPES[section])
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
    field = attrs.fields_dict(SECTION_TYPES[section]).get(key)
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
