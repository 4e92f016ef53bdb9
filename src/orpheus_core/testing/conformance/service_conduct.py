"""Rules for services: what is answered is right, whole, and the same each time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from orpheus_core.errors import ItemNotFound, OrpheusError
from orpheus_core.music import (
    Artist,
    MediaKind,
    MediaRef,
    Playlist,
    Release,
    Track,
)
from orpheus_core.network.hosts import admits, host_of
from orpheus_core.services import MediaFile, SearchHit
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matching import services
from orpheus_core.testing.conformance.matrix import matrix_of
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.service_flows import (
    AskForFile,
    Find,
    Resolve,
    Search,
    SearchModule,
    group_of,
)
from orpheus_core.testing.conformance.service_results import (
    ended,
    info_of,
    media_of,
    releases_of,
    tracks_of,
)
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import difference, in_short

_TYPES = {
    MediaKind.TRACK: Track,
    MediaKind.ALBUM: Release,
    MediaKind.PLAYLIST: Playlist,
    MediaKind.ARTIST: Artist,
    MediaKind.LABEL: Artist,
}
"""What a reference of each kind resolves to."""

# Source: ISO 3901 (ISRC: country, registrant, year, number).
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_UPC = re.compile(r"[0-9]{8,14}")
_LONGEST_TRACK_S = 24 * 3600.0
_LIMITS = (1, 2)


def _links_lead_home(subject: Subject) -> None:
    faults = []
    with subject.bench() as bench:
        for _, sample in services(subject):
            for link, ref in sample.links.items():
                try:
                    found = bench.app.registry.read(link)
                except OrpheusError as error:
                    faults.append(f"{link} leads nowhere: {error.title}")
                    continue
                if isinstance(found, MediaRef) and found != ref:
                    faults.append(f"{link} leads to {found}, not to {ref}")
    wanted = {link: ref for _, sample in services(subject) for link, ref in sample.links.items()}
    faults += [
        f"{flow.link} leads to {found}, not to {wanted[flow.link]}"
        for flow, found in ended(subject, Find)
        if found != wanted[flow.link]
    ]
    break_for(faults)


def _resolves_what_was_asked(subject: Subject) -> None:
    faults = []
    resolved = {flow.ref: media for flow, media in ended(subject, Resolve)}
    for ref, media in resolved.items():
        due = _TYPES[ref.kind]
        if not isinstance(media, due):
            faults.append(f"{ref} resolves to a {type(media).__name__}; due was a {due.__name__}")
            continue
        own = getattr(media, "ref", None)
        if own is None:
            faults.append(f"{ref} resolves to something that does not say what it is")
        elif own != ref and resolved.get(own) != media:
            # An ISRC, say, names a track as well: fine when the track's own id gives the same.
            faults.append(f"{ref} resolves to {own}, which the sample does not show to be the same")
    break_for(faults)


def _answers_alike(subject: Subject) -> None:
    faults = []
    for each in subject.once(matrix_of).again(RuleKind.SERVICE):
        first, second = each.well, each.trial
        if not first.ended_well:
            continue
        if not second.ended_well:
            faults.append(f"{each.flow} the second time: {in_short(second)}")
        elif not each.flow.same(first.value, second.value):
            what = difference(first.value, second.value)
            faults.append(f"{each.flow} the second time: {what}")
    break_for(faults)


def _tracks_are_whole(subject: Subject) -> None:
    faults = []
    for track in tracks_of(subject):
        faults += [f"{track.ref} has {what}" for what in _faults_of(track)]
    for release in releases_of(subject):
        if release.upc is not None and not _UPC.fullmatch(release.upc):
            faults.append(f"{release.ref} has the UPC {release.upc!r}, which is none")
        if not release.title.strip():
            faults.append(f"{release.ref} has no title")
    break_for(faults)


def _faults_of(track: Track) -> Iterator[str]:
    if not track.title.strip():
        yield "no title"
    if track.isrc is not None and not _ISRC.fullmatch(track.isrc):
        yield f"the ISRC {track.isrc!r}, which is none"
    if track.duration_s is not None and not 0 < track.duration_s <= _LONGEST_TRACK_S:
        yield f"a duration of {track.duration_s:g} s"
    for word, number in (("number", track.track_number), ("disc", track.disc_number)):
        if number is not None and number < 1:
            yield f"the {word} {number}"


def _releases_are_in_order(subject: Subject) -> None:
    faults = []
    for media in media_of(subject):
        if not isinstance(media, Release | Playlist):
            continue
        refs = [track.ref for track in media.tracks]
        if not refs:
            faults.append(f"{media.ref} has no tracks")
        if media.track_total is not None and media.track_total != len(refs):
            faults.append(f"{media.ref} states {media.track_total} tracks and has {len(refs)}")
        if isinstance(media, Release):
            places = [(track.disc_number or 1, track.track_number) for track in media.tracks]
            known = [place for place in places if place[1] is not None]
            if known != sorted(set(known), key=lambda place: (place[0], place[1] or 0)):
                faults.append(f"{media.ref} has tracks at the places {known}")
            faults += [f"{media.ref} has {ref} twice" for ref in _twice(refs)]
    break_for(faults)


def _twice(refs: list[MediaRef]) -> list[MediaRef]:
    return [ref for place, ref in enumerate(refs) if ref in refs[:place]]


def _own_links_lead_back(subject: Subject) -> None:
    faults = []
    with subject.bench() as bench:
        for ref, url in _own_links(subject):
            try:
                found = bench.app.registry.read(url)
            except OrpheusError as error:
                faults.append(f"{ref} calls {url} its page: {error.title}")
                continue
            if found != ref:
                faults.append(f"{ref} calls {url} its page, which leads to {found}")
    break_for(faults)


def _own_links(subject: Subject) -> Iterator[tuple[MediaRef, str]]:
    for media in [*media_of(subject), *tracks_of(subject), *releases_of(subject)]:
        ref, url = getattr(media, "ref", None), getattr(media, "url", None)
        if isinstance(ref, MediaRef) and url is not None:
            yield ref, url
    for _, hits in ended(subject, Search):
        for hit in hits if isinstance(hits, list) else []:
            if isinstance(hit, SearchHit) and hit.url is not None:
                yield hit.ref, hit.url


def _searches_keep_to_the_limit(subject: Subject) -> None:
    faults = []
    tried = 0
    for service, sample in services(subject):
        flows = tuple(
            SearchModule(service.info.id, kind, query, limit)
            for kind, query in sample.searches
            for limit in _LIMITS
        )
        tried += len(flows)
        for each in subject.once(matrix_of).play(group_of(service.info, sample, flows)):
            hits = each.trial.value
            if not each.trial.ended_well or not isinstance(hits, list):
                faults.append(f"{each.flow}: {in_short(each.trial)}")
            elif isinstance(each.flow, Search) and len(hits) > each.flow.limit:
                faults.append(f"{each.flow} finds more")
    if not tried:
        raise RuleSkipped("the sample has no search")
    break_for(faults)


def _hits_are_of_the_kind(subject: Subject) -> None:
    faults = []
    for flow, hits in ended(subject, Search):
        found = [hit for hit in (hits if isinstance(hits, list) else []) if hit]
        if not found:
            faults.append(f"{flow} finds nothing")
        for hit in found:
            if (hit.ref.service, hit.ref.kind) != (flow.service, flow.kind):
                faults.append(f"{flow} finds {hit.ref}")
            if not hit.title.strip():
                faults.append(f"{flow} finds {hit.ref}, which has no title")
        faults += [f"{flow} finds {ref} twice" for ref in _twice([hit.ref for hit in found])]
    break_for(faults)


def _files_from_declared_hosts(subject: Subject) -> None:
    break_for(
        f"{flow}: {host_of(file.url)} is none of {', '.join(info_of(subject, service).hosts)}"
        for flow, file, service in _files(subject)
        if urlsplit(file.url).scheme not in ("http", "https")
        or not admits(info_of(subject, service).hosts, host_of(file.url))
    )


def _files_keep_to_the_wish(subject: Subject) -> None:
    faults = []
    for flow, file, _ in _files(subject):
        if file.preview != flow.wish.previews:
            what = "a preview" if file.preview else "a whole track"
            faults.append(f"{flow}: it hands out {what}")
        elif not file.preview and not flow.wish.allows(file.format.quality):
            faults.append(f"{flow}: it hands out {file.format}, which is {_quality(file)}")
    break_for(faults)


def _quality(file: MediaFile) -> str:
    return file.format.quality.value


def _files(subject: Subject) -> Iterator[tuple[AskForFile, MediaFile, str]]:
    found = False
    for flow, file in ended(subject, AskForFile):
        if isinstance(file, MediaFile):
            found = True
            yield flow, file, flow.ref.service
    if not found:
        raise RuleSkipped("the sample has no download")


def _unknown_is_not_found(subject: Subject) -> None:
    asked = [(each, sample) for each, sample in services(subject) if sample.unknown]
    if not asked:
        raise RuleSkipped("the sample names no item that the service does not have")
    break_for(
        f"{each.flow}: {in_short(each.trial)}; due was ItemNotFound"
        for service, sample in asked
        for each in subject.once(matrix_of).play(
            group_of(service.info, sample, tuple(map(Resolve, sample.unknown)))
        )
        if not isinstance(each.trial.error, ItemNotFound)
    )


def _credentials_are_declared(subject: Subject) -> None:
    faults = []
    matrix = subject.once(matrix_of)
    matrix.well(RuleKind.SERVICE)
    for service, sample in services(subject):
        info = service.info
        declared = {field.name for field in info.credentials}
        faults += [
            f"the sample gives {info.id} the credential {name}, which it does not declare"
            for name in sample.credentials
            if name not in declared
        ]
        faults += [
            f"{info.id} asks for the credential {field}, which it does not declare"
            for of, field in sorted(matrix.asked_credentials)
            if of == info.id and field not in declared
        ]
    break_for(faults)


def _rule(
    code: str, says: str, check: Callable[[Subject], None], level: Level = Level.SILVER
) -> Rule:
    return Rule(code=code, level=level, kind=RuleKind.SERVICE, says=says, check=check)


RULES = (
    _rule(
        "service.links-lead-home",
        "Every link of the sample leads to its item.",
        _links_lead_home,
    ),
    _rule(
        "service.resolves-what-was-asked",
        "A reference resolves to the kind of thing it names, which knows its own reference.",
        _resolves_what_was_asked,
    ),
    _rule(
        "service.answers-alike",
        "Asked the same again, a service answers the same: its module keeps no state.",
        _answers_alike,
    ),
    _rule(
        "service.tracks-are-whole",
        "Tracks and releases have titles, and codes, durations and numbers that can be true.",
        _tracks_are_whole,
    ),
    _rule(
        "service.releases-are-in-order",
        "Releases and playlists have all their tracks, each once, in their order.",
        _releases_are_in_order,
    ),
    _rule(
        "service.own-links-lead-back",
        "What an item calls its own page leads back to it.",
        _own_links_lead_back,
    ),
    _rule(
        "service.searches-keep-to-the-limit",
        "A search answers with no more results than were asked for.",
        _searches_keep_to_the_limit,
    ),
    _rule(
        "service.finds-what-was-asked",
        "Every search of the sample finds something, of the kind that was asked for.",
        _hits_are_of_the_kind,
    ),
    _rule(
        "service.files-from-declared-hosts",
        "Files are fetched from hosts that the service declares.",
        _files_from_declared_hosts,
    ),
    _rule(
        "service.files-keep-to-the-wish",
        "Files lie between the floor and the wish, and are previews only where those are wished.",
        _files_keep_to_the_wish,
    ),
    _rule(
        "service.unknown-is-not-found",
        "An item that the service does not have is ItemNotFound.",
        _unknown_is_not_found,
    ),
    _rule(
        "service.declares-its-credentials",
        "Every credential that is asked for is declared.",
        _credentials_are_declared,
    ),
)
