"""The settings of plugins: their own sections, read by what their manifests declare."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Collection, Iterable, Mapping

from orpheus_core.config import (
    ARGUMENTS,
    ENVIRONMENT,
    SECTIONS,
    Due,
    RawSetting,
    Value,
    fitting,
    setting_names,
    variable_name,
)
from orpheus_core.errors import InvalidSetting
from orpheus_core.plugins import SettingInfo, SettingType

_DUE = {
    SettingType.TEXT: Due(kind="str"),
    SettingType.NUMBER: Due(kind="float"),
    SettingType.WHOLE_NUMBER: Due(kind="int"),
    SettingType.FLAG: Due(kind="bool"),
    SettingType.TEXTS: Due(kind="tuple"),
}


def plugin_settings(
    plugin: str,
    infos: Iterable[SettingInfo],
    sections: Iterable[RawSetting],
    environ: Mapping[str, str] | None = None,
    *,
    secrets: Collection[str] = (),
) -> dict[str, Value]:
    """Return the value of each setting that *plugin* declares.

    Args:
        sections: what was set for plugins, this one and others.
        environ: variables; ``ORPHEUS_<ID>_<KEY>`` counts.
        secrets: names of variables that supply credentials, and so no settings.

    Raises:
        InvalidSetting: it declares no such setting, or a value does not fit.
    """
    by_key = {info.key: info for info in infos}
    values = {key: info.default for key, info in by_key.items()}
    for key, value, source in _in_order(plugin, by_key, sections, environ or {}, secrets):
        name = f"{plugin}.{key}"
        if key not in by_key:
            raise _unknown_key(name, source, by_key)
        values[key] = fitting(value, _DUE[by_key[key].type], name, source)
    return values


def raw_settings(plugin: str, sections: Iterable[RawSetting]) -> dict[str, Value]:
    """Return what was set for *plugin*, which declares nothing, as it was written.

    Raises:
        InvalidSetting: a value is of no kind that a setting has.
    """
    values: dict[str, Value] = {}
    for raw in sections:
        if raw.section == plugin:
            values[raw.key] = _plain(raw)
    return values


def check_sections(sections: Iterable[RawSetting], plugins: Collection[str]) -> None:
    """Refuse a section that belongs to none of *plugins*.

    Raises:
        InvalidSetting: there is one; the nearest setting or plugin is suggested.
    """
    for raw in sections:
        if raw.section not in plugins:
            raise _nobodys(raw, plugins)


def _in_order(
    plugin: str,
    keys: Collection[str],
    sections: Iterable[RawSetting],
    environ: Mapping[str, str],
    secrets: Collection[str],
) -> list[tuple[str, object, str]]:
    """What was set, and where; what stands behind counts: the arguments do at last."""
    own = [raw for raw in sections if raw.section == plugin]
    variables = {variable_name(plugin, key): key for key in keys}
    return [
        *((raw.key, raw.value, raw.source) for raw in own),
        *(
            (key, environ[variable], f"{ENVIRONMENT}, in {variable}")
            for variable, key in variables.items()
            if variable in environ and variable not in secrets
        ),
        *((raw.key, raw.value, raw.source) for raw in own if raw.source == ARGUMENTS),
    ]


def _plain(raw: RawSetting) -> Value:
    if isinstance(raw.value, str | int | float):
        return raw.value
    texts = raw.value
    if isinstance(texts, list | tuple) and all(isinstance(each, str) for each in texts):
        return tuple(texts)
    raise InvalidSetting(
        f"{raw.section}.{raw.key} must be text, a number, true or false, or a list of texts, "
        f"not {reprlib.repr(raw.value)}",
        why=f"it is set in {raw.source}",
    )


def _unknown_key(name: str, source: str, keys: Collection[str]) -> InvalidSetting:
    plugin, _, key = name.partition(".")
    near = difflib.get_close_matches(key, keys, n=1)
    known = ", ".join(sorted(keys)) or "none"
    return InvalidSetting(
        f"there is no setting {name!r}",
        why=f"it is set in {source}; the settings of plugin {plugin} are: {known}",
        next_step=f"did you mean {plugin}.{near[0]}?" if near else "",
    )


def _nobodys(raw: RawSetting, plugins: Collection[str]) -> InvalidSetting:
    name = f"{raw.section}.{raw.key}"
    setting = difflib.get_close_matches(name, setting_names(), n=1)
    section = difflib.get_close_matches(raw.section.lower(), [*SECTIONS, *sorted(plugins)], n=1)
    next_step = f"take the section [{raw.section}] out, or install the plugin that it is for"
    if setting:
        next_step = f"did you mean {setting[0]}?"
    elif section:
        next_step = f"did you mean [{section[0]}]?"
    return InvalidSetting(
        f"there is no setting {name!r}",
        why=f"it is set in {raw.source}, and no installed plugin is called {raw.section!r}",
        next_step=next_step,
    )
