"""The entry point: what this package brings to Orpheus."""

from __future__ import annotations

from collections.abc import Sequence

import orpheus_core as oc

from orpheus_harbour.module import CatalogueModule


@oc.hookimpl
def orpheus_modules() -> Sequence[oc.ServiceModule]:
    """Bring the service."""
    return [CatalogueModule()]
