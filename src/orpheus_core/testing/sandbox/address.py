"""Where the sandbox server is: the credential ``url``."""

from __future__ import annotations

from urllib.parse import quote

import orpheus_core as oc


def api_url(client: oc.ServiceClient, *path: str) -> str:
    """Return the address of *path* in the server's API.

    Raises:
        LoginNeeded: nobody said where the server is.
    """
    base = client.credential("url")
    if not base:
        raise oc.LoginNeeded(
            "the sandbox has no server yet",
            why="ORPHEUS_SANDBOX_URL is not set",
            next_step="orpheus demo     starts one and shows what Orpheus does with it",
        )
    return "/".join([base.rstrip("/"), "api", *(quote(part, safe="") for part in path)])
