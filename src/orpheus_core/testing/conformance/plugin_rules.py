"""Rules for every plugin: it can be installed, and harms nothing by being there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orpheus_core.brain import PluginContext
from orpheus_core.errors import HookFailed, OrpheusError
from orpheus_core.plugin_claims import manifest_of
from orpheus_core.plugins import PluginRecord
from orpheus_core.plugins.api import API, api_text, fits
from orpheus_core.plugins.generated_manifest import differences
from orpheus_core.plugins.implementations import HookManager, implementations_of, no_such_hook
from orpheus_core.plugins.index import PluginIndex
from orpheus_core.testing.conformance.bench import Setup
from orpheus_core.testing.conformance.brought import brought_by, reason_to_stay_out
from orpheus_core.testing.conformance.child_tasks import IMPORT, imported
from orpheus_core.testing.conformance.hook_exercises import ANSWERS, exercised
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import in_short
from orpheus_core.testing.conformance.watch import SideDoorKind

LONGEST_IMPORT_CPU_S = 2.0
_SHOWN_CHARACTERS = 200


def _manifest_reads(subject: Subject) -> None:
    candidate = subject.candidate
    if candidate.problem:
        break_for([candidate.problem])
    if candidate.manifest is None:
        raise RuleSkipped("it has no orpheus.toml: it is imported at each start")


def _manifest_equals_code(subject: Subject) -> None:
    claimed, plugin = subject.candidate.manifest, subject.plugin
    if claimed is None:
        raise RuleSkipped("it has no orpheus.toml")
    with subject.bench() as bench:

        def context(record: PluginRecord) -> PluginContext:
            return PluginContext(
                plugin=record.id,
                settings={each.key: each.default for each in claimed.settings},
                folder=bench.home / "plugin",
                events=bench.app.brain.events,
                host=bench.app.plugins,
            )

        try:
            actual = manifest_of(subject.candidate.id, plugin, claimed, context)
        except OrpheusError as error:
            break_for([f"its code cannot be asked: {error.title} {error.why}".rstrip()])
            return
    found = differences(claimed, actual)
    found += [
        f"orpheus.toml adds the hook {name}, the code does not"
        for name in claimed.adds_hooks
        if name not in actual.adds_hooks
    ]
    break_for(found)


def _api_fits(subject: Subject) -> None:
    manifest = subject.candidate.manifest
    if manifest is None:
        raise RuleSkipped("it has no orpheus.toml that says what it was written for")
    if not fits(manifest.api):
        written_for = " or ".join(map(api_text, manifest.api)) or "nothing"
        break_for([f"it was written for {written_for}; this core has {api_text(API)}"])


def _hooks_are_known(subject: Subject) -> None:
    manager = HookManager()
    known = {*manager.hooks(), *_added_hooks(subject)}
    break_for(
        no_such_hook(manager, hook) for hook in _marked(manager, subject) if hook not in known
    )


def _hooks_fit(subject: Subject) -> None:
    manager = HookManager()
    known = {*manager.hooks(), *_added_hooks(subject)}
    if any(hook not in known for hook in _marked(manager, subject)):
        raise RuleSkipped("a hook is not known: see plugin.hooks-are-known")
    try:
        implementations_of(manager, _instance(subject), _added_hooks(subject))
    except HookFailed as error:
        break_for([error.title])


def _marked(manager: HookManager, subject: Subject) -> Iterator[str]:
    plugin = _instance(subject)
    for name in sorted(dir(plugin)):
        options = None if name.startswith("__") else manager.parse_hookimpl_opts(plugin, name)
        if options is not None and not options.get("optionalhook"):
            yield options.get("specname") or name


def _instance(subject: Subject) -> object:
    plugin = subject.plugin
    return plugin() if isinstance(plugin, type) else plugin


def _added_hooks(subject: Subject) -> frozenset[str]:
    """The hooks that installed plugins add, and this one."""
    manifests = [each.manifest for each in PluginIndex(None).plugins()]
    manifests.append(subject.candidate.manifest)
    return frozenset(name for each in manifests if each for name in each.adds_hooks)


def _imports(subject: Subject) -> None:
    error = subject.once(imported).error
    break_for([error] if error else [])


def _imports_quickly(subject: Subject) -> None:
    found = subject.once(imported)
    faults = [f"its import imports {name}: import it where it is used" for name in found.heavy]
    if found.cpu_s > LONGEST_IMPORT_CPU_S:
        faults.append(f"its import keeps a processor busy for {found.cpu_s:.1f} s")
    break_for(faults)


def _imports_silently(subject: Subject) -> None:
    printed = subject.once(imported).watched.printed.get(IMPORT, "")
    if printed:
        break_for([f"its import prints {printed[:_SHOWN_CHARACTERS]!r}"])


def _import_patches_nothing(subject: Subject) -> None:
    break_for(map(str, subject.once(imported).watched.during(IMPORT, SideDoorKind.PATCH)))


def _import_opens_nothing(subject: Subject) -> None:
    kinds = set(SideDoorKind) - {SideDoorKind.PATCH}
    break_for(map(str, subject.once(imported).watched.during(IMPORT, *kinds)))


def _is_taken_up(subject: Subject) -> None:
    _ = subject.plugin
    with subject.bench() as bench:
        reason = reason_to_stay_out(bench)
        break_for([reason] if reason else [])


def _answers_fit(subject: Subject) -> None:
    with subject.bench() as bench:
        before = len(bench.events)
        brought_by(bench)
        break_for(bench.complaints(bench.events[before:]))


def _sample_can_be_used(subject: Subject) -> None:
    if not subject.candidate.sample:
        raise RuleSkipped("its manifest names no sample")
    subject.read_samples()


def _hooks_work(subject: Subject) -> None:
    hooks = subject.brought.hooks
    faults = []
    tried_any = False
    with subject.bench(Setup(answers=ANSWERS)) as bench:
        faults += bench.complaints(bench.events)  # what is told while it is opened
        for trial in exercised(bench, hooks):
            tried_any = True
            if not trial.ended_well:
                faults.append(f"{trial.flow}: {in_short(trial)}")
            elif isinstance(trial.value, list):
                faults += [f"{trial.flow}: {fault}" for fault in trial.value]
    if not tried_any:
        raise RuleSkipped("it has no hook that can be called with just anything")
    break_for(faults)


def _rule(
    code: str, says: str, check: Callable[[Subject], None], level: Level = Level.BRONZE
) -> Rule:
    return Rule(code=code, level=level, kind=RuleKind.PLUGIN, says=says, check=check)


RULES = (
    _rule("plugin.imports", "A plugin can be imported.", _imports),
    _rule(
        "plugin.imports-quickly",
        "Importing a plugin takes no long time, and no heavy library.",
        _imports_quickly,
    ),
    _rule("plugin.imports-silently", "Importing a plugin prints nothing.", _imports_silently),
    _rule(
        "plugin.import-patches-nothing",
        "Importing a plugin puts nothing in the place of what others use.",
        _import_patches_nothing,
    ),
    _rule(
        "plugin.import-opens-nothing",
        "Importing a plugin opens no socket, starts no process or thread, writes no file.",
        _import_opens_nothing,
    ),
    _rule("plugin.manifest-reads", "The manifest can be read.", _manifest_reads),
    _rule("plugin.api-fits", "A plugin fits the hook API of this core.", _api_fits),
    _rule("plugin.hooks-are-known", "Every hook is one that exists.", _hooks_are_known),
    _rule(
        "plugin.hooks-fit",
        "Every hook is a function that can be called with what the hook offers.",
        _hooks_fit,
    ),
    _rule("plugin.is-taken-up", "An application takes the plugin up.", _is_taken_up),
    _rule(
        "plugin.answers-fit",
        "What the plugin brings is of the types that its hooks are for.",
        _answers_fit,
    ),
    _rule(
        "plugin.manifest-equals-code",
        "The manifest says what the code brings, no more and no less.",
        _manifest_equals_code,
    ),
    _rule(
        "plugin.sample-can-be-used",
        "The sample that the manifest names can be imported, and is one.",
        _sample_can_be_used,
        Level.SILVER,
    ),
    _rule(
        "plugin.hooks-work",
        "Hooks that need no sample work with whatever they are given.",
        _hooks_work,
        Level.SILVER,
    ),
)
