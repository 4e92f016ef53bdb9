"""What a hundred plugins cost: commands with 0, 1, 10 and 100 synthetic plugins installed.

Each plugin is a distribution of its own that pip installed: a service with a manifest. The
same hundred without their manifests, and a plain pluggy host that loads every entry point,
stand beside them for contrast, and ``python -c pass`` below all. Every way is a child process;
they take turns, and medians are compared. Times are told, never judged; how many plugins a
way imports is counted, and a wrong count ends this with status 1.

    python benchmarks/plugins.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.plugins.wheelhouse import Package, pip

_BUDGET_S = 60.0
_MOST_ROUNDS = 15
_NUMBERS = (0, 1, 10, 100)
_MOST = max(_NUMBERS)
_LINK = "https://www.synthetic-000.example/album/1"
_LINK_OF_THE_CORE = "https://sandbox.example/album/lanterns"

_MANIFEST = """
id = "{name}"
api = "1.0"
summary = "A service that is made up, number {number}"

[[hooks]]
name = "orpheus_modules"

[[services]]
id = "{name}"
name = "Synthetic {number}"
kinds = ["album", "track"]
features = ["download"]
hosts = ["api.{name}.example"]
  [[services.links]]
  host = "www.{name}.example"
  path = "/album/{{id}}"
  kind = "album"
  [[services.links]]
  host = "www.{name}.example"
  path = "/track/{{id}}"
  kind = "track"
"""

_CODE = """
import attrs

import orpheus_core as oc


@attrs.frozen(kw_only=True)
class Artist:
    id: str
    name: str


@attrs.frozen(kw_only=True)
class Track:
    id: str
    title: str
    artist: Artist
    duration_s: float


@attrs.frozen(kw_only=True)
class Album:
    id: str
    title: str
    artist: Artist
    tracks: tuple[Track, ...] = ()


class Module:
    info = oc.ServiceInfo(
        id="{name}",
        name="Synthetic {number}",
        kinds=frozenset({{oc.MediaKind.ALBUM, oc.MediaKind.TRACK}}),
        features=frozenset({{oc.Feature.DOWNLOAD}}),
        hosts=("api.{name}.example",),
        links=(
            oc.LinkPattern(
                host="www.{name}.example", path="/album/{{id}}", kind=oc.MediaKind.ALBUM
            ),
            oc.LinkPattern(
                host="www.{name}.example", path="/track/{{id}}", kind=oc.MediaKind.TRACK
            ),
        ),
    )

    def resolve(self, client, ref):
        return oc.Release(ref=ref, title="Made up")

    def file(self, client, track, wish):
        raise oc.ItemNotFound("there is none")

    def search(self, client, kind, query, limit):
        return []


@oc.hookimpl
def orpheus_modules():
    return [Module()]
"""

_COUNT = """
import sys
found = [name for name in sys.modules if name.startswith("orpheus_synthetic_")]
print(len(found), file=sys.stderr)
"""

_COMMAND = "import sys\nfrom orpheus_core.cli import main\nmain(sys.argv[1:])\n" + _COUNT

_ROUTE = """
import orpheus_core as oc
with oc.Orpheus() as app:
    ref = app.registry.read({link!r})
"""

_RESOLVE = f"""{_ROUTE}
    app.registry.get_service(ref.service).resolve(app.client(ref.service), ref)
"""

_PLAIN_HOST = """
import pluggy
from orpheus_core import hookspecs
plugins = pluggy.PluginManager("orpheus")
plugins.add_hookspecs(hookspecs)
plugins.load_setuptools_entrypoints("orpheus.plugins")
plugins.hook.orpheus_modules()
"""


@attrs.frozen
class Site:
    """A folder with plugins, and a home for those who use them."""

    name: str
    plugins: int
    folder: Path
    home: Path

    def run(self, arguments: Sequence[str], *, index: bool) -> str:
        """Run Python; return what it said on standard error."""
        bypass = {} if index else {"ORPHEUS_NO_INDEX": "1"}
        own = {"PYTHONPATH": str(self.folder), "ORPHEUS_HOME": str(self.home)}
        ended = subprocess.run(
            [sys.executable, "-P", *arguments],
            env={**os.environ, **own, **bypass},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )
        return ended.stderr


@attrs.frozen
class Way:
    """Something that is done with the plugins of a site.

    *imports* is how many of them it has to import, *counted* the arguments that tell; *index*
    says whether what is known from the process before may be used.
    """

    name: str
    site: Site
    timed: tuple[str, ...]
    counted: tuple[str, ...] = ()
    imports: int = 0
    index: bool = True

    def imported(self) -> int:
        """Do it once; return how many plugins it imported."""
        return int(self.site.run(self.counted, index=self.index).split()[-1])

    def took_s(self) -> float:
        """Do it once; return how long it took."""
        began_s = time.perf_counter()
        self.site.run(self.timed, index=self.index)
        return time.perf_counter() - began_s


def _sites(root: Path) -> Iterator[Site]:
    for count in _NUMBERS:
        yield _site(root / f"with-{count}", f"{count} with manifests", count, manifests=True)
    yield _site(root / "without-manifests", f"{_MOST} without manifests", _MOST, manifests=False)


def _site(root: Path, name: str, count: int, *, manifests: bool) -> Site:
    site = Site(name, count, root / "site", root / "home")
    site.folder.mkdir(parents=True)
    wheels = [_package(number, manifests).wheel(root / "wheels") for number in range(count)]
    if wheels:
        pip("install", "--no-index", "--no-deps", "--target", site.folder, *wheels)
    return site


def _package(number: int, manifest: bool) -> Package:
    name = f"synthetic-{number:03}"
    return Package(
        plugin=name,
        code=_CODE.format(name=name, number=number),
        manifest=_MANIFEST.format(name=name, number=number) if manifest else None,
    )


def _ways(site: Site) -> list[Way]:
    """What is done with *site*. Where it has no plugin, the link is one of the core's own."""
    eager = site.plugins if "without" in site.name else 0
    ways = [
        _of_command("--version", site, "--version"),
        _of_command("plugin list", site, "plugin", "list"),
        attrs.evolve(_of_command("plugin list, no index", site, "plugin", "list"), index=False),
    ]
    link = _LINK if site.plugins else _LINK_OF_THE_CORE
    ways.append(_of_code("a link routed", site, _ROUTE.format(link=link), eager))
    if site.plugins:
        ways.append(_of_code("a link resolved", site, _RESOLVE.format(link=link), eager or 1))
    return [*ways, _of_code("a plain pluggy host", site, _PLAIN_HOST, site.plugins)]


def _of_command(name: str, site: Site, *words: str) -> Way:
    return Way(name, site, ("-m", "orpheus_core", *words), ("-c", _COMMAND, *words))


def _of_code(name: str, site: Site, code: str, imports: int) -> Way:
    return Way(name, site, ("-c", code), ("-c", code + _COUNT), imports)


def _measure(ways: Sequence[Way]) -> dict[Way, list[float]]:
    """Let the ways take turns until the time is over; each has been done before."""
    times: dict[Way, list[float]] = {way: [] for way in ways}
    due_s = time.monotonic() + _BUDGET_S
    for _ in range(_MOST_ROUNDS):
        for way in ways:
            times[way].append(way.took_s())
        if time.monotonic() > due_s:
            break
    return times


def _show(times: dict[Way, list[float]], imported: dict[Way, int]) -> None:
    medians = {way: statistics.median(each) for way, each in times.items()}
    base_s = next(median for way, median in medians.items() if not way.counted)
    none_s = {way.name: medians[way] for way in medians if way.site.plugins == 0}
    rounds = len(next(iter(times.values())))
    say = sys.stdout.write
    say(f"median of {rounds} rounds; python -c pass takes {base_s * 1000:.0f} ms\n\n")
    say(f"{'what':22}{'installed':24}{'ms':>7}{'x pass':>9}{'x none':>9}{'imported':>10}\n")
    for way, median in medians.items():
        if not way.counted:
            continue
        none = f"{median / none_s[way.name]:.2f}" if way.name in none_s else "-"
        say(
            f"{way.name:22}{way.site.name:24}{median * 1000:7.0f}{median / base_s:9.1f}"
            f"{none:>9}{imported[way]:>10}\n"
        )


def main() -> int:
    """Measure and count; print the table; return 1 when a way imports what it need not."""
    with tempfile.TemporaryDirectory() as folder:
        sites = list(_sites(Path(folder)))
        ways = sorted((way for site in sites for way in _ways(site)), key=lambda way: way.name)
        imported = {way: way.imported() for way in ways}
        times = _measure([Way("python -c pass", sites[0], ("-c", "pass")), *ways])
    _show(times, imported)
    wrong = [way for way in ways if imported[way] != way.imports]
    for way in wrong:
        sys.stdout.write(
            f"{way.name} with {way.site.name} imports {imported[way]}, not {way.imports}\n"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
