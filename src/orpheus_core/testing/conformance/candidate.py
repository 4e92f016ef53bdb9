"""The plugin that is tried, as far as it is known before it is imported."""

from __future__ import annotations

from pathlib import Path

import attrs

from orpheus_core.errors import (
    InvalidPluginManifest,
    PluginLoadFailed,
    UnknownPlugin,
    WrongArguments,
)
from orpheus_core.plugins import PluginManifest, in_words
from orpheus_core.plugins.discovery import loaded
from orpheus_core.plugins.index import FoundPlugin, PluginIndex
from orpheus_core.plugins.location import location_of
from orpheus_core.plugins.manifest_file import read_manifest
from orpheus_core.testing.conformance.samples import (
    AdvisorSample,
    LoginSample,
    Sample,
    SecretBackendSample,
    ServiceSample,
    StageSample,
)

_SAMPLES = (AdvisorSample, LoginSample, SecretBackendSample, ServiceSample, StageSample)


@attrs.frozen(kw_only=True)
class Candidate:
    """A plugin that is to be tried.

    Attributes:
        id: its id.
        distribution, version: what pip calls it; empty when nothing installed it.
        value: its entry point; empty when it was handed over.
        manifest: None when it has none, or none that can be read.
        problem: why its manifest or its metadata cannot be read.
        code: the folders of its package, or the file of its module.
        sample: where its sample is: ``package.module:OBJECT``; empty when nowhere.
        handed_over: the plugin itself, where a test has it.
    """

    id: str
    distribution: str = ""
    version: str = ""
    value: str = ""
    manifest: PluginManifest | None = None
    problem: str = ""
    code: tuple[str, ...] = ()
    sample: str = ""
    handed_over: object = attrs.field(default=None, repr=False)

    @property
    def label(self) -> str:
        """As it is named in reports: ``orpheus-deezer 0.1.0``."""
        return label_of(self.id, self.distribution, self.version)

    def with_sample(self, sample: str) -> Candidate:
        """Return the same plugin, to be tried on what *sample* names."""
        return attrs.evolve(self, sample=sample)

    def load(self) -> object:
        """Return the plugin, imported now unless it was handed over.

        Raises:
            BaseException: whatever its import raises.
        """
        return self.handed_over if not self.value else loaded(self.value)


def label_of(ident: str, distribution: str, version: str) -> str:
    """Return how a plugin is named in reports: by its distribution, where that is enough.

    >>> label_of("deezer", "orpheus-deezer", "0.1.0")
    'orpheus-deezer 0.1.0'
    >>> label_of("sandbox", "orpheus-core", "0.1.0")
    'sandbox of orpheus-core 0.1.0'
    """
    if distribution and not distribution.endswith(ident):
        distribution = f"{ident} of {distribution}"
    return f"{distribution or ident} {version}".rstrip()


def candidate_of(found: FoundPlugin) -> Candidate:
    """Return the candidate for an installed plugin."""
    return Candidate(
        id=found.id,
        distribution=found.distribution,
        version=found.version,
        value=found.value,
        manifest=found.manifest,
        problem=found.problem,
        code=found.code,
        sample=(found.manifest and found.manifest.sample) or "",
    )


def installed_as(ident: str, value: str, distribution: str = "", version: str = "") -> Candidate:
    """Return the plugin whose entry point is *value*, whatever pip knows of it.

    Its manifest is looked for beside its code, which has to be on ``sys.path``.
    """
    location = location_of(value)
    manifest, problem = None, ""
    for file in map(Path, location.manifests):
        if file.is_file():
            try:
                manifest = read_manifest(file.read_bytes(), str(file))
            except InvalidPluginManifest as error:
                problem = f"{error.title}: {error.why}"
            break
    if manifest is not None and manifest.id != ident:
        problem = f"orpheus.toml says the id is {manifest.id}, the entry point is named {ident}"
        manifest = None
    return Candidate(
        id=ident,
        distribution=distribution,
        version=version,
        value=value,
        manifest=manifest,
        problem=problem,
        code=location.code,
        sample=(manifest and manifest.sample) or "",
    )


def installed(name: str) -> Candidate:
    """Return the installed plugin *name*: an id, or ID@DISTRIBUTION.

    Raises:
        UnknownPlugin: there is none.
    """
    from orpheus_core.cli.failures import nearest

    found = PluginIndex(None).plugins()
    for each in found:
        if name in (each.id, f"{each.id}@{each.distribution}"):
            return candidate_of(each)
    known = sorted({each.id for each in found})
    near = nearest(name, known)
    raise UnknownPlugin(
        f"there is no installed plugin {name!r}",
        why=f"installed are {', '.join(known) or 'none'}",
        next_step=f"did you mean {near}?" if near else "",
    )


def samples_of(text: str) -> tuple[Sample, ...]:
    """Import and return what *text* names as ``package.module:OBJECT``.

    Raises:
        WrongArguments: it is neither a sample nor a tuple of samples.
        Exception: whatever the import raises; an end of the process counts as a failure.
    """
    try:
        return as_samples(loaded(text), text)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginLoadFailed(f"{text} cannot be imported", why=in_words(error)) from error


def as_samples(value: object, name: str = "sample") -> tuple[Sample, ...]:
    """Return *value*, a sample or several, as a tuple.

    Raises:
        WrongArguments: it is something else.
    """
    if value is None:
        return ()
    several = value if isinstance(value, tuple | list) else (value,)
    samples = [each for each in several if isinstance(each, _SAMPLES)]
    if len(samples) != len(several):
        other = next(each for each in several if not isinstance(each, _SAMPLES))
        raise WrongArguments(
            f"{name} holds a {type(other).__name__}, which is no sample",
            next_step="samples are " + ", ".join(kind.__name__ for kind in _SAMPLES),
        )
    return tuple(samples)
