"""The ways in which a plugin can be broken, each as a package that pip installs.

Most are two packages: one without a manifest, so that it is imported whenever an application
opens, and one with a manifest (``-lazy``), imported when one of its hooks is called.
"""

from __future__ import annotations

from tests.plugins.broken_case import LIMIT_S, TAGS, Broken, Done, both, eager, lazy, manifest
from tests.plugins.wheelhouse import Package

from orpheus_core import ExitStatus, PluginState

_STAGES = """
import orpheus_core as oc

class Stage:
    scope = oc.Scope.TRACK
    optional = {optional}
    redo_from = None

    def __init__(self, name, after, before=()):
        self.name, self.after, self.before = name, after, before

    def run(self, item, context):
        return item

@oc.hookimpl
def orpheus_stages():
    return [{stages}]
"""

_A_STAGE = """
[[stages]]
name = "{name}"
scope = "track"
after = {after}
optional = {optional}
"""

_SERVICE = """
import orpheus_core as oc

{before}

class Module:
    info = oc.ServiceInfo(
        id="{name}",
        name="Broken",
        kinds=frozenset({{oc.MediaKind.ALBUM}}),
        features=frozenset(),
        hosts=("www.{name}.example",),
        links=(
            oc.LinkPattern(
                host="www.{name}.example", path="/album/{{id}}", kind=oc.MediaKind.ALBUM
            ),
        ),
    )

    def resolve(self, client, ref):
        {resolve}

    def file(self, client, track, wish):
        raise oc.ItemNotFound("gone")

    def search(self, client, kind, query, limit):
        return []

@oc.hookimpl
def orpheus_modules():
    return [Module()]
"""

_A_SERVICE = """
[[services]]
id = "{name}"
name = "Broken"
kinds = ["album"]
features = []
hosts = ["www.{name}.example"]
  [[services.links]]
  host = "www.{name}.example"
  path = "/album/{{id}}"
  kind = "album"
"""


def _stage(name: str, after: str) -> str:
    return _STAGES.format(optional=True, stages=f'Stage("{name}", ("{after}",))')


def service(name: str, resolve: str, before: str = "") -> str:
    """Return the code of a plugin with a service."""
    return _SERVICE.format(name=name, resolve=resolve, before=before)


_PRINTS = TAGS.replace("import orp", 'print("{}")\nimport orp').replace(
    "    return", '    print("and at work")\n    return'
)

_PATCHES = (
    """
import requests

def refuse(*arguments, **options):
    raise RuntimeError("requests is mine now")

requests.get = requests.request = requests.Session.request = refuse
requests.Session.send = requests.adapters.HTTPAdapter.send = refuse
"""
    + TAGS
)

CASES = [
    # --- it cannot be imported
    both(
        "import-error",
        "from orpheus_core import NoSuchName",
        reason="cannot import name 'NoSuchName'",
        hint="{package}",
    ),
    both("syntax-error", "def orpheus_tags(:", reason="SyntaxError", hint="{package}"),
    both("exits", "import sys; sys.exit(0)", reason="SystemExit: 0", hint="{package}"),
    both(
        "base-exception",
        'raise BaseException("nobody catches me")',
        reason="BaseException: nobody catches me",
        hint="{package}",
    ),
    both(
        "dependency-missing",
        "import a_module_that_does_not_exist",
        reason="No module named 'a_module_that_does_not_exist'",
        hint="pip install",
    ),
    lazy(
        "hangs",
        """
        import os, pathlib, threading

        if "PID" in os.environ:
            pathlib.Path(os.environ["PID"]).write_text(str(os.getpid()))
        threading.Event().wait()
        """,
        done=Done.DEEP,
        state=PluginState.REGISTERED,
        reason=f"{LIMIT_S} s",
        hint="orpheus plugin disable {id}",
        status=ExitStatus.FINDINGS,
        works=False,
    ),
    lazy(
        "ends-the-process",
        "import os; os._exit(3)",
        done=Done.DEEP,
        state=PluginState.REGISTERED,
        reason="the process",
        hint="orpheus plugin disable {id}",
        status=ExitStatus.FINDINGS,
        works=False,
    ),
    # --- its entry point leads nowhere
    both(
        "no-attribute",
        TAGS,
        target="{module}:nothing",
        reason="has no attribute 'nothing'",
        hint="{package}",
    ),
    both("no-module", TAGS, target="{module}.nowhere", reason="nowhere", hint="{package}"),
    # --- its hooks do not fit
    eager(
        "misspelled",
        TAGS.replace("orpheus_tags", "orpheus_tag"),
        reason="there is no hook orpheus_tag; did you mean orpheus_tags?",
        hint="{package}",
    ),
    lazy(
        "misspelled-lazy",
        TAGS.replace("orpheus_tags", "orpheus_tag"),
        hooks=("orpheus_tag",),
        state=PluginState.INVALID_MANIFEST,
        reason="orpheus_tags",
        hint="{package}",
    ),
    lazy(
        "misspelled-in-code",
        TAGS.replace("orpheus_tags", "orpheus_tag"),
        reason="orpheus_tag; did you mean orpheus_tags?",
        hint="{package}",
    ),
    both(
        "argues",
        TAGS.replace("(tags)", "(tags, colour)"),
        reason="orpheus_tags has no argument colour",
        hint="{package}",
    ),
    # --- its hooks fail
    both(
        "always-raises",
        TAGS.replace("return None", 'raise RuntimeError("never works")'),
        reason="orpheus_tags raised RuntimeError: never works",
        hint="{package}",
    ),
    both(
        "deaf",
        """
        import orpheus_core as oc

        @oc.hookimpl
        def orpheus_event(event):
            raise RuntimeError("hears nothing")
        """,
        hooks=("orpheus_event",),
        state=PluginState.MUTED,
        reason="orpheus_event raised RuntimeError: hears nothing",
        hint="{package}",
    ),
    both(
        "moody",
        """
        import itertools
        import orpheus_core as oc

        calls = itertools.count()

        @oc.hookimpl
        def orpheus_tags(tags):
            if next(calls) < 5:
                raise RuntimeError("not yet")
        """,
        done=Done.ALBUM,
        state=PluginState.ACTIVE,
    ),
    both(
        "wrong-type",
        TAGS.replace("return None", 'return "a comment"'),
        reason="orpheus_tags answered with str where TrackTags was due",
        hint="{package}",
    ),
    # --- it brings what does not work
    eager(
        "half-a-stage",
        _STAGES.replace("redo_from = None", "").format(optional=True, stages='Stage("a", ())'),
        reason="orpheus_stages answered with Stage, which lacks redo_from, where Stage was due",
        hint="{package}",
    ),
    lazy(
        "no-service",
        service("no-service", "return None", before='raise OSError("not today")'),
        hooks=("orpheus_modules",),
        more=_A_SERVICE.format(name="no-service"),
        done=Done.LINK,
        reason="OSError: not today",
        hint="{package}",
        status=ExitStatus.PLUGIN,
        works=False,
    ),
    # --- its manifest is wrong
    lazy(
        "claims-stage",
        _STAGES.format(optional=True, stages=""),
        hooks=("orpheus_stages",),
        more=_A_STAGE.format(name="polish", after='["tag"]', optional="true"),
        state=PluginState.INVALID_MANIFEST,
        reason="polish",
        hint="{package}",
    ),
    lazy(
        "needs-stage",
        _STAGES.format(optional=False, stages=""),
        hooks=("orpheus_stages",),
        more=_A_STAGE.format(name="polish", after='["tag"]', optional="false"),
        state=PluginState.INVALID_MANIFEST,
        reason="polish",
        hint="orpheus plugin disable {id}",
        status=ExitStatus.PLUGIN,
        works=False,
    ),
    lazy(
        "no-toml",
        TAGS,
        text="id = ",
        state=PluginState.INVALID_MANIFEST,
        reason="orpheus.toml",
        hint="{package}",
    ),
    lazy(
        "no-text",
        TAGS,
        text=b"\xff\xfe\x00",
        state=PluginState.INVALID_MANIFEST,
        reason="orpheus.toml",
        hint="{package}",
    ),
    lazy(
        "wrong-key",
        TAGS,
        text='id = "wrong-key"\napi = "1.0"\nsumary = "?"',
        state=PluginState.INVALID_MANIFEST,
        reason="summary",
        hint="{package}",
    ),
    lazy(
        "other-name",
        TAGS,
        text=manifest("another"),
        state=PluginState.INVALID_MANIFEST,
        reason="another",
        hint="{package}",
    ),
    lazy(
        "too-new",
        TAGS,
        api='"2.0"',
        state=PluginState.INCOMPATIBLE,
        reason="2.0",
        hint="pip install --upgrade orpheus-core",
    ),
    lazy(
        "too-old",
        TAGS,
        api='"0.9"',
        state=PluginState.INCOMPATIBLE,
        reason="0.9",
        hint="pip install --upgrade {package}",
    ),
    # --- it is in the way of others
    Broken(
        id="circle",
        packages=(
            Package(plugin="left", code=_stage("left", "right")),
            Package(
                plugin="right",
                code=_stage("right", "left"),
                manifest=manifest(
                    "right",
                    "orpheus_stages",
                    more=_A_STAGE.format(name="right", after='["left"]', optional="true"),
                ),
            ),
        ),
        reason="left (left) before right (right)",
        hint="orpheus plugin disable {id}",
        status=ExitStatus.PLUGIN,
        works=False,
    ),
    both("prints", _PRINTS, state=PluginState.ACTIVE),
    both(
        "patches",
        _PATCHES,
        reason="it replaced requests.adapters.HTTPAdapter.send",
        hint="{package}",
    ),
    lazy(
        "patches-seen",
        _PATCHES,
        done=Done.DEEP,
        state=PluginState.REGISTERED,
        reason="requests.get",
        hint="{package}",
        status=ExitStatus.FINDINGS,
        works=False,
    ),
    Broken(
        id="two-of-one-id",
        packages=(
            Package(plugin="twins", code=TAGS, distribution="orpheus-twins-one"),
            Package(
                plugin="twins",
                code=TAGS,
                distribution="orpheus-twins-two",
                manifest=manifest("twins", "orpheus_tags"),
            ),
        ),
        state=PluginState.CONFLICT,
        reason="claimed by orpheus-twins-one, orpheus-twins-two",
        hint="orpheus plugin disable {id}@{package}",
    ),
]
