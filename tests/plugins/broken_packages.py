"""The ways in which a plugin can be broken, each as a package that pip installs.

Most come twice: without a manifest, so that the plugin is imported whenever an application
opens, and with one (``-lazy``), so that it is imported when one of its hooks is called.
"""

from __future__ import annotations

import enum
import textwrap
from typing import TypedDict, Unpack

import attrs
from tests.plugins.wheelhouse import Package

from orpheus_core import ExitStatus, PluginState

LIMIT_S = 2
"""How long `doctor --deep` waits for an import in these tests."""


class Done(enum.Enum):
    """What a person does with the broken plugin there."""

    TRACK = "downloads a track of the sandbox"
    ALBUM = "downloads an album of the sandbox"
    LINK = "downloads a link of the broken plugin's service"
    DEEP = "has the doctor import every plugin"


@attrs.frozen(kw_only=True)
class Broken:
    """One way.

    Attributes:
        packages: what is installed beside the good plugin; the first is the broken one.
        done: what is done then.
        state: the broken plugin's state at the end of it.
        reason, hint: what is said of it there; empty: nothing is.
        status: how the command ends.
        works: whether the good plugin gets to work.
    """

    id: str
    packages: tuple[Package, ...]
    done: Done = Done.TRACK
    state: PluginState = PluginState.FAILED
    reason: str = ""
    hint: str = ""
    status: ExitStatus = ExitStatus.OK
    works: bool = True

    @property
    def plugin(self) -> str:
        """The broken plugin's id."""
        return self.packages[0].plugin


class Expected(TypedDict, total=False):
    """What a case expects; as in `Broken`."""

    done: Done
    state: PluginState
    reason: str
    hint: str
    status: ExitStatus
    works: bool


def eager(name: str, code: str, *, target: str = "", **expected: Unpack[Expected]) -> list[Broken]:
    """Return the case of a plugin without a manifest."""
    package = Package(plugin=name, code=textwrap.dedent(code), target=target)
    return [_case(name, package, expected)]


def lazy(
    name: str,
    code: str,
    *,
    hooks: tuple[str, ...] = ("orpheus_tags",),
    more: str = "",
    api: str = '"1.0"',
    target: str = "",
    text: str | bytes = "",
    **expected: Unpack[Expected],
) -> list[Broken]:
    """Return the case of a plugin with a manifest: *text*, or one with *hooks* and *more*."""
    package = Package(
        plugin=name,
        code=textwrap.dedent(code),
        target=target,
        manifest=text or manifest(name, *hooks, api=api, more=more),
    )
    return [_case(name, package, expected)]


def both(
    name: str,
    code: str,
    *,
    hooks: tuple[str, ...] = ("orpheus_tags",),
    target: str = "",
    **expected: Unpack[Expected],
) -> list[Broken]:
    """Return both cases of a plugin; everything else about them is the same."""
    return [
        *eager(name, code, target=target, **expected),
        *lazy(f"{name}-lazy", code, hooks=hooks, target=target, **expected),
    ]


def _case(name: str, package: Package, expected: Expected) -> Broken:
    """``{id}`` and ``{package}`` in what is said stand for the plugin's."""
    expected = expected.copy()
    expected["reason"] = _filled(expected.get("reason", ""), package)
    expected["hint"] = _filled(expected.get("hint", ""), package)
    return Broken(id=name, packages=(package,), **expected)


def _filled(text: str, package: Package) -> str:
    return text.replace("{id}", package.plugin).replace("{package}", package.distribution)


def manifest(name: str, *hooks: str, api: str = '"1.0"', more: str = "") -> str:
    """Return the manifest of the plugin *name*."""
    used = [f'[[hooks]]\nname = "{hook}"' for hook in hooks]
    return "\n".join([f'id = "{name}"', f"api = {api}", *used, textwrap.dedent(more)])


TAGS = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    return None
"""

GOOD_COMMENT = "touched by a good plugin"

GOOD = Package(
    plugin="good",
    manifest=manifest("good", "orpheus_tags"),
    code=f"""
import attrs
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    return attrs.evolve(tags, comment="{GOOD_COMMENT}")
""",
)

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


def _stage_manifest(name: str, after: str) -> str:
    more = _A_STAGE.format(name=name, after=f'["{after}"]', optional="true")
    return manifest(f"{name}-lazy", "orpheus_stages", more=more)


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
    *both(
        "import-error",
        "from orpheus_core import NoSuchName",
        reason="cannot import name 'NoSuchName'",
        hint="{package}",
    ),
    *both("syntax-error", "def orpheus_tags(:", reason="SyntaxError", hint="{package}"),
    *both("exits", "import sys; sys.exit(0)", reason="SystemExit: 0", hint="{package}"),
    *both(
        "base-exception",
        'raise BaseException("nobody catches me")',
        reason="BaseException: nobody catches me",
        hint="{package}",
    ),
    *both(
        "dependency-missing",
        "import a_module_that_does_not_exist",
        reason="No module named 'a_module_that_does_not_exist'",
        hint="pip install",
    ),
    *lazy(
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
    *lazy(
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
    *both(
        "no-attribute",
        TAGS,
        target="{module}:nothing",
        reason="has no attribute 'nothing'",
        hint="{package}",
    ),
    *both("no-module", TAGS, target="{module}.nowhere", reason="nowhere", hint="{package}"),
    # --- its hooks do not fit
    *eager(
        "misspelled",
        TAGS.replace("orpheus_tags", "orpheus_tag"),
        reason="there is no hook orpheus_tag; did you mean orpheus_tags?",
        hint="{package}",
    ),
    *lazy(
        "misspelled-lazy",
        TAGS.replace("orpheus_tags", "orpheus_tag"),
        hooks=("orpheus_tag",),
        state=PluginState.INVALID_MANIFEST,
        reason="orpheus_tags",
        hint="{package}",
    ),
    *lazy(
        "misspelled-in-code",
        TAGS.replace("orpheus_tags", "orpheus_tag"),
        reason="orpheus_tag; did you mean orpheus_tags?",
        hint="{package}",
    ),
    *both(
        "argues",
        TAGS.replace("(tags)", "(tags, colour)"),
        reason="orpheus_tags has no argument colour",
        hint="{package}",
    ),
    # --- its hooks fail
    *both(
        "always-raises",
        TAGS.replace("return None", 'raise RuntimeError("never works")'),
        reason="orpheus_tags raised RuntimeError: never works",
        hint="{package}",
    ),
    *both(
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
    *both(
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
    *both(
        "wrong-type",
        TAGS.replace("return None", 'return "a comment"'),
        reason="orpheus_tags answered with str where TrackTags was due",
        hint="{package}",
    ),
    # --- it brings what does not work
    *eager(
        "half-a-stage",
        _STAGES.replace("redo_from = None", "").format(optional=True, stages='Stage("a", ())'),
        reason="orpheus_stages answered with Stage, which lacks redo_from, where Stage was due",
        hint="{package}",
    ),
    *lazy(
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
    *lazy(
        "claims-stage",
        _STAGES.format(optional=True, stages=""),
        hooks=("orpheus_stages",),
        more=_A_STAGE.format(name="polish", after='["tag"]', optional="true"),
        state=PluginState.INVALID_MANIFEST,
        reason="polish",
        hint="{package}",
    ),
    *lazy(
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
    *lazy(
        "no-toml",
        TAGS,
        text="id = ",
        state=PluginState.INVALID_MANIFEST,
        reason="orpheus.toml",
        hint="{package}",
    ),
    *lazy(
        "no-text",
        TAGS,
        text=b"\xff\xfe\x00",
        state=PluginState.INVALID_MANIFEST,
        reason="orpheus.toml",
        hint="{package}",
    ),
    *lazy(
        "wrong-key",
        TAGS,
        text='id = "wrong-key"\napi = "1.0"\nsumary = "?"',
        state=PluginState.INVALID_MANIFEST,
        reason="summary",
        hint="{package}",
    ),
    *lazy(
        "other-name",
        TAGS,
        text=manifest("another"),
        state=PluginState.INVALID_MANIFEST,
        reason="another",
        hint="{package}",
    ),
    *lazy(
        "too-new",
        TAGS,
        api='"2.0"',
        state=PluginState.INCOMPATIBLE,
        reason="2.0",
        hint="pip install --upgrade orpheus-core",
    ),
    *lazy(
        "too-old",
        TAGS,
        api='"0.9"',
        state=PluginState.INCOMPATIBLE,
        reason="0.9",
        hint="pip install --upgrade {package}",
    ),
    # --- it is in the way of others
    *(
        Broken(
            id=f"circle{lazy_}",
            packages=(
                Package(plugin=f"left{lazy_}", code=_stage("left", "right"), manifest=left),
                Package(plugin=f"right{lazy_}", code=_stage("right", "left"), manifest=right),
            ),
            reason=f"left (left{lazy_}) before right (right{lazy_})",
            hint="orpheus plugin disable",
            status=ExitStatus.PLUGIN,
            works=False,
        )
        for lazy_, left, right in (
            ("", None, None),
            ("-lazy", _stage_manifest("left", "right"), _stage_manifest("right", "left")),
        )
    ),
    *both("prints", _PRINTS, state=PluginState.ACTIVE),
    *both(
        "patches",
        _PATCHES,
        reason="it replaced requests.adapters.HTTPAdapter.send",
        hint="{package}",
    ),
    *lazy(
        "patches-seen",
        _PATCHES,
        done=Done.DEEP,
        state=PluginState.REGISTERED,
        reason="requests.get",
        hint="{package}",
        status=ExitStatus.FINDINGS,
        works=False,
    ),
    *(
        Broken(
            id="two-of-one-id" if text is None else "two-of-one-id-lazy",
            packages=tuple(
                Package(plugin=name, code=TAGS, manifest=text, distribution=f"orpheus-{each}")
                for each in (f"{name}-one", f"{name}-two")
            ),
            state=PluginState.CONFLICT,
            reason=f"orpheus-{name}-two",
            hint=f"orpheus plugin disable {name}@orpheus-{name}-",
        )
        for name, text in (("twins", None), ("lazy-twins", manifest("lazy-twins", "orpheus_tags")))
    ),
]
