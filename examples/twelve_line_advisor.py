"""The smallest plugin: an advisor that says something when the disk is full.

As a package it needs one line more, in its pyproject.toml::

    [project.entry-points."orpheus.plugins"]
    tidy = "twelve_line_advisor"
"""

import orpheus_core as oc


@oc.hookimpl
def orpheus_advise(event: oc.Event) -> list[oc.Advice]:
    if event.error_type != "io.disk-full":
        return []
    step = oc.Action(id="delete", label="delete the folder previews")
    title, cause = "Your previews are the first to go.", "Nobody deletes them."
    return [oc.Advice(code="tidy.old-previews", title=title, cause=cause, actions=[step])]
