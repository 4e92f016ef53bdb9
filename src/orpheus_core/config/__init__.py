"""Settings: defaults, then the TOML file, then ``ORPHEUS_*`` variables, then arguments.

Each later source overrides the earlier. A setting that does not exist, or a value that
does not fit, is an error that names where it was made and the nearest setting there is.
Sections that are none of the core's own are kept as they were written: they may be a
plugin's, and which plugins there are is not known here.
"""

from orpheus_core.config.due import Due, Value, fitting
from orpheus_core.config.home import Home
from orpheus_core.config.reading import (
    ARGUMENTS,
    ENVIRONMENT,
    load_settings,
    setting_names,
    variable_name,
)
from orpheus_core.config.sections import (
    EXTRA_HOST,
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

__all__ = [
    "ARGUMENTS",
    "ENVIRONMENT",
    "EXTRA_HOST",
    "SECTIONS",
    "AdviceSettings",
    "DownloadSettings",
    "Due",
    "EventSettings",
    "Home",
    "LayoutSettings",
    "NetworkSettings",
    "PluginSettings",
    "RawSetting",
    "Settings",
    "Value",
    "fitting",
    "load_settings",
    "setting_names",
    "variable_name",
]
