"""Where files go: names that every system takes, templates, and paths that stay inside."""

from orpheus_core.delivery.layout.names import distinct_names, folded, safe_name
from orpheus_core.delivery.layout.paths import inside
from orpheus_core.delivery.layout.template import FIELDS, Template

__all__ = [
    "FIELDS",
    "Template",
    "distinct_names",
    "folded",
    "inside",
    "safe_name",
]
