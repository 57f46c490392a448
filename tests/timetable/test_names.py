"""Station search: what a person types finds the stations that they mean, and nothing is guessed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mobiplan.errors import AmbiguousStation, UnknownStation
from mobiplan.timetable.names import StationNames, normalise

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"

Row = tuple[str, str, str, int, float, float]

# id, name, UIC code, departures, latitude, longitude: after the feeds of 2025-01, rounded
FRANCE = [
    ("P1", "Paris Gare de Lyon Hall 1 - 2", "87686006", 208, 48.844, 2.373),
    ("P2", "Paris Gare du Nord", "87271007", 223, 48.880, 2.355),
    ("P3", "Paris Est", "87113001", 137, 48.876, 2.359),
    ("P4", "Paris Montparnasse Hall 1 - 2", "87391003", 257, 48.841, 2.320),
    ("P5", "Paris Montparnasse Vaugirard", "87391102", 1, 48.838, 2.315),
    ("P6", "Paris-Austerlitz Routiere", "", 0, 48.842, 2.365),
    ("P7", "Gare de Paris-Saint-Lazare", "8738400", 97, 48.876, 2.325),
    ("L1", "Lyon Part Dieu", "87723197", 414, 45.760, 4.859),
    ("L2", "Lyon Perrache", "87722025", 277, 45.748, 4.826),
    ("L3", "Lyon-Part-Dieu Gare Routière", "", 29, 45.761, 4.861),
    ("L4", "Lyon Saint-Exupéry TGV", "87762906", 32, 45.721, 5.076),
    ("M1", "Marseille Saint-Charles", "87751008", 351, 43.303, 5.380),
    ("M2", "Marseille Blancarde", "87751081", 100, 43.296, 5.406),
    ("M3", "Marseille-en-Beauvaisis", "87313270", 14, 49.576, 1.957),
    ("A1", "Avignon Centre", "87765008", 180, 43.942, 4.806),
    ("A2", "Avignon TGV", "87318964", 127, 43.922, 4.786),
    ("A3", "Avignonet", "", 19, 43.366, 1.787),
    ("X1", "Aix-en-Provence", "87751404", 70, 43.523, 5.445),
    ("X2", "Aix-en-Provence TGV", "87319012", 71, 43.455, 5.317),
    ("X3", "Aix-les-Bains le Revard", "87741132", 104, 45.688, 5.909),
    ("V1", "Valence Ville", "87761007", 107, 44.928, 4.893),
    ("V2", "Valence TGV Rhône-Alpes Sud", "87763029", 272, 44.991, 4.979),
    ("V3", "Valence d'Agen", "87611152", 20, 44.104, 0.889),
    ("R1", "Rennes", "87471003", 341, 48.104, -1.672),
    ("R2", "Rennes Beaulieu Chimie", "", 4, 48.117, -1.637),
    ("R3", "Renescure", "87281451", 16, 50.731, 2.371),
    ("G1", "Grenoble", "87747006", 198, 45.192, 5.715),
    ("G2", "Grenoble", "87335521", 20, 45.193, 5.714),
    ("G3", "Grenoble Universités - Gières", "87747402", 96, 45.185, 5.785),
    ("H1", "Mulhouse", "87182063", 241, 47.742, 7.342),
    ("H2", "Mulhouse Gare Centrale", "", 114, 47.743, 7.343),
    ("S1", "Saint-Étienne Châteaucreux", "87726000", 159, 45.443, 4.400),
    ("S2", "Saint-Étienne Bellevue", "87726026", 56, 45.415, 4.395),
    ("S3", "Saint-Étienne-de-Montluc", "87481549", 28, 47.277, -1.779),
    ("C1", "Cernay", "87182410", 68, 47.806, 7.177),
    ("C2", "CERNAY", "8727606", 115, 48.985, 2.256),
    ("E1", "Œting", "", 3, 49.172, 6.914),
    ("E2", "L'Isle-sur-la-Sorgue - Fontaine-de-Vaucluse", "87765354", 30, 43.917, 5.047),
    ("E3", "Villeneuve-la-Guyard", "87683508", 26, 48.341, 3.061),
    ("E4", "Villeneuve-sur-Yonne", "87683151", 26, 48.086, 3.290),
]  # fmt: skip


def search(rows: Sequence[Row]) -> StationNames:
    ids, names, codes, weight, lat, lon = ([row[i] for row in rows] for i in range(6))
    return StationNames(
        ids, names, codes, np.array(weight, np.int32), np.array(lat, float), np.array(lon, float)
    )


france = search(FRANCE)


def found(text: str, stations: StationNames = france, limit: int = 10) -> list[str]:
    return [stations.ids[match.station] for match in stations.find(text, limit)]


def resolved(text: str, stations: StationNames = france) -> list[str]:
    return [stations.ids[row] for row in stations.resolve(text)]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Besançon-Viotte", "besancon viotte"),
        ("  SAINT-PRIVAT  Le Gabelu ", "saint privat le gabelu"),
        ("St. Louis", "saint louis"),
        ("Ste-Pazanne", "sainte pazanne"),
        ("Stains", "stains"),
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("Œting", "oeting"),
        ("Weißenburg", "weissenburg"),
        ("Łódź / Malmö", "lodz malmo"),
        ("---", ""),
    ],
)
def test_normalise(name: str, key: str) -> None:
    assert normalise(name) == key


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gare de lyon", ["P1", "L1", "L2", "L3"]),  # what is called so, then the stations of Lyon
        ("Paris", ["P4", "P2", "P1", "P3", "P7", "P5", "P6"]),  # a city: the busiest first
        ("lyon", ["L1", "L2", "L3", "L4", "P1"]),  # the airport is not in town
        ("PART-DIEU", ["L1", "L3"]),
        ("paris nord", ["P2"]),
        ("Rennes", ["R1", "R2"]),
        ("87471003", ["R1"]),
        ("8747100", ["R1"]),
        ("stop_area:SNCF:87471003", ["R1"]),
        ("R1", ["R1"]),
        ("oeting", ["E1"]),
        ("isle sur la sorgue", ["E2"]),
        ("montparn", ["P4", "P5"]),  # a word begun
        ("Grenbole", ["G1", "G2", "G3"]),
        ("Renes", ["R3", "R1"]),  # Renescure begins so; Rennes is a typo away
        ("Marseile st charles", ["M1"]),
        ("saint ettienne", ["S1", "S2"]),
        ("Perache", ["L2"]),
    ],
)
def test_find(text: str, first: list[str]) -> None:
    assert found(text)[: len(first)] == first


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("R1", "id"),
        ("87471003", "code"),
        ("rennes", "name"),
        ("paris", "city"),
        ("aix", "prefix"),
        ("perrache", "words"),
        ("Grenbole", "typo"),
    ],
)
def test_find_says_how(text: str, how: str) -> None:
    assert france.find(text)[0].how == how


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Rennes", ["R1"]),  # its own name, not the stops that begin with it
        ("gare de Rennes", ["R1"]),
        ("Paris", ["P4", "P2", "P1", "P3", "P7", "P5", "P6"]),
        ("Lyon", ["L1", "L2", "L3"]),
        ("gare de lyon", ["P1"]),
        ("Paris Gare de Lyon", ["P1"]),
        ("Paris Lyon", ["P1"]),  # as the open-data tables write it
        ("Marseille", ["M1", "M2"]),  # not Marseille-en-Beauvaisis, 700 km away
        ("Avignon", ["A1", "A2"]),
        ("Valence", ["V2", "V1"]),
        ("Grenoble", ["G1", "G2"]),  # two of one name, side by side: one place
        ("Mulhouse", ["H1"]),
        ("St-Etienne", ["S1", "S2"]),
        ("Aix-en-Provence", ["X1"]),
        ("Part Dieu", ["L1", "L3"]),
        ("Saint-Lazare", ["P7"]),
        ("87384008", ["P7"]),  # the feed leaves the check digit out
    ],
)
def test_resolve(text: str, place: list[str]) -> None:
    assert resolved(text) == place


def test_two_distant_stations_of_one_name_are_ambiguous() -> None:
    with pytest.raises(AmbiguousStation, match=r"CERNAY \(C2\), Cernay \(C1\); give the id"):
        france.resolve("Cernay")
    assert resolved("C1") == ["C1"]


@pytest.mark.parametrize("text", ["Aix", "Villeneuve", "Saint", "Gare"])
def test_a_beginning_of_several_places_is_ambiguous(text: str) -> None:
    with pytest.raises(AmbiguousStation, match="may mean"):
        france.resolve(text)


@pytest.mark.parametrize(
    ("text", "offered"),
    [("Renes", r"Rennes \(R1\)"), ("Grenbole", r"Grenoble \(G1\)"), ("Marseile", "Saint-Charles")],
)
def test_a_typo_is_never_accepted_in_silence(text: str, offered: str) -> None:
    with pytest.raises(
        UnknownStation, match=f"no station is called '{text}'; did you mean.*{offered}"
    ):
        france.resolve(text)


@pytest.mark.parametrize("text", ["", "  ", "-", "xyzzy", "87999999", "42"])
def test_what_resembles_nothing(text: str) -> None:
    assert found(text) == []
    with pytest.raises(UnknownStation, match="nothing resembles it"):
        france.resolve(text)


def test_a_tram_stop_does_not_take_the_name_of_its_city() -> None:
    """The stop that bears the name alone is a fifth as busy as another station of the city."""
    stations = search(
        [("T", "Ville", "", 50, 45.0, 5.0), ("C", "Ville Centrale", "", 300, 45.01, 5.0)]
    )
    assert resolved("Ville", stations) == ["C", "T"]
    equals = search(
        [("T", "Ville", "", 100, 45.0, 5.0), ("C", "Ville Centrale", "", 300, 45.01, 5.0)]
    )
    assert resolved("Ville", equals) == ["T"]


def test_several_stations_of_a_name_are_a_city_beside_another_commune() -> None:
    """As Saint-Étienne beside Saint-Étienne-du-Rouvray; not if half of what departs is there."""
    names = ("Nord", "Carnot", "Bellevue")
    city = [(name[0], f"Ville {name}", "", 80, 45.4, 4.4) for name in names]
    stations = search([*city, ("R", "Ville-du-Rouvray", "", 70, 49.4, 1.1)])
    assert sorted(resolved("Ville", stations)) == ["B", "C", "N"]
    stations = search([*city, ("R", "Ville-du-Rouvray", "", 240, 49.4, 1.1)])
    with pytest.raises(AmbiguousStation):
        stations.resolve("Ville")


def test_a_namesake_of_another_feed_lies_beside() -> None:
    """Two publishers, two ids, one station, called "Gare de ..." by one of them only."""
    stations = search(
        [
            ("OCE", "Paris Est", "87113001", 137, 48.876, 2.359),
            ("DUA", "GARE DE PARIS EST", "8711300", 233, 48.877, 2.359),
        ]
    )
    assert resolved("Paris Est", stations) == resolved("87113001", stations) == ["DUA", "OCE"]


def test_no_stations() -> None:
    nowhere = search([])
    assert nowhere.find("Paris") == []
    with pytest.raises(UnknownStation):
        nowhere.resolve("Paris")


def test_unknown_coordinates_are_near_nothing() -> None:
    stations = search(
        [("A", "Lieu Nord", "", 9, float("nan"), float("nan")), ("B", "Lieu Sud", "", 8, 45.0, 5.0)]
    )
    assert sorted(found("Lieu", stations)) == ["A", "B"]
    with pytest.raises(AmbiguousStation):
        stations.resolve("Lieu")


WORDS = ["Saint", "Paris", "Lyon", "gare", "de", "Nord", "St", "la", "Éze", "1", "Pont", "TGV"]
station_rows = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
        st.sampled_from(["", "87471003", "8747100", "87481002"]),
        st.integers(0, 400),
        st.sampled_from([45.0, 45.001, 45.1, 48.0]),
        st.sampled_from([2.0, 2.001, 2.1, 5.0]),
    ),
    min_size=1,
    max_size=12,
).map(lambda rows: [(f"id{i}", *row) for i, row in enumerate(rows)])
questions = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
    st.text(max_size=12),
    st.sampled_from(["id0", "id1", "87471003", "8748100", "Sainte", "Pariss", "Lyn"]),
)


def answer(stations: StationNames, text: str) -> tuple[str, list[str]]:
    try:
        return "place", resolved(text, stations)
    except (AmbiguousStation, UnknownStation) as error:
        return type(error).__name__, [str(error)]


@given(station_rows, questions, st.randoms(use_true_random=False))
def test_the_order_of_the_stations_changes_nothing(rows, text, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(rows, len(rows))
    ours, theirs = search(rows), search(shuffled)
    assert found(text, ours) == found(text, theirs)
    assert answer(ours, text) == answer(theirs, text)


@given(station_rows, questions, st.integers(0, 15))
def test_find_gives_each_station_once_and_the_surest_first(rows, text, limit) -> None:  # type: ignore[no-untyped-def]
    stations = search(rows)
    matches = stations.find(text, limit)
    order = [(-match.score, -rows[match.station][3]) for match in matches]
    assert order == sorted(order)
    assert len({match.station for match in matches}) == len(matches) <= limit
    assert all(0 < match.score <= 1 for match in matches)
    assert matches == stations.find(text, 100)[:limit]


@given(station_rows)
def test_each_station_answers_to_its_id_and_its_name(rows) -> None:  # type: ignore[no-untyped-def]
    stations = search(rows)
    for row, (station_id, name, *_) in enumerate(rows):
        assert stations.resolve(station_id) == [row]
        assert row in [match.station for match in stations.find(name, 100) if match.score == 1]
        kind, given_ids = answer(stations, name)
        assert kind == "AmbiguousStation" or (kind == "place" and station_id in given_ids)


@given(st.sampled_from([row for row in FRANCE if len(row[1]) >= 8]), st.data())
@settings(max_examples=200)
def test_one_slip_of_the_finger_is_forgiven(row: Row, data: st.DataObject) -> None:
    """A letter left out, doubled, or swapped with the next."""
    station_id, name = row[0], row[1].lower()
    at = data.draw(st.integers(1, len(name) - 3))
    typo = data.draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                name[:at] + name[at] + name[at:],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            ]
        )
    )
    matches = france.find(typo)
    assume(
        not matches or matches[0].score <= 0.5
    )  # "paris st" is the name of another: Saint-Lazare
    assert station_id in [france.ids[match.station] for match in matches]


@cache
def real(*feeds: str) -> StationNames:
    """The stations of real feeds, weighed by their stop times."""
    places: dict[str, Row] = {}
    for feed in feeds:
        path = FEEDS / f"{feed}.zip"
        if not path.exists():
            pytest.skip(f"{path} is absent: real feeds lie in ../shared/feeds")

        with zipfile.ZipFile(path) as archive:

            def table(name: str, archive: zipfile.ZipFile = archive) -> list[dict[str, str]]:
                member = next(n for n in archive.namelist() if n.endswith(name))
                return list(csv.DictReader(io.StringIO(archive.read(member).decode("utf-8-sig"))))

            stops = {row["stop_id"]: row for row in table("stops.txt")}
            calls = Counter(row["stop_id"] for row in table("stop_times.txt"))
        departures: Counter[str] = Counter()
        for stop_id, n in calls.items():
            departures[stops[stop_id].get("parent_station") or stop_id] += n
        for station_id, n in departures.items():
            row = stops[station_id]
            code = station_id[-8:] if ":OCE" in station_id else ""
            known = places.get(station_id)
            places[station_id] = (
                station_id,
                row["stop_name"],
                code,
                n + (known[3] if known else 0),
                float(row["stop_lat"]),
                float(row["stop_lon"]),
            )
    return search(list(places.values()))


SNCF_2025 = ("sncf_tgv_20250122", "sncf_ter_20250122")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Rennes", {"Rennes"}),
        ("Lille", {"Lille Flandres", "Lille Europe"}),
        ("Nice", {"Nice-Ville", "Nice Riquier", "Nice Saint-Augustin"}),
        ("Bordeaux", {"Bordeaux Saint-Jean"}),
        ("Marseille", {"Marseille Saint-Charles", "Marseille Blancarde"}),
        ("Montpellier", {"Montpellier Saint-Roch", "Montpellier Sud de France"}),
        ("gare du nord", {"Paris Gare du Nord"}),
        ("paris bercy", {"Paris Bercy Bourg. Pays d'Auv."}),
        ("Le Mans", {"Le Mans"}),
    ],
)
def test_places_of_the_national_feed(text: str, names: set[str]) -> None:
    stations = real(*SNCF_2025)
    assert names <= {stations.names[row] for row in stations.resolve(text)}


def test_the_paris_terminals_of_the_national_feed() -> None:
    stations = real(*SNCF_2025)
    terminals = " ".join(stations.names[row] for row in stations.resolve("Paris"))
    for terminal in ["Nord", "Est", "Lyon", "Bercy", "Austerlitz", "Montparnasse", "Saint-Lazare"]:
        assert terminal in terminals


@pytest.mark.parametrize(
    "feeds",
    [
        SNCF_2025,
        ("sncf_tgv_20210309", "sncf_intercites_20210309", "sncf_ter_20210309"),
        ("sncf_transilien_lines_20210309",),
        ("us_amtrak_2021-10",),
        ("us_mnr_2026-08",),
        ("us_caltrain_2017",),
    ],
    ids=lambda feeds: feeds[0],
)
def test_each_real_station_answers_to_its_own_name(feeds: tuple[str, ...]) -> None:
    """It is resolved, with what lies beside it, unless a distant one bears the same name."""
    stations = real(*feeds)
    names = Counter(normalise(name) for name in stations.names)
    for row, name in enumerate(stations.names):
        try:
            assert row in stations.resolve(name)
        except AmbiguousStation:
            assert names[normalise(name)] > 1


def test_typos_in_the_national_feed() -> None:
    stations = real(*SNCF_2025)
    for typo, name in [
        ("Grenbole", "Grenoble"),
        ("Renes", "Rennes"),
        ("Marseile st charles", "Marseille Saint-Charles"),
        ("Strassbourg", "Strasbourg"),
        ("LeMans", "Le Mans"),
        ("Bordeau", "Bordeaux Saint-Jean"),
        ("Clermond-Ferrand", "Clermont-Ferrand"),
    ]:
        assert name in [stations.names[match.station] for match in stations.find(typo)][:3]
