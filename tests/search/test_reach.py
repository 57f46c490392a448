"""`one_to_all` and `travel_times`: every cell is what the single question answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import World
from random_timetables import FIRST, SECOND, Case, cases, examples
from shapely import Point
from timetables import place, toy, transfer, trip

import mobiplan as mp
from mobiplan.journeys.itinerary import Place

NOON = "2026-06-02 12:00"
SAMPLE = "2026-03-24 08:00"
NAT = pd.NaT


def seconds(table: pd.DataFrame) -> list[float]:
    """Travel times as numbers, NaN where there is none."""
    return table["travel_time"].dt.total_seconds().tolist()


def single(planner: mp.Planner, origin: Any, destination: Any, **asked: Any) -> float:
    """The travel time that a single question finds; NaN where there is none, 0 in one place."""
    one, other = planner.place(origin), planner.place(destination)
    start = pd.Timestamp(asked["depart"])
    start = start.tz_localize("Europe/Paris") if start.tzinfo is None else start
    if "within" in asked:
        asked["arrive"] = start + pd.Timedelta(asked.pop("within"))
    if one.lat is None and other.lat is None and set(one.stations) & set(other.stations):
        return 0.0
    found = planner.earliest_arrival(origin, destination, **asked)
    return (found.best.arrival - start).total_seconds() if found else np.nan


def assert_same(one: list[float], other: list[float], note: object = "") -> None:
    np.testing.assert_array_equal(np.array(one), np.array(other), err_msg=str(note))


# ---------------------------------------------------------------------- random timetables


@st.composite
def places(draw: Any) -> list[Any]:
    """Stations, points near C, F and E, and several of them at once."""
    points = [(47.0, 5.0), (47.0013, 5.0), (47.004, 5.0), (47.0063, 5.001)]
    one = st.sampled_from([*"ABCDEF", *"ABCDEF", *points])
    several = st.lists(st.sampled_from([*"ABCDEF"]), min_size=2, max_size=3, unique=True)
    return draw(st.lists(st.one_of(one, one, several), min_size=1, max_size=6))


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    date, hour = draw(
        st.sampled_from(((FIRST, 7), (FIRST, 8), (FIRST, 8), (FIRST, 23), (SECOND, 0), (SECOND, 8)))
    )
    asked: dict[str, Any] = {
        "depart": pd.Timestamp(
            f"{date} {hour:02d}:{draw(st.integers(0, 59)):02d}", tz="Europe/Paris"
        )
    }
    if draw(st.booleans()):
        asked["within"] = draw(st.sampled_from(("0 min", "4 min", "15 min", "1 h", "24 h")))
    asked["days"] = draw(st.sampled_from((1, 2, 3)))
    return asked


def known(planner: mp.Planner, asked: list[Any]) -> list[Any]:
    """Leave out the stations that a random timetable does not have."""
    ids = set(planner.timetable.stations.id)
    kept: list[Any] = []
    for one in asked:
        if isinstance(one, list):
            one = [name for name in one if name in ids]
        if isinstance(one, str) and one not in ids:
            continue
        if isinstance(one, tuple):
            try:
                planner.place(one)
            except mp.UnknownStation:
                continue
        if one:
            kept.append(one)
    return kept


def load(case: Case) -> mp.Planner:
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    return mp.Planner(timetable)


@examples(40)
@given(cases(), places(), places(), questions(), st.integers(2, 7))
def test_every_cell_is_a_single_question(
    case: Case, starts: list[Any], ends: list[Any], asked: dict[str, Any], lanes: int
) -> None:
    """Scans, passes with sets and single questions: ties, loops, restrictions, privileges."""
    planner = load(case)
    starts, ends = known(planner, starts), known(planner, ends)
    assume(starts and ends)
    try:
        plain = planner.travel_times(starts, ends, **asked, threads=1, lanes=1)
    except mp.OutsideCalendar:
        return
    cells = [single(planner, one, other, **asked) for one in starts for other in ends]
    assert_same(seconds(plain), cells)
    pd.testing.assert_frame_equal(planner.travel_times(starts, ends, **asked, lanes=lanes), plain)
    pd.testing.assert_frame_equal(planner.travel_times(starts, ends, **asked, lanes=512), plain)
    turned = planner.travel_times(starts[::-1], ends, **asked, lanes=lanes)
    shape = len(starts), len(ends)
    assert_same(np.reshape(seconds(turned), shape)[::-1].ravel().tolist(), np.ravel(cells).tolist())
    table = planner.one_to_all(starts[0], **asked)
    by_id = dict(zip(table["id"], seconds(table), strict=True))
    ids = list(planner.timetable.stations.id)
    assert sorted(by_id) == sorted(ids)
    assert_same(
        [by_id[name] for name in ids], [single(planner, starts[0], n, **asked) for n in ids]
    )


@examples(25)
@given(cases(), questions())
def test_all_stations_to_all_equal_the_naive_twin(case: Case, asked: dict[str, Any]) -> None:
    planner = load(case)
    world = World(planner.timetable)
    assume(not world.contradicts_itself())
    asked["days"] = 3  # more than a random timetable has
    try:
        table = planner.travel_times(**asked, lanes=512)
    except mp.OutsideCalendar:
        return
    row = planner.timetable.stations.id.row
    depart = int(asked["depart"].timestamp())
    arrive = None
    if "within" in asked:
        arrive = depart + int(pd.Timedelta(asked["within"]).total_seconds())
    expected = []
    for one, other in zip(table["from_id"], table["to_id"], strict=True):
        ends = {row(one): 0}, {row(other): 0}
        found = None if one == other else world.earliest_arrival(*ends, depart, arrive)
        expected.append(0 if one == other else found.arrival - depart if found else np.nan)
    assert_same(seconds(table), expected)


# ---------------------------------------------------------------------- the sample


def test_500_random_cells_of_the_sample(sample_planner: mp.Planner) -> None:
    ids = sorted(sample_planner.timetable.stations.id)
    table = sample_planner.travel_times(depart=SAMPLE)
    assert len(table) == len(ids) ** 2
    rows = np.random.default_rng(6).choice(len(table), 500, replace=False)
    for row in rows.tolist():
        one, other, found = table.iloc[row]
        assert one == ids[row // len(ids)] and other == ids[row % len(ids)]
        assert_same(
            [found.total_seconds()], [single(sample_planner, one, other, depart=SAMPLE)], row
        )


@pytest.mark.parametrize("asked", [{}, {"within": "3 h"}, {"days": 1}])
def test_threads_lanes_and_rows_are_a_matter_of_speed(
    sample_planner: mp.Planner, asked: dict[str, Any]
) -> None:
    asked = {"depart": SAMPLE} | asked
    ids = sorted(sample_planner.timetable.stations.id)
    some = np.random.default_rng(1).permutation(ids)[:70].tolist()
    plain = sample_planner.travel_times(some, **asked, threads=1, lanes=1)
    for options in (
        {"threads": 1, "lanes": 512},
        {"threads": 2, "lanes": 1},
        {"threads": 2, "lanes": 33},
        {"threads": 5},
        {},
    ):
        found = sample_planner.travel_times(some, **asked, **options)
        pd.testing.assert_frame_equal(found, plain)
    few = sample_planner.travel_times(some[:5], ids, **asked)
    assert_same(seconds(few), seconds(plain)[: len(few)])
    turned = sample_planner.travel_times(some[::-1], **asked)
    shape = len(some), len(ids)
    np.testing.assert_array_equal(
        np.reshape(seconds(turned), shape)[::-1], np.reshape(seconds(plain), shape)
    )
    for one in some[:5]:
        row = sample_planner.one_to_all(one, **asked).set_index("id").loc[ids]
        assert_same(seconds(row), seconds(plain[plain["from_id"] == one]))


@pytest.mark.parametrize("early_s", [0, 3600, 12 * 3600])
@pytest.mark.parametrize("rules", [None, mp.TransferRules.plain(1), mp.TransferRules.plain(0)])
def test_a_late_scan_answers_the_same(
    sample: mp.Timetable,
    monkeypatch: pytest.MonkeyPatch,
    early_s: int,
    rules: mp.TransferRules | None,
) -> None:
    """From whenever it asks the other way round; with lanes=1 there is none."""
    planner = mp.Planner(sample, rules)
    ids = sorted(planner.timetable.stations.id)[::9]
    plain = planner.travel_times(ids, depart=SAMPLE, lanes=1)
    monkeypatch.setattr("mobiplan.search.reach.EARLY_S", early_s)
    for one in ids:
        table = planner.one_to_all(one, depart=SAMPLE).set_index("id")
        row = table.loc[sorted(table.index)]
        assert_same(seconds(row), seconds(plain[plain["from_id"] == one]))


@examples(40)
@given(cases(), questions(), st.sampled_from((0, 600, 3600)))
def test_a_late_scan_answers_single_questions(
    case: Case, asked: dict[str, Any], early_s: int
) -> None:
    planner = load(case)
    ids = list(planner.timetable.stations.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mobiplan.search.reach.EARLY_S", early_s)
        try:
            table = planner.one_to_all(ids[0], **asked)
        except mp.OutsideCalendar:
            return
    by_id = dict(zip(table["id"], seconds(table), strict=True))
    assert_same([by_id[n] for n in ids], [single(planner, ids[0], n, **asked) for n in ids])


def test_one_to_all_is_sorted_and_says_when(sample_planner: mp.Planner) -> None:
    table = sample_planner.one_to_all("Rennes", depart=SAMPLE, within="4 h")
    assert list(table.columns) == ["id", "name", "arrival", "travel_time"]
    assert str(table.dtypes["arrival"]) == "datetime64[s, Europe/Paris]"
    assert str(table.dtypes["travel_time"]) == "timedelta64[s]"
    assert len(table) == len(sample_planner.timetable.stations.id)
    reached = table[table["travel_time"].notna()]
    assert 1 < len(reached) < len(table)
    assert reached.equals(table.head(len(reached)))
    assert reached["travel_time"].max() <= pd.Timedelta("4 h")
    keys = list(zip(reached["travel_time"], reached["id"], strict=True))
    assert keys == sorted(keys)
    assert list(table["id"][len(reached) :]) == sorted(table["id"][len(reached) :])
    start = pd.Timestamp(SAMPLE, tz="Europe/Paris")
    assert (reached["arrival"] - start == reached["travel_time"]).all()
    assert table["arrival"].isna().equals(table["travel_time"].isna())
    assert (table["name"].iloc[0], table["travel_time"].iloc[0]) == ("Rennes", pd.Timedelta(0))
    assert str(table.dtypes["id"]) == str(table.dtypes["name"]) == "category"


def test_days_and_the_change_of_clocks() -> None:
    """Twelve hours on the clock from midnight are eleven on the night that loses one."""
    feed = toy(trip("A 12:00", "B 13:00"), dates="2026-03-29")
    planner = feed.planner()
    table = planner.one_to_all("A", depart="2026-03-29 00:00")
    assert [str(arrival) for arrival in table["arrival"]] == [
        "2026-03-29 00:00:00+01:00",
        "2026-03-29 13:00:00+02:00",
    ]
    assert seconds(table) == [0.0, 12 * 3600.0]


# ---------------------------------------------------------------------- by hand


def by_hand() -> mp.Planner:
    """A to B to C with a change of 5 min at B that is missed by the first; X is near C."""
    return toy(
        trip("A 12:10", "B 12:30"),
        trip("B 12:34", "C 12:50"),
        trip("B 12:40", "C 13:00"),
        trip("D 12:00", "E 12:05"),
        transfer("B", "B", minutes=5),
        place("X", metres=200, north_of="C"),
    ).planner()


def test_a_matrix_by_hand() -> None:
    """A to C: the train of 12:34 is missed by a minute. C and X: 200 m, 260 m on streets."""
    planner = by_hand()
    table = planner.travel_times(["A", "B", "X"], ["A", "B", "C", "E", "X"], depart=NOON)
    walk = 237.0  # ceil(200 m * 1.3 / (1.1 m/s))
    assert_same(
        seconds(table),
        [
            *(0, 1800, 3600, np.nan, 3600 + walk),
            *(np.nan, 0, 3000, np.nan, 3000 + walk),
            *(np.nan, np.nan, walk, np.nan, 0),
        ],
    )
    assert list(table["from_id"]) == ["A"] * 5 + ["B"] * 5 + ["X"] * 5
    assert list(table["to_id"]) == ["A", "B", "C", "E", "X"] * 3


def test_points_walk_straight_and_to_stations() -> None:
    planner = by_hand()
    lat, lon = planner.timetable.stations.lat, planner.timetable.stations.lon
    c = planner.timetable.stations.id.row("C")
    assert c is not None
    near = Point(lon[c] + 0.001, lat[c])
    table = planner.travel_times(
        ["A", near], [near, "C", (float(lat[c]), float(lon[c]))], depart=NOON
    )
    to_c = planner.places.walking_time(planner.place(near), planner.place("C"))
    assert to_c and to_c < 120
    assert_same(seconds(table), [3600 + to_c, 3600, 3600, 0, to_c, to_c])
    assert table["from_id"].cat.categories[0] == "A"


def test_what_is_not_proven_is_not_said() -> None:
    """With one service day the train of the next morning is beyond what is looked at."""
    planner = toy(
        trip("A 12:10", "B 12:30"), trip("B 09:00", "C 10:00", dates="2026-06-03")
    ).planner()
    for lanes in (1, 512):
        for days, hours in ((1, np.nan), (2, 22)):
            asked = {"depart": NOON, "days": days, "lanes": lanes}
            assert_same(seconds(planner.travel_times("A", "C", **asked)), [hours * 3600])


def test_shortcuts_are_refused_as_in_single_questions() -> None:
    rules = mp.TransferRules(no_hop_shortcuts=True, small=60, door_closing={}, city_changes=False)
    planner = toy(
        trip("V 08:00", "A 08:30", number="1"),
        trip("A 08:32", "X 08:34", number="hop"),
        trip("B 08:45", "Z 09:00", number="b15"),
        trip("B 09:45", "Z 10:00", number="b75"),
        transfer("A", "B", minutes=70),
        place("A", at=(47.0, 5.0)),
        place("B", at=(47.0036, 5.0)),
        place("X", at=(47.0063, 5.0)),
    ).planner(rules)
    asked = {"depart": "2026-06-02 07:00", "days": 1}
    table = planner.travel_times(**asked)
    cells = [
        single(planner, one, other, **asked)
        for one, other in zip(table["from_id"], table["to_id"], strict=True)
    ]
    assert_same(seconds(table), cells)
    row = planner.one_to_all("V", **asked).set_index("id")
    assert row["travel_time"]["Z"] == pd.Timedelta("3 h")


# ---------------------------------------------------------------------- conventions


def test_columns_and_dtypes_are_fixed() -> None:
    planner = by_hand()
    for table in (
        planner.travel_times("A", "C", depart=NOON),
        planner.travel_times("E", "A", depart=NOON),
        planner.travel_times(depart=NOON),
        planner.travel_times(pd.Index(["A", "A"]), ["B", "B"], depart=NOON),
    ):
        assert list(table.columns) == ["from_id", "to_id", "travel_time"]
        assert isinstance(table.dtypes["from_id"], pd.CategoricalDtype)
        assert isinstance(table.dtypes["to_id"], pd.CategoricalDtype)
        assert str(table.dtypes["travel_time"]) == "timedelta64[s]"
        assert isinstance(table.index, pd.RangeIndex)
    unreached = planner.travel_times("E", "A", depart=NOON)
    assert unreached["travel_time"].isna().all()
    nowhere = planner.one_to_all("E", depart=NOON)
    assert str(nowhere.dtypes["arrival"]) == "datetime64[s, Europe/Paris]"
    assert nowhere["travel_time"].notna().sum() == 1


def test_places_are_called_as_they_were_asked_for(sample_planner: mp.Planner) -> None:
    """Names by names, ids by ids, points by their degrees, all stations by their ids."""
    rennes = sample_planner.place("Rennes")
    assert isinstance(rennes, Place) and len(rennes.stations) == 1
    timetable = sample_planner.timetable
    station, stop = timetable.stations.id[rennes.stations[0]], timetable.stops.id[0]
    asked = ["Rennes", station, stop, "Paris", ["Rennes", "Nantes"]]
    called = ["Rennes", station, stop, "Paris", "Rennes or Nantes"]
    table = sample_planner.travel_times(asked, [(48.1035, -1.6723)], depart=SAMPLE)
    assert table["from_id"].tolist() == called
    assert table["from_id"].cat.categories.tolist() == called
    assert list(table["to_id"]) == ["48.10350, -1.67230"] * len(asked)
    to_all = sample_planner.travel_times("Rennes", depart=SAMPLE)
    assert set(to_all["from_id"]) == {"Rennes"}
    assert to_all["to_id"].tolist() == sorted(timetable.stations.id)


@pytest.mark.parametrize(
    ("origins", "options", "error", "words"),
    [
        ([], {}, mp.InvalidQuery, r"origins=\[\] names no place"),
        (["A", "Atlantis"], {}, mp.UnknownStation, r"origins\[1\]"),
        (["A", 7], {}, mp.InvalidQuery, r"origins\[1\]=7"),
        (["A", []], {}, mp.InvalidQuery, r"origins\[1\]=\[\]"),
        ("A", {"depart": "2027-01-01 12:00"}, mp.OutsideCalendar, "2027-01-01"),
        ("A", {"depart": "2026-06-02"}, mp.InvalidQuery, "no time of day"),
        ("A", {"within": 5}, mp.InvalidQuery, "within=5"),
        ("A", {"days": 0}, mp.InvalidQuery, "days=0"),
        ("A", {"threads": 0}, mp.InvalidQuery, "threads=0"),
        ("A", {"lanes": 513}, mp.InvalidQuery, "lanes=513"),
    ],
)
def test_errors_say_what_to_do(
    origins: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        by_hand().travel_times(origins, **{"depart": NOON} | options)


def test_the_row_of_an_ambiguous_name_is_named() -> None:
    planner = toy(
        trip("A 12:10", "B 12:30"),
        place("A", title="Saint-Martin", at=(47.0, 5.0)),
        place("B", title="Saint-Martin", at=(43.0, 1.0)),
    ).planner()
    with pytest.raises(mp.AmbiguousStation, match=r"origins\[1\]"):
        planner.travel_times(["A", "Saint-Martin"], depart=NOON)


def test_a_bar_only_where_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    planner = by_hand()
    planner.travel_times(depart=NOON)
    planner.travel_times(depart=NOON, progress=False)
    planner.travel_times(depart=NOON, progress=True)  # done before a second is over
    assert capsys.readouterr().err == ""


def test_the_pool_of_sets_grows() -> None:
    """One arrival makes sixty stations' trains wait for it; a pass begins with room for few."""
    trains = [trip(f"B:{k} 13:{k:02d}", f"S{k} 14:30") for k in range(60)]
    planner = toy(trip("A 12:00", "B:x 12:10"), *trains).planner()
    plain = planner.travel_times("A", depart=NOON, lanes=1)
    assert plain["travel_time"].notna().sum() == 62  # A, B and all S
    pd.testing.assert_frame_equal(planner.travel_times("A", depart=NOON, lanes=512), plain)
