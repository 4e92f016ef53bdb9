"""Every hook is documented where it stands, called as it says, used by what is shipped, tested."""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

import orpheus_core
from orpheus_core import hookspecs
from orpheus_core.plugins import PluginHost, PluginState

HOOKS = {
    name: function for name, function in vars(hookspecs).items() if name.startswith("orpheus_")
}
HERE = Path(__file__).parent
PLUGINS = HERE.parent / "plugins"
SOURCE = Path(orpheus_core.__file__).parent
VERBS = ("collect", "first", "fold", "around", "emit")
OF_THE_HOOKS_THEMSELVES = {
    "hook_api.py", "hook_examples.py", "test_hook_api.py", "test_hookspecs.py",
}  # fmt: skip


def _loaded(name: str) -> ModuleType:
    """The script beside this file; tests are no package, so it cannot be imported by name."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec
        assert spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


hooks_page = _loaded("hooks_page")
needs_plugins = pytest.mark.skipif(
    not PLUGINS.is_dir(), reason="an unpacked sdist of the core has no plugins"
)


@functools.cache
def users() -> Mapping[str, list[str]]:
    return _loaded("shipped_plugins").users()  # type: ignore[no-any-return] # loaded by its path


@functools.cache
def texts(*files: str) -> Mapping[Path, str]:
    """The files of the repository that the patterns *files* name."""
    found = [path for pattern in files for path in HERE.parent.glob(pattern)]
    return {path: path.read_text("utf-8") for path in found}


@functools.cache
def calls() -> Mapping[str, set[str]]:
    """The verbs with which the core calls each hook: ``host.collect("orpheus_modules", ...)``.

    The name may stand in a constant of the module. What the kit for plugins calls does not count.
    """
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        if "testing" not in path.relative_to(SOURCE).parts:
            for hook, verb in calls_in(ast.parse(path.read_text("utf-8"))):
                found.setdefault(hook, set()).add(verb)
    return found


def calls_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    constants = {
        ast.unparse(target): node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            verb = ast.unparse(node.func).rpartition(".")[2]
            first = node.args[0]
            value = constants.get(first.id) if isinstance(first, ast.Name) else first
            if verb in VERBS and isinstance(value, ast.Constant) and value.value in HOOKS:
                yield str(value.value), verb


def test_a_call_is_found_however_its_hook_is_named() -> None:
    """By itself or by a constant; what is not called with a verb is no call."""
    tree = ast.parse(
        '_HOOK = "orpheus_stages"\n'
        "def work(host):\n"
        "    host.collect(_HOOK, object)\n"
        '    self._plugins.first("orpheus_decide", object, question=1)\n'
        '    manifest.use_of("orpheus_tags")\n'
    )
    assert set(calls_in(tree)) == {("orpheus_stages", "collect"), ("orpheus_decide", "first")}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_what_it_asks_and_when_and_names_its_verb(name: str) -> None:
    """In its docstring: the reference is made of it."""
    says = hooks_page.documentation(HOOKS[name])
    assert says.asks.endswith(".")
    assert says.verb in VERBS
    assert says.more.startswith("Asked "), "when is it asked?"


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_describes_each_of_its_arguments_and_no_other(name: str) -> None:
    """Below Args, in their order, with a sentence for each."""
    says = hooks_page.documentation(HOOKS[name])
    assert list(says.arguments) == list(inspect.signature(HOOKS[name]).parameters)
    assert all(sentence.endswith(".") for sentence in says.arguments.values())


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_called_with_the_verb_that_is_documented(name: str) -> None:
    """No hook exists that nobody calls."""
    assert calls().get(name, set()) == {hooks_page.documentation(HOOKS[name]).verb}


@needs_plugins
@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_shipped_user(name: str) -> None:
    """One of the core's own plugins, or a package below plugins/."""
    assert users().get(name), f"no built-in and no package below plugins/ implements {name}"


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_a_test_that_names_it(name: str) -> None:
    """Beside those that look at all hooks alike."""
    tests = texts("tests/**/*.py", "plugins/*/tests/**/*.py")
    named = re.compile(rf"\b{name}\b")
    about = [path for path, text in tests.items() if named.search(text)]
    assert [path for path in about if path.name not in OF_THE_HOOKS_THEMSELVES]


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_an_example_of_few_lines(name: str) -> None:
    """What it takes to use it is seen at a glance."""
    assert len(hooks_page.examples()[name].splitlines()) <= 5


def test_the_examples_are_plugins_that_load() -> None:
    """Names and arguments of each are what the host accepts."""
    module = _loaded("hook_examples")
    host = PluginHost()
    host.register("tidy", module)
    host.register("tidy-object", module.Tidy())
    shown: set[str] = set()
    for record in host.records():
        assert record.state is PluginState.ACTIVE, record.reason
        shown.update(record.hooks)
    assert shown == set(HOOKS)


@needs_plugins
def test_the_reference_is_what_the_hooks_are() -> None:
    """The page is generated."""
    text = hooks_page.PAGE.read_text("utf-8")
    assert text == hooks_page.page(users()), f"stale: {hooks_page.COMMAND}"


def test_the_reference_explains_every_verb() -> None:
    """In its head."""
    head = hooks_page.HEAD.read_text("utf-8")
    for verb in VERBS:
        assert f"| {verb} |" in head
