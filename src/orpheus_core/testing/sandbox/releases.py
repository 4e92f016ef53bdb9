"""The sandbox's five releases and its playlist, with titles that are hard on software.

There are titles in nine scripts and emoji, with ``/`` and ``[/b]`` and ``?`` in them,
one of 300 characters, two that differ only by case, the name of a Windows device, one
that ends in dots, and one title twice on two discs.
"""

from __future__ import annotations

from collections.abc import Iterable

from orpheus_core.music import CreditRole, ReleaseType
from orpheus_core.testing.sandbox.catalogue import (
    Catalogue,
    CatalogueArtist,
    CataloguePlaylist,
    CatalogueRelease,
    CatalogueTrack,
    Part,
)

ORLA = CatalogueArtist("orla", "Orla Fennimoor & the Quiet Machines")
MILA = CatalogueArtist("mila", "Мила Заревич")
ZOE = CatalogueArtist("zoe", "Zoé Réverbère")
ILIAS = CatalogueArtist("ilias", "Ηλίας Φαναρόπουλος")
AKARI = CatalogueArtist("akari", "灯あかり")
NUR = CatalogueArtist("nur", "نور الفوانيس")
DIPTI = CatalogueArtist("dipti", "दीप्ति लौवाली")
LIOR = CatalogueArtist("lior", "ליאור פנסי")
JORN = CatalogueArtist("jorn", "Jørn Lygtemand")
BRACKWATER = CatalogueArtist("brackwater", "Brackwater Trio")
EBB = CatalogueArtist("ebb", "The Ebb Cartographers")
VARIOUS = CatalogueArtist("various", "Various Artists")
PATIENT = CatalogueArtist("patient", "The Society for Patient Listening")

TINDER = "Tinder & Wick Recordings"
HALYARD = "Halyard Editions"

_LONG_TITLE = (
    "On the Evening When the Very Last of the Lamplighters, Having Walked the Length of the "
    "Embankment with a Ladder on One Shoulder and a Kettle of Oil in the Other Hand, Sat Down "
    "beside the Weir to Listen to the Water and Found, Much to the Surprise of Everyone, That "
    "It Had Been Counting Them All Along"
)


def _song(
    title: str,
    *composers: str,
    by: CatalogueArtist | None = None,
    feat: Iterable[CatalogueArtist] = (),
    version: str | None = None,
    disc: int = 1,
    explicit: bool = False,
) -> CatalogueTrack:
    """Return a track as far as its line says; `_release` adds the rest."""
    main = (Part(by),) if by else ()
    return CatalogueTrack(
        id="",
        title=title,
        version=version,
        parts=main + tuple(Part(artist, CreditRole.FEATURED_ARTIST) for artist in feat),
        composers=composers,
        disc=disc,
        number=0,
        isrc="",
        explicit=explicit,
    )


def _release(
    ident: str,
    title: str,
    *songs: CatalogueTrack,
    by: CatalogueArtist,
    type: ReleaseType,  # noqa: A002  the field's own name
    date: str,
    label: str,
    upc: str,
    genres: tuple[str, ...],
    version: str | None = None,
) -> CatalogueRelease:
    """Return the release: its songs get ids, places, ISRCs, and its artist where none is named.

    ISRCs begin with XX, which ISO 3166 keeps free for use of one's own.
    """
    tracks = []
    for position, song in enumerate(songs, start=1):
        first_on_disc = next(i for i, s in enumerate(songs, start=1) if s.disc == song.disc)
        has_main = any(part.role is CreditRole.MAIN_ARTIST for part in song.parts)
        tracks.append(
            CatalogueTrack(
                id=f"{ident}-{position:02}",
                title=song.title,
                version=song.version,
                parts=song.parts if has_main else (Part(by), *song.parts),
                composers=song.composers,
                disc=song.disc,
                number=position - first_on_disc + 1,
                isrc=f"XXORP{date[2:4]}{upc[-4:-1]}{position:02}",
                explicit=song.explicit,
            )
        )
    return CatalogueRelease(
        id=ident,
        title=title,
        version=version,
        type=type,
        artists=(by,),
        date=date,
        label=label,
        upc=upc,
        genres=genres,
        tracks=tuple(tracks),
    )


LANTERNS = _release(
    "lanterns",
    "Lanterns for the Long Way Home",
    _song("First Light / Last Light", "Orla Fennimoor"),
    _song("Фонари над рекой", "Мила Заревич", feat=[MILA]),
    _song("Lanternes à l'envers", "Orla Fennimoor", "Zoé Réverbère", feat=[ZOE]),
    _song("Φανάρια στη βροχή", "Ηλίας Φαναρόπουλος", feat=[ILIAS]),
    _song("灯籠流し", "灯あかり", feat=[AKARI]),
    _song("Under the [/b] Bridge", "Orla Fennimoor"),
    _song("فوانيس المدينة", "نور الفوانيس", feat=[NUR]),
    _song("दीपों की गली", "दीप्ति लौवाली", feat=[DIPTI]),
    _song("🏮 Paper Moon 🌙", "Orla Fennimoor"),
    _song("Wick", "Orla Fennimoor", version="Boathouse Version"),
    _song("Ærlig nat på øen", "Jørn Lygtemand", feat=[JORN], explicit=True),
    _song("The Long Way Home", "Orla Fennimoor", feat=[MILA, AKARI]),
    by=ORLA,
    type=ReleaseType.ALBUM,
    date="2024-11-08",
    label=TINDER,
    upc="400000240114",
    genres=("Folk", "Ambient"),
)

SALT = _release(
    "salt",
    "Salt",
    _song("Salt", "Ada Brackwater"),
    _song("SALT", "Ada Brackwater", version="Louder"),
    _song("CON", "Ada Brackwater"),
    _song("What Remains...", "Ada Brackwater"),
    by=BRACKWATER,
    type=ReleaseType.EP,
    date="2025-03-21",
    label=HALYARD,
    upc="400000250328",
    genres=("Jazz",),
)

TIDES = _release(
    "tides",
    "Tide Tables",
    _song("High Water", "Ines Ebb"),
    _song("Slack", "Ines Ebb"),
    _song("Neap", "Ines Ebb"),
    _song("High Water", "Ines Ebb", disc=2, version="Seen from the Pier"),
    _song("אור ראשון על הנמל", "ליאור פנסי", feat=[LIOR], disc=2),
    _song("Spring Tide", "Ines Ebb", disc=2),
    by=EBB,
    type=ReleaseType.ALBUM,
    date="2019-06-30",
    label=HALYARD,
    upc="400000190631",
    genres=("Electronic",),
    version="Two-Disc Edition",
)

HARBOUR = _release(
    "harbour",
    "Harbour Lights, Volume One",
    _song("Ballast", "Ada Brackwater", by=BRACKWATER, feat=[JORN]),
    _song("Порт без имени", "Мила Заревич", by=MILA),
    _song("Λιμάνι", "Ηλίας Φαναρόπουλος", by=ILIAS),
    _song("波止場", "灯あかり", by=AKARI),
    _song("Anchor? What Anchor!", "Ines Ebb", by=EBB, explicit=True),
    _song("Quai n° 7", "Zoé Réverbère", by=ZOE),
    by=VARIOUS,
    type=ReleaseType.COMPILATION,
    date="2022-09",
    label=HALYARD,
    upc="400000220949",
    genres=("Folk", "Electronic"),
)

PATIENCE = _release(
    "patience",
    _LONG_TITLE,
    _song(_LONG_TITLE, "P. Listener"),
    by=PATIENT,
    type=ReleaseType.SINGLE,
    date="2023",
    label=TINDER,
    upc="400000230054",
    genres=("Spoken Word",),
)

NIGHT_WALK = CataloguePlaylist(
    id="night-walk",
    title="Night Walk",
    owner="sandbox",
    description="A little of everything, from dusk to dawn.",
    track_ids=(
        "lanterns-01",
        "harbour-04",
        "tides-05",
        "salt-01",
        "patience-01",
        "lanterns-07",
        "harbour-02",
        "tides-01",
        "lanterns-12",
    ),
)

CATALOGUE = Catalogue((LANTERNS, SALT, TIDES, HARBOUR, PATIENCE), (NIGHT_WALK,))
"""Everything that the sandbox offers."""
