"""Where Orpheus keeps its own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from orpheus_core.errors import InvalidSetting


@attrs.frozen(kw_only=True)
class Home:
    """The folders of Orpheus. ``ORPHEUS_HOME`` moves all of them under one."""

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
