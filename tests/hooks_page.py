"""Writes docs/reference/hooks.md from hookspecs.py: ``python tests/hooks_page.py --write``.

What a hook is comes from its docstring and its signature, since when it is there from
hook_api.toml, who uses it from the shipped plugins, the example from hook_examples.py.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from orpheus_core import hookspecs

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "hooks.md"
HEAD = HERE / "hooks_page_head.md"
COMMAND = "python tests/hooks_page.py --write"

_ARGUMENT = re.compile(r"^    (\w+): (.+?)(?=^    \w+: |\Z)", re.DOTALL | re.MULTILINE)


@attrs.frozen(kw_only=True)
class Documentation:
    """What a hook's docstring says.

    *asks* is its first sentence, *verb* how the answers are put together, *more* when it is
    asked and what else there is to know, *arguments* what is said of each.
    """

    asks: str
    verb: str
    more: str
    arguments: Mapping[str, str]


def documentation(hook: Callable[..., object]) -> Documentation:
    """Return what the docstring of *hook* says; what it does not say is empty."""
    whole = (inspect.getdoc(hook) or "").replace("``", "`")
    text, _, described = whole.partition("\nArgs:\n")
    first, _, more = text.partition("\n")
    asks, _, verb = first.partition(" Verb: ")
    return Documentation(
        asks=asks,
        verb=verb.rstrip("."),
        more=" ".join(more.split()),
        arguments={name: " ".join(says.split()) for name, says in _ARGUMENT.findall(described)},
    )


def examples() -> dict[str, str]:
    """The implementation of each hook in hook_examples.py, as it stands there."""
    source = (HERE / "hook_examples.py").read_text("utf-8")
    lines = source.splitlines()
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name in vars(hookspecs):
            if "hookimpl" not in ast.unparse(node.decorator_list[0]):
                continue
            begin = node.decorator_list[0].lineno - 1
            found[node.name] = textwrap.dedent("\n".join(lines[begin : node.end_lineno]))
    return found


def page(users: Mapping[str, list[str]]) -> str:
    """Return the whole page. *users* are the shipped plugins that use each hook."""
    snapshot = tomllib.loads((HERE / "hook_api.toml").read_text("utf-8"))["hooks"]
    shown = examples()
    table = ["| hook | verb | what an implementation does |", "| --- | --- | --- |"]
    entries = []
    for name, hook in vars(hookspecs).items():
        if not name.startswith("orpheus_"):
            continue
        says = documentation(hook)
        table.append(f"| [`{name}`](#{name}) | {says.verb} | {says.asks} |")
        lines = _entry(name, hook, snapshot[name]["since"], users.get(name, []), shown[name])
        entries.append("\n".join(lines))
    return "\n\n".join([HEAD.read_text("utf-8").rstrip(), "\n".join(table), *entries]) + "\n"


def _entry(
    name: str, hook: Callable[..., object], since: str, users: list[str], example: str
) -> Iterator[str]:
    """Yield the lines of one hook."""
    says = documentation(hook)
    signature = inspect.signature(hook)
    yield f"## `{name}`"
    yield ""
    yield f"{says.asks} {says.more}".strip()
    yield ""
    yield f"- Verb: {says.verb}" + (", wrappers allowed" if name in hookspecs.AROUND else "")
    for each in signature.parameters.values():
        default = "" if each.default is each.empty else f", `{each.default!r}` when absent"
        means = says.arguments[each.name]
        yield f"- Argument `{each.name}`, `{each.annotation}`{default}: {means}"
    yield f"- Answer: `{signature.return_annotation}`"
    yield f"- Since: API {since}"
    yield f"- Used by: {', '.join(f'`{user}`' for user in users) or 'nobody yet'}"
    yield ""
    yield f"```python\n{example}\n```"


def main(arguments: list[str]) -> int:
    """Write the page with ``--write``; return 1 when it is stale."""
    shipped_plugins = importlib.import_module("shipped_plugins")
    text = page(shipped_plugins.users())
    if "--write" in arguments:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    is_stale = PAGE.read_text("utf-8") != text
    print(f"stale: {COMMAND}" if is_stale else "the page is up to date")
    return int(is_stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
