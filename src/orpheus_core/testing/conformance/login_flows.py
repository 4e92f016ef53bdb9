"""The flows of a login strategy: with the right credentials, and with wrong ones."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import attrs

from orpheus_core.errors import ItemNotFound
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Media, MediaKind, MediaRef, QualityWish, Track
from orpheus_core.plugins import CredentialField, ServiceInfo
from orpheus_core.services import (
    LoginStrategy,
    MediaFile,
    SearchHit,
    ServiceClient,
    ServiceModule,
    Session,
)
from orpheus_core.testing.conformance.bench import Bench, Setup
from orpheus_core.testing.conformance.flows import Flow, Group, Work
from orpheus_core.testing.conformance.levels import RuleKind
from orpheus_core.testing.conformance.samples import LoginSample
from orpheus_core.testing.conformance.subject import Subject


@attrs.frozen(kw_only=True)
class LogIn(Flow):
    """Logging in; *rightly* with the credentials that the service accepts."""

    service: str
    strategy: str
    fields: tuple[CredentialField, ...] = ()
    credentials: Mapping[str, str] = attrs.field(repr=False)
    rightly: bool = True

    def __str__(self) -> str:
        how = "" if self.rightly else " with wrong credentials"
        return f"log in to {self.service} by {self.strategy}{how}"

    def begin(self, bench: Bench) -> Work:
        """Return the work of logging in, as a person's command would."""
        in_use = bench.in_disguise(self.service, self.credentials, self.fields)
        return functools.partial(
            bench.app.sessions.login, self.service, in_use, strategy=self.strategy
        )

    def same(self, one: object, other: object) -> bool:
        """Whether two sessions are the same but for their end, which moves with the clock."""
        if not (isinstance(one, Session) and isinstance(other, Session)):
            return one == other
        return attrs.evolve(one, expires_at=None) == attrs.evolve(other, expires_at=None)


def login_groups(
    subject: Subject, login: LoginStrategy, sample: LoginSample
) -> tuple[Group, Group]:
    """Return the login with the right credentials, and with wrong ones."""
    infos = {each.info.id: each.info for each in subject.brought.services}
    info = infos.get(login.service)
    others = {} if info else {"conformance-service": _StandIn(_stand_in_info(subject, login))}

    def ready(bench: Bench) -> None:
        bench.give(login.service, sample.stored, info.credentials if info else login.fields)

    def group(credentials: Mapping[str, str], *, rightly: bool) -> Group:
        wrong_answers = sample.answers if sample.wrong_answers is None else sample.wrong_answers
        flow = LogIn(
            service=login.service,
            strategy=login.name,
            fields=login.fields,
            credentials=credentials,
            rightly=rightly,
        )
        setup = Setup(
            answers=sample.answers if rightly else wrong_answers, at=sample.at, others=others
        )
        return Group(kind=RuleKind.LOGIN, setup=setup, ready=ready, flows=(flow,))

    return group(sample.credentials, rightly=True), group(sample.wrong_credentials, rightly=False)


def _stand_in_info(subject: Subject, login: LoginStrategy) -> ServiceInfo:
    manifest = subject.candidate.manifest
    return ServiceInfo(
        id=login.service,
        name=login.service,
        kinds=frozenset(),
        features=frozenset(),
        hosts=manifest.hosts if manifest else (),
    )


class _StandIn:
    """The service that a login is for, where another plugin brings it."""

    def __init__(self, info: ServiceInfo) -> None:
        self.info = info

    def resolve(self, client: ServiceClient, ref: MediaRef) -> Media:
        raise ItemNotFound(f"{ref} is not here")

    def file(self, client: ServiceClient, track: Track, wish: QualityWish) -> MediaFile:
        raise ItemNotFound(f"{track.ref} is not here")

    def search(
        self, client: ServiceClient, kind: MediaKind, query: str, limit: int
    ) -> Sequence[SearchHit]:
        return ()

    @hookimpl
    def orpheus_modules(self) -> Sequence[ServiceModule]:
        """Bring the service."""
        return [self]
