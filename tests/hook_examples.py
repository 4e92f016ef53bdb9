"""One implementation of each hook: what docs/reference/hooks.md shows, read from here."""

from __future__ import annotations

import collections
from collections.abc import Generator, Mapping, Sequence

import attrs
import click
from requests import Response

import orpheus_core as oc


class Tunes:
    """A service, cut short: examples/ has a whole one."""

    info = oc.ServiceInfo(
        id="tunes",
        name="Tunes",
        kinds=frozenset({oc.MediaKind.TRACK}),
        features=frozenset(),
        hosts=("tunes.example",),
    )

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        """Find nothing."""
        raise oc.ItemNotFound(f"there is no {ref}")

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        """Offer nothing."""
        raise oc.QualityUnavailable(f"{track.title} is not offered")

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        """Find nothing."""
        return []


class TunesLogin:
    """A way to log in."""

    name = "token"
    service = "tunes"
    fields = (oc.CredentialField(name="token", label="your token"),)

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        """Take the token as it is."""
        return oc.Session(service="tunes", strategy="token", credentials=credentials)


class Drawer:
    """A place for secrets."""

    name = "drawer"
    priority = 10

    def get(self, service: str, field: str) -> str | None:
        """Have nothing."""
        return None

    def set(self, service: str, field: str, value: str | None) -> bool:
        """Take nothing."""
        return False


class Loudness(oc.TrackStage):
    """A stage that changes nothing."""

    name = "loudness"
    after = ("download",)
    before = ("tag",)

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        """Return *item* as it is."""
        return item


class Tally:
    """A sink that counts, and keeps nothing else."""

    name = "tally"
    waited_for = False

    def write(self, events: Sequence[oc.Event]) -> None:
        """Count them."""
        SEEN.update(event.kind for event in events)

    def close(self) -> None:
        """Hold nothing."""


class TidyHooks:
    """Hooks that a plugin ``tidy`` adds."""

    @oc.hookspec
    def orpheus_tidy_folders(self) -> Sequence[str]:
        """Answer with folders to look at."""
        raise NotImplementedError


@click.command
def tidy() -> None:
    """Do nothing."""


def look(thorough: bool) -> list[oc.Finding]:
    """Find nothing."""
    return []


SEEN: collections.Counter[str] = collections.Counter()
SLEEPS = oc.Prediction(
    what=oc.Predicted.REQUEST_FAILS,
    about="tunes.example",
    chance=0.5,
    confidence=0.9,
    observations=12,
    reason="at night it sleeps",
)


@oc.hookimpl
def orpheus_modules() -> list[oc.ServiceModule]:
    return [Tunes()]


@oc.hookimpl
def orpheus_login_strategies() -> list[oc.LoginStrategy]:
    return [TunesLogin()]


@oc.hookimpl
def orpheus_secret_backends() -> list[oc.SecretBackend]:
    return [Drawer()]


@oc.hookimpl
def orpheus_stages() -> list[oc.Stage]:
    return [Loudness()]


@oc.hookimpl(wrapper=True)
def orpheus_run_stage(stage: oc.Stage) -> Generator[None, oc.Item, oc.Item]:
    SEEN[stage.name] += 1
    return (yield)


@oc.hookimpl(wrapper=True)
def orpheus_send(request: oc.OutgoingRequest) -> Generator[None, Response, Response]:
    SEEN[request.service] += 1
    return (yield)


@oc.hookimpl
def orpheus_event(event: oc.Event) -> None:
    SEEN[event.kind] += 1


@oc.hookimpl
def orpheus_advise(event: oc.Event) -> list[oc.Advice]:
    full = event.error_type == "io.disk-full"
    return [oc.Advice(code="tidy.full", title="Previews can go first.")] if full else []


@oc.hookimpl
def orpheus_decide(question: oc.Question) -> oc.Decision | None:
    if not isinstance(question, oc.RetryQuestion) or question.service != "tunes":
        return None
    return oc.Decision(verdict=oc.Verdict.RETRY, reason="its server sleeps", after_s=30)


@oc.hookimpl
def orpheus_rules() -> list[oc.Rule]:
    failed = oc.EventPattern(kind="transfer.interrupted", where={"service": "tunes"})
    slow_down = oc.Mitigation(kind=oc.MitigationKind.SLOW_DOWN, for_s=600)
    return [oc.Rule(id="tired", when=failed, count=5, per=oc.Per.SERVICE, then=(slow_down,))]


@oc.hookimpl
def orpheus_predict(question: oc.Question) -> list[oc.Prediction]:
    return [SLEEPS] if question.service == "tunes" else []


@oc.hookimpl
def orpheus_event_sinks() -> list[oc.EventSink]:
    return [Tally()]


@oc.hookimpl
def orpheus_file_name(values: Mapping[str, str]) -> str | None:
    return "Scores/{album}/{track} {title}" if values["genre"] == "Soundtrack" else None


@oc.hookimpl
def orpheus_tags(tags: oc.TrackTags) -> oc.TrackTags | None:
    return attrs.evolve(tags, comment=None) if tags.comment else None


@oc.hookimpl
def orpheus_commands() -> list[oc.Command]:
    info = oc.CommandInfo(words=("tidy",), help="Tidy up.")
    return [oc.Command(info=info, command=tidy)]


@oc.hookimpl
def orpheus_checks() -> list[oc.Check]:
    return [oc.Check(id="tidy.folder", title="the folder of tidy", run=look)]


@oc.hookimpl
def orpheus_add_hookspecs() -> list[object]:
    return [TidyHooks]


class Tidy:
    """A plugin that is an object: each application makes one of its own."""

    @oc.hookimpl
    def orpheus_configure(self, context: oc.PluginContext) -> None:
        self.context = context

    @oc.hookimpl
    def orpheus_plugin_state(self, record: oc.PluginRecord) -> None:
        if record.state is oc.PluginState.MUTED:
            self.context.say(f"{record.id} will say no more.")

    @oc.hookimpl
    def orpheus_teardown(self) -> None:
        (self.context.folder / "last-seen").unlink(missing_ok=True)
