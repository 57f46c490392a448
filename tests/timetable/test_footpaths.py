"""Footpaths: walks by distance against a slow obvious twin, and the table of city changes."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobiplan.timetable.arrays import Footpaths, Stations
from mobiplan.timetable.footpaths import BY_DISTANCE, BY_TABLE, city_changes, make_footpaths
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.strings import Strings

SHARED = Path(__file__).parents[3] / "shared"
FEEDS = ["sncf_tgv_20250122", "sncf_ter_20250122", "sncf_intercites_20210309"]
PARIS = {
    "87271007": "Nord",
    "87113001": "Est",
    "87686006": "Lyon",
    "87686667": "Bercy",
    "87547000": "Austerlitz",
    "87391003": "Montparnasse",
    "87384008": "Saint-Lazare",
}


def stations(points: Sequence[tuple[float, float]], codes: Sequence[str] = ()) -> Stations:
    """Stations at (lat, lon), named by their row."""
    n = len(points)
    lat, lon = np.array(points, dtype=np.float64).reshape(n, 2).T
    names = Strings.of(map(str, range(n)))
    none = np.zeros(n, dtype=np.int8)
    return Stations(
        id=names,
        name=names,
        code=Strings.of(codes or [""] * n),
        timezone=Strings.of([""] * n),
        lat=lat.copy(),
        lon=lon.copy(),
        wheelchair=none,
        departures=none.astype(np.int32),
        segment=none,
    )


def naive_distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The angle between two unit vectors: nothing in common with the haversine formula."""
    vectors = []
    for lat, lon in (a, b):
        phi, lam = math.radians(lat), math.radians(lon)
        vectors.append(
            (math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi))
        )
    chord = math.dist(*vectors)
    return 2 * 6_371_008.8 * math.asin(min(chord / 2, 1.0))  # NaN stays NaN


def rows(footpaths: Footpaths) -> dict[tuple[int, int], tuple[int, int, int]]:
    return {
        (a, b): (duration, distance, origin)
        for a, b, duration, distance, origin in zip(
            *(column.tolist() for column in footpaths), strict=True
        )
    }


def assert_well_made(footpaths: Footpaths) -> None:
    pairs = list(zip(footpaths.from_station.tolist(), footpaths.to_station.tolist(), strict=True))
    assert pairs == sorted(set(pairs))  # sorted, and each pair once
    assert all(a != b for a, b in pairs)
    found = rows(footpaths)
    assert all(found[b, a] == found[a, b] for a, b in pairs)
    for column in footpaths:
        assert type(column) is np.ndarray
        assert column.flags.c_contiguous and not column.flags.writeable
    assert [column.dtype for column in footpaths] == [np.int32] * 4 + [np.int8]


# Walks.

unknown = st.just((math.nan, math.nan))
close = st.tuples(st.floats(48.80, 48.86), st.floats(2.30, 2.38))
anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
edges = st.tuples(
    st.sampled_from([-90.0, -89.999, -60.0, 0.0, 60.0, 89.99, 89.999, 90.0]),
    st.sampled_from([-180.0, -179.999, -90.0, 0.0, 0.001, 90.0, 179.999, 180.0]),
)


@given(
    st.lists(close | close | unknown, max_size=15) | st.lists(anywhere | edges, max_size=15),
    st.sampled_from([0.0, 1.0, 150.0, 500.0, 2_000.0, 500_000.0, 9_000_000.0, 25_000_000.0]),
)
def test_walks_are_those_of_the_naive_twin(
    points: list[tuple[float, float]], reach_m: float
) -> None:
    """Every pair within reach and no other; pairs on the very edge may fall either way."""
    rules = TransferRules(reach_m=reach_m, city_changes=False)
    footpaths = make_footpaths(stations(points), rules)
    assert_well_made(footpaths)
    found = rows(footpaths)
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            crow_m = naive_distance_m(a, b)
            doubt_m = 1e-3 + 1e-6 * reach_m
            if i == j or math.isnan(crow_m) or reach_m == 0 or crow_m > reach_m + doubt_m:
                assert (i, j) not in found
            elif crow_m < reach_m - doubt_m:
                duration, distance, origin = found[i, j]
                assert origin == BY_DISTANCE
                assert distance == pytest.approx(crow_m * rules.detour, rel=1e-5, abs=1)
                assert duration == pytest.approx(
                    crow_m * rules.detour / rules.walking_speed_m_s, rel=1e-5, abs=1.01
                )


def test_a_walk_rounds_up_to_whole_seconds() -> None:
    lat = math.degrees(100.1 / 6_371_008.8)
    rules = TransferRules(walking_speed_m_s=1.0, detour=1.0)
    assert make_footpaths(stations([(0, 0), (lat, 0)]), rules).duration.tolist() == [101, 101]


def test_a_faster_walker_and_a_longer_detour() -> None:
    points = [(48.844, 2.373), (48.846, 2.373)]
    normal = make_footpaths(stations(points), TransferRules())
    fast = make_footpaths(stations(points), TransferRules(walking_speed_m_s=2.2))
    around = make_footpaths(stations(points), TransferRules(detour=2.6))
    assert fast.duration[0] == pytest.approx(normal.duration[0] / 2, abs=1)
    assert fast.distance[0] == normal.distance[0]
    assert around.distance[0] == pytest.approx(normal.distance[0] * 2, abs=1)


def test_the_plain_rules_know_no_ways() -> None:
    paris = stations([(48.88, 2.35), (48.88, 2.35)], ["87271007", "87113001"])
    assert rows(make_footpaths(paris, TransferRules.plain())) == {}


def test_the_same_stations_in_another_order_have_the_same_ways() -> None:
    rng = np.random.default_rng(1)
    points = [tuple(p) for p in rng.uniform((48.8, 2.3), (48.85, 2.36), (60, 2)).tolist()]
    codes = [*PARIS, *[""] * (len(points) - len(PARIS))]
    order = rng.permutation(len(points)).tolist()
    one = rows(make_footpaths(stations(points, codes), TransferRules()))
    other = rows(
        make_footpaths(
            stations([points[i] for i in order], [codes[i] for i in order]), TransferRules()
        )
    )
    assert {(order[a], order[b]): row for (a, b), row in other.items()} == one


# The table.


def test_a_row_of_the_table_takes_the_place_of_the_walk() -> None:
    nord, est = (48.880136, 2.354851), (48.876742, 2.358424)
    both = stations([est, nord], ["87113001", "87271007"])
    (duration, distance, origin) = rows(make_footpaths(both, TransferRules()))[0, 1]
    assert (duration, origin) == (15 * 60, BY_TABLE)
    assert 500 < distance < 700  # on foot, so it has a length
    walked = rows(make_footpaths(both, TransferRules(city_changes=False)))[0, 1]
    assert walked[2] == BY_DISTANCE and walked[0] < 15 * 60


def test_a_change_by_metro_has_no_length_on_foot() -> None:
    both = stations([(math.nan, math.nan)] * 2, ["87686006", "87271007"])
    assert rows(make_footpaths(both, TransferRules())) == {
        (0, 1): (45 * 60, -1, BY_TABLE),
        (1, 0): (45 * 60, -1, BY_TABLE),
    }


def test_montparnasse_and_its_annex_share_a_position_but_not_a_platform() -> None:
    """The feeds place both at one point: a walk of no seconds, were it not for the table."""
    here = (48.841172, 2.320514)
    both = stations([here, here], ["87391003", "87391102"])
    assert rows(make_footpaths(both, TransferRules()))[0, 1] == (15 * 60, -1, BY_TABLE)


def test_a_code_given_to_several_stations_reaches_all_of_them() -> None:
    far = stations([(0, 0), (10, 0), (20, 0)], ["87271007", "87113001", "87113001"])
    found = rows(make_footpaths(far, TransferRules()))
    assert sorted(found) == [(0, 1), (0, 2), (1, 0), (2, 0)]


def test_every_row_of_the_table_is_in_order() -> None:
    seen = set()
    for change in city_changes():
        assert re.fullmatch(r"\d{8}", change.from_code) and re.fullmatch(r"\d{8}", change.to_code)
        assert change.from_code != change.to_code
        pair = frozenset((change.from_code, change.to_code))
        assert pair not in seen
        seen.add(pair)
        assert 10 <= change.minutes <= 75
        assert change.from_name and change.to_name and change.how
        assert len(change.source) > 20
        assert change.kind in {"published", "modelled", "assumed"}


def test_every_pair_of_paris_terminals_has_a_change() -> None:
    minutes = {frozenset((c.from_code, c.to_code)): c.minutes for c in city_changes()}
    pairs = {frozenset((a, b)) for a in PARIS for b in PARIS if a != b}
    assert len(pairs) == 21 and pairs <= set(minutes)
    on_foot = {frozenset((c.from_code, c.to_code)) for c in city_changes() if c.how == "walk"}
    assert all(45 <= minutes[pair] <= 60 for pair in pairs - on_foot)
    assert all(10 <= minutes[pair] <= 35 for pair in pairs & on_foot)


@pytest.fixture(scope="module")
def published() -> dict[str, tuple[str, float, float]]:
    """Stations of the real feeds: UIC code -> name, lat, lon."""
    found = {}
    for feed in FEEDS:
        path = SHARED / "feeds" / f"{feed}.zip"
        if not path.exists():
            pytest.skip(f"{path} is absent: the real feeds are needed")
        with zipfile.ZipFile(path) as archive:
            text = io.TextIOWrapper(archive.open("stops.txt"), encoding="utf-8-sig")
            for row in csv.DictReader(text):
                if row["location_type"] == "1":
                    code = row["stop_id"][-8:]
                    found[code] = row["stop_name"], float(row["stop_lat"]), float(row["stop_lon"])
    return found


def test_the_codes_of_the_table_are_those_of_the_feeds(
    published: dict[str, tuple[str, float, float]],
) -> None:
    for change in city_changes():
        for code, name in (
            (change.from_code, change.from_name),
            (change.to_code, change.to_name),
        ):
            assert published[code][0].startswith(name) or (code, name) == (
                "87391003",
                "Paris Montparnasse",
            )


def test_modelled_minutes_follow_from_the_formula_they_state(
    published: dict[str, tuple[str, float, float]],
) -> None:
    """The source of a modelled row names its ingredients; the minutes are their sum, rounded up."""
    for change in city_changes():
        if change.kind != "modelled":
            continue
        source = change.source
        crow_km = naive_distance_m(published[change.from_code][1:], published[change.to_code][1:])
        crow_km /= 1000
        ride = re.match(r"5 min/km x ([\d.]+) km .* \+ 5 min x (\d) .* \+ (\d\d) min", source)
        known_ride = re.match(r"ride (\d+) min: .*; \+ (\d\d) min", source)
        walk = re.match(r"walk: .*?(\d+)[- ]minute.*; \+ 5 min", source)
        crow = re.match(r"crow flies ([\d.]+) km x 1.3 at 1.1 m/s \+ 5 min", source)
        if ride:
            assert float(ride[1]) == pytest.approx(crow_km, abs=0.01)
            assert int(ride[2]) == change.how.count("+")
            total = 5 * crow_km + 5 * int(ride[2]) + int(ride[3])
        elif known_ride:
            total = int(known_ride[1]) + int(known_ride[2])
        elif walk:
            total = int(walk[1]) + 5
        elif crow:
            assert float(crow[1]) == pytest.approx(crow_km, abs=0.01)
            total = crow_km * 1000 * 1.3 / 1.1 / 60 + 5
        else:
            total = sum(map(int, re.findall(r"(\d+) min (?!interval)", source))) + 30
            assert change.from_name == "Aix-en-Provence"
        assert change.minutes == math.ceil(total / 5) * 5, change


def test_the_real_stations_have_ways(published: dict[str, tuple[str, float, float]]) -> None:
    codes = list(published)
    footpaths = make_footpaths(stations([published[c][1:] for c in codes], codes), TransferRules())
    assert_well_made(footpaths)
    assert (footpaths.origin == BY_TABLE).sum() == 2 * len(city_changes())
    massy = codes.index("87393702"), codes.index("87393579")  # Massy TGV, Massy-Palaiseau
    assert rows(footpaths)[massy][2] == BY_DISTANCE
