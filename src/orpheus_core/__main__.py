"""``python -m orpheus_core`` is the command ``orpheus``."""

from __future__ import annotations

import sys

from orpheus_core.cli import main

sys.exit(main())
