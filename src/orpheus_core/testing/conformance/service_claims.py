"""Rules for services: everything that is claimed is tried, and works."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from orpheus_core.music import Quality, Url
from orpheus_core.plugins import Feature
from orpheus_core.services import MediaFile, Service
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matching import services
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.samples import ServiceSample
from orpheus_core.testing.conformance.service_flows import AskForFile
from orpheus_core.testing.conformance.service_results import (
    ended,
    media_of,
    played,
    releases_of,
    tracks_of,
)
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import in_short


def _has_sample(subject: Subject) -> None:
    there = {service.info.id for service, _ in services(subject)}
    break_for(
        f"the service {service.info.id} has none: write a ServiceSample, and name it in the "
        'manifest, as in sample = "package.sample:SAMPLE"'
        for service in subject.brought.services
        if service.info.id not in there
    )


def _flows_work(subject: Subject) -> None:
    faults = []
    for each in played(subject):
        trial = each.trial
        faults += [f"{trial.where}: the sample has no answer for {url}" for url in trial.unanswered]
        if not trial.ended_well:
            faults.append(f"{trial.where}: {in_short(trial)}")
    break_for(faults)


def _every_form_of_link(subject: Subject) -> None:
    break_for(
        f"no link of the sample is of the form {pattern.host}{pattern.path}"
        for service, sample in services(subject)
        for pattern in service.info.links
        if all(pattern.match(Url.parse(link)) is None for link in sample.links)
    )


def _every_kind(subject: Subject) -> None:
    break_for(
        f"{service.info.id} claims the kind {kind.value}, and the sample resolves none"
        for service, sample in services(subject)
        for kind in sorted(service.info.kinds, key=lambda kind: kind.value)
        if all(ref.kind is not kind for ref in sample.resolves)
    )


def _no_other_kind(subject: Subject) -> None:
    break_for(
        f"{service.info.id} does not claim the kind of {ref}"
        for service, sample in services(subject)
        for ref in (*sample.resolves, *sample.links.values())
        if ref.kind not in service.info.kinds
    )


def _every_quality(subject: Subject) -> None:
    for_each = [
        (service, quality, _qualities(subject, service.info.id))
        for service, _ in services(subject)
        for quality in service.info.qualities
    ]
    if not for_each:
        raise RuleSkipped("no service claims a quality")
    break_for(
        f"{service.info.id} claims {quality.value}, and no download of the sample comes in it"
        for service, quality, found in for_each
        if quality not in found
    )


def _no_other_quality(subject: Subject) -> None:
    break_for(
        f"{service.info.id} hands out {quality.value}, and does not claim it"
        for service, _ in services(subject)
        for quality in sorted(_qualities(subject, service.info.id), key=lambda each: each.rank)
        if quality not in service.info.qualities
    )


def _qualities(subject: Subject, service: str) -> set[Quality]:
    return {
        file.format.quality
        for flow, file in ended(subject, AskForFile)
        if flow.ref.service == service and isinstance(file, MediaFile)
    }


@attrs.frozen
class _Claiming:
    """A service that claims a feature."""

    subject: Subject
    service: Service
    sample: ServiceSample


Shown = Callable[[_Claiming], bool]


def _has_downloads(claiming: _Claiming) -> bool:
    return any(not wish.previews for _, wish in claiming.sample.downloads)


def _has_previews(claiming: _Claiming) -> bool:
    return any(wish.previews for _, wish in claiming.sample.downloads)


def _has_searches(claiming: _Claiming) -> bool:
    return bool(claiming.sample.searches)


def _has_covers(claiming: _Claiming) -> bool:
    ident = claiming.service.info.id
    return any(release.images for release in releases_of(claiming.subject, ident)) or any(
        getattr(media, "images", ()) for media in media_of(claiming.subject, ident)
    )


def _has_credits(claiming: _Claiming) -> bool:
    found = tracks_of(claiming.subject, claiming.service.info.id)
    return any(track.credits for track in found)


def _has_lyrics(claiming: _Claiming) -> bool:
    found = tracks_of(claiming.subject, claiming.service.info.id)
    return any(track.lyrics for track in found)


_SHOWN: dict[Feature, tuple[str, Shown]] = {
    Feature.DOWNLOAD: ("the sample has no download of a whole track", _has_downloads),
    Feature.PREVIEWS: ("the sample has no download of a preview", _has_previews),
    Feature.SEARCH: ("the sample has no search", _has_searches),
    Feature.COVERS: ("nothing that the sample resolves has an image", _has_covers),
    Feature.CREDITS: ("no track that the sample resolves has credits", _has_credits),
    Feature.LYRICS: ("no track that the sample resolves has lyrics", _has_lyrics),
}
"""Of the features that a module has a way to show: what is missing, and whether it is there."""


def _nothing_untried(subject: Subject) -> None:
    break_for(
        f"{service.info.id} claims {feature.value}, which no module of this API can show"
        for service in subject.brought.services
        for feature in sorted(service.info.features, key=lambda feature: feature.value)
        if feature not in _SHOWN
    )


def _feature_rule(feature: Feature, missing: str, is_shown: Shown) -> Rule:
    def check(subject: Subject) -> None:
        claiming = [
            _Claiming(subject, service, sample)
            for service, sample in services(subject)
            if feature in service.info.features
        ]
        if not claiming:
            raise RuleSkipped(f"it does not claim {feature.value}")
        break_for(
            f"{each.service.info.id} claims {feature.value}, and {missing}"
            for each in claiming
            if not is_shown(each)
        )

    return Rule(
        code=f"service.shows-{feature.value}",
        level=Level.SILVER,
        kind=RuleKind.SERVICE,
        says=f"A service that claims {feature.value} shows it on its sample.",
        check=check,
    )


def _rule(code: str, says: str, check: Callable[[Subject], None]) -> Rule:
    return Rule(code=code, level=Level.SILVER, kind=RuleKind.SERVICE, says=says, check=check)


RULES = (
    _rule("service.has-sample", "Every service has a sample to be tried on.", _has_sample),
    _rule(
        "service.flows-work",
        "Everything in the sample works, and the sample answers every request.",
        _flows_work,
    ),
    _rule(
        "service.shows-every-link",
        "The sample has a link of every form that the service claims.",
        _every_form_of_link,
    ),
    _rule(
        "service.shows-every-kind",
        "The sample resolves an item of every kind that the service claims.",
        _every_kind,
    ),
    _rule(
        "service.claims-its-kinds",
        "Nothing is resolved or linked to that is of a kind which the service does not claim.",
        _no_other_kind,
    ),
    _rule(
        "service.shows-every-quality",
        "The downloads of the sample come in every quality that the service claims.",
        _every_quality,
    ),
    _rule(
        "service.claims-its-qualities",
        "Nothing is handed out in a quality that the service does not claim.",
        _no_other_quality,
    ),
    _rule(
        "service.claims-what-it-can-show",
        "A service claims no feature that a module has no way to show.",
        _nothing_untried,
    ),
    *(_feature_rule(feature, *shown) for feature, shown in _SHOWN.items()),
)
