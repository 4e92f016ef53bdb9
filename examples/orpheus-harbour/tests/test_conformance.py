"""The rules that Orpheus has for plugins, each tried on this one."""

from orpheus_core.testing import ServiceConformance


class TestPlugin(ServiceConformance):
    """One test for each rule; ``orpheus plugin check`` tries the same."""

    plugin = "harbour"
