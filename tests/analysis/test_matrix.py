"""`Planner.matrix`: every cell is what a single question answers, whoever does the work."""

from __future__ import annotations

import math
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive import World
from random_timetables import FIRST, Case, cases, examples

import mobiplan as mp

SAMPLE = "2026-03-24"
START = pd.Timestamp(f"{SAMPLE} 08:00", tz="Europe/Paris")
CITIES = ["Rennes", "Nantes", "Lyon", "Grenoble", "Le Mans"]


@pytest.fixture(scope="module")
def priced() -> mp.Planner:
    return mp.Planner(mp.sample(), data=mp.sample_data())


def load(case: Case) -> mp.Planner:
    try:
        timetable = case.feed.load(case.rules)
    except mp.InvalidFeed as error:
        assume("contradict" not in str(error))
        raise
    assume(not World(timetable).contradicts_itself())
    return mp.Planner(timetable)


# ---------------------------------------------------------------------- earliest and shortest


@pytest.mark.parametrize(
    "asked",
    [
        {"depart": START},
        {"depart": START, "within": "3 h"},
        {"date": SAMPLE},
        {"depart": START, "window": "2 h"},
        {"arrive": START + pd.Timedelta("10 h")},
        {"depart": START, "needs": mp.Needs(max_transfers=1, max_wait="30 min")},
    ],
    ids=lambda asked: " ".join(asked),
)
def test_a_matrix_is_many_reaches(priced: mp.Planner, asked: dict[str, Any]) -> None:
    """`reach` is compared with single questions by its own tests."""
    table = priced.matrix(CITIES, CITIES, **asked)
    assert list(table.columns) == [
        *("from_id", "to_id", "travel_time", "transfers", "price_min", "price_max", "co2_kg")
    ]
    assert list(zip(table["from_id"], table["to_id"], strict=True)) == [
        (start, end) for start in CITIES for end in CITIES
    ]
    within = {"within": asked.get("within", "60 h")}
    for row in table.itertuples():
        start, end = row.from_id, row.to_id
        here, there = (end, start) if "arrive" in asked else (start, end)
        reach = priced.reach(here, **(asked | within)).to_frame().set_index("id")
        mine = [priced.timetable.stations.id[r] for r in priced.place(there).stations]
        found = reach.loc[reach.index.intersection(mine)]
        if here == there:
            assert row.travel_time == pd.Timedelta(0) and row.transfers == 0
            continue
        if not len(found):
            assert pd.isna(row.travel_time) and pd.isna(row.transfers) and math.isnan(row.co2_kg)
            continue
        best = found.sort_values(["travel_time", "transfers"]).iloc[0]
        assert row.travel_time == best["travel_time"], (start, end)
        if len(found) == 1:
            assert row.transfers == best["transfers"]
            assert (row.price_min, row.price_max) == (best["price_min"], best["price_max"])
            assert row.co2_kg == best["co2_kg"]


@pytest.mark.parametrize(
    "options",
    [{}, {"travellers": ["budget"]}, {"values": "travel_time"}, {"window": "1 h"}],
    ids=str,
)
def test_places_are_called_as_they_were_asked_for(
    priced: mp.Planner, options: dict[str, Any]
) -> None:
    station = priced.timetable.stations.id[priced.place("Nantes").stations[0]]
    table = priced.matrix(["rennes", station], ["Lyon"], depart=START, **options)
    assert table["from_id"].tolist() == ["rennes", station]
    assert table["to_id"].tolist() == ["Lyon", "Lyon"]


def test_travel_times_alone_are_those_of_travel_times(sample_planner: mp.Planner) -> None:
    asked = {"depart": START, "within": "6 h"}
    table = sample_planner.matrix(CITIES, None, values="travel_time", **asked)
    pd.testing.assert_frame_equal(table, sample_planner.travel_times(CITIES, None, **asked))
    more = sample_planner.matrix(CITIES, None, values=["travel_time", "transfers"], **asked)
    pd.testing.assert_frame_equal(more.drop(columns="transfers"), table)


@examples(40)
@given(cases(), st.sampled_from(("1 h", "20 min")), st.sampled_from((None, "15 min")), st.data())
def test_percentiles_are_over_the_minutes_of_the_window(
    case: Case, window: str, within: str | None, data: st.DataObject
) -> None:
    planner = load(case)
    start = pd.Timestamp(f"{FIRST} 08:{data.draw(st.integers(0, 40)):02d}", tz="Europe/Paris")
    ids = sorted(planner.timetable.stations.id)
    some = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True))
    needs = data.draw(
        st.sampled_from((None, mp.Needs(max_transfers=0), mp.Needs(max_wait="3 min")))
    )
    shares = [5, 50, 99.5, 100]
    asked: dict[str, Any] = {"needs": needs, "days": 3}
    if within is not None:
        asked["within"] = within
    try:
        table = planner.matrix(
            some, ids, depart=start, window=window, values="travel_time", percentiles=shares,
            threads=1, **asked,
        )  # fmt: skip
    except mp.OutsideCalendar:
        return
    n = int(pd.Timedelta(window).total_seconds()) // 60
    minutes = [
        planner.travel_times(some, ids, depart=start + pd.Timedelta(minutes=m), **asked)
        for m in range(0, n, 1 if needs is None else 7)
    ]
    every = np.array([one["travel_time"].dt.total_seconds().fillna(np.inf) for one in minutes])
    if needs is not None:  # fewer minutes were asked singly: each lies within what the table says
        last = table["travel_time_p100"].dt.total_seconds().fillna(np.inf).to_numpy()
        assert (every <= last).all()
        return
    for share in shares:
        expected = np.percentile(every, share, axis=0, method="inverted_cdf")
        found = table[f"travel_time_p{share:g}"].dt.total_seconds().fillna(np.inf)
        np.testing.assert_array_equal(found.to_numpy(), expected, err_msg=str(share))


def test_percentiles_under_limits_of_whole_journeys(sample_planner: mp.Planner) -> None:
    """Minute by minute, as single questions are asked."""
    needs = mp.Needs(max_wait="10 min")
    table = sample_planner.matrix(
        ["Rennes"], ["Lyon", "Nantes"], depart=START, window="10 min", percentiles=[30, 100],
        values="travel_time", needs=needs,
    )  # fmt: skip
    for row in table.itertuples():
        times = []
        for minute in range(10):
            start = START + pd.Timedelta(minutes=minute)
            found = sample_planner.earliest_arrival("Rennes", row.to_id, depart=start, needs=needs)
            times.append(found.best.arrival - start)
        assert row.travel_time_p30 == sorted(times)[2]
        assert row.travel_time_p100 == max(times)


# ---------------------------------------------------------------------- travellers

PEOPLE: dict[str, Any] = {
    "hurried": mp.Traveller(euros_per_hour=60),
    "poor": mp.Traveller(euros_per_hour=4, transfer="2 min"),
    "no changes": mp.Traveller(max_transfers=0),
    "young": mp.Traveller(age=20, price="low"),
    "wheelchair": "wheelchair",
    "slow": mp.Traveller(needs=mp.Needs(max_wait="25 min", extra_transfer_time="10 min")),
}


@pytest.mark.parametrize(
    "asked",
    [
        {"depart": START},
        {"arrive": START + pd.Timedelta("10 h")},
        {"depart": START, "window": "3 h"},
    ],
    ids=lambda asked: " ".join(asked),
)
def test_travellers_get_the_best_of_their_own_plan(
    priced: mp.Planner, asked: dict[str, Any]
) -> None:
    values = ["travel_time", "transfers", "price", "co2", "cost"]
    table = priced.matrix(CITIES[:3], CITIES[1:4], values=values, travellers=PEOPLE, **asked)
    assert len(table) == 9 * len(PEOPLE)
    assert list(table["traveller"].cat.categories) == list(PEOPLE)
    start = asked.get("depart")
    reached = 0
    for row in table.itertuples():
        if row.from_id == row.to_id:
            assert row.cost == row.co2_kg == row.transfers == 0
            continue
        who = PEOPLE[row.traveller]
        plan = priced.plan(row.from_id, row.to_id, traveller=who, draws=0, **asked)
        if not plan:
            assert pd.isna(row.travel_time) and math.isnan(row.cost)
            continue
        reached += 1
        best = plan.best
        assert row.cost == pytest.approx(best.cost, abs=1e-6)
        if start is None:
            assert row.travel_time == asked["arrive"] - best.departure
        elif "window" in asked:
            assert row.travel_time == best.duration
        else:
            assert row.travel_time == best.arrival - start
        assert row.transfers == best.transfers
        assert row.co2_kg == pytest.approx(best.co2.low, abs=0.006)
        assert (row.price_min, row.price_max) == pytest.approx(
            (best.price.low, best.price.high), abs=0.006
        )
    assert reached > 25


def test_many_travellers_by_one_search(priced: mp.Planner) -> None:
    """Drawn people differ in their weights alone, and share a sweep; the order is no matter."""
    rng = np.random.default_rng(5)
    people = [
        mp.Traveller(euros_per_hour=float(e), transfer=f"{t} min", waiting=float(w))
        for e, t, w in zip(
            rng.uniform(3, 60, 20), rng.integers(2, 40, 20), rng.uniform(0.8, 3, 20), strict=True
        )
    ]
    asked: dict[str, Any] = {"depart": START, "values": ["travel_time", "cost"]}
    table = priced.matrix(["Rennes"], ["Lyon", "Grenoble"], travellers=people, **asked)
    turned = priced.matrix(["Rennes"], ["Lyon", "Grenoble"], travellers=people[::-1], **asked)
    assert table["traveller"].tolist() == [str(k) for k in range(20)] * 2
    back = turned["cost"].to_numpy().reshape(2, 20)[:, ::-1].ravel()
    np.testing.assert_allclose(table["cost"], back, atol=1e-6)
    assert table["travel_time"].nunique() > 2
    for number in (0, 7, 19):
        row = table[(table["traveller"] == str(number)) & (table["to_id"] == "Lyon")]
        row = row if len(row) else table[table["traveller"] == str(number)].head(1)
        plan = priced.plan("Rennes", row["to_id"].iloc[0], traveller=people[number], draws=0,
                           depart=START)  # fmt: skip
        assert row["cost"].iloc[0] == pytest.approx(plan.best.cost, abs=1e-6)


# ---------------------------------------------------------------------- who does the work


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> mp.Planner:
    """A planner whose timetable lies in a folder."""
    path = tmp_path_factory.mktemp("saved") / "sample.timetable"
    mp.sample().save(path)
    return mp.Planner(mp.load(path))


def asked_of(planner: mp.Planner, executor: Any, threads: int | None = None) -> list[pd.DataFrame]:
    """One matrix of each kind."""
    ids = sorted(planner.timetable.stations.id)[::6]
    how: dict[str, Any] = {"executor": executor, "threads": threads}
    return [
        planner.travel_times(ids, ids, depart=START, **how),
        planner.matrix(ids[:20], ids, depart=START, **how),
        planner.matrix(ids, ids[:9], arrive=START + pd.Timedelta("8 h"), **how),
        planner.matrix(CITIES, CITIES, date=SAMPLE, percentiles=[50], **how),
        planner.matrix(CITIES[:2], CITIES, depart=START, travellers=["budget", "standard"], **how),
    ]


def assert_same(one: list[pd.DataFrame], two: list[pd.DataFrame]) -> None:
    for mine, theirs in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(mine, theirs)


def test_threads_and_executors_answer_alike(saved: mp.Planner) -> None:
    serial = asked_of(saved, None, threads=1)
    assert_same(asked_of(saved, None, threads=3), serial)
    with ThreadPoolExecutor(2) as pool:
        assert_same(asked_of(saved, pool), serial)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert_same(asked_of(saved, pool), serial)


def test_a_dask_cluster_answers_alike(saved: mp.Planner) -> None:
    """Workers are sent the timetable's folder, and map it."""
    distributed = pytest.importorskip("distributed", reason="needs mobiplan[dask]")
    serial = asked_of(saved, None, threads=1)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        assert_same(asked_of(saved, client.get_executor()), serial)


def test_a_saved_timetable_is_sent_as_its_folder(saved: mp.Planner, tmp_path: Path) -> None:
    assert len(pickle.dumps(saved)) < 1000
    again = pickle.loads(pickle.dumps(saved))
    assert again.timetable.saved == saved.timetable.saved
    call = again.timetable.hops.call
    assert not call.flags.owndata and not call.flags.writeable, "mapped, not read"
    edited = saved.timetable.edit().shift("1 min", trains="8601").apply()
    assert len(pickle.dumps(edited)) > 10_000, "no folder holds it"
    edited.save(tmp_path / "t")
    loaded = mp.load(tmp_path / "t")
    sent = pickle.dumps(loaded)
    saved.timetable.save(tmp_path / "t")
    with pytest.raises(mp.InvalidTimetable, match="has changed since"):
        pickle.loads(sent)


# ---------------------------------------------------------------------- tables of points


def points(planner: mp.Planner, names: list[str], crs: Any = 4326) -> gpd.GeoDataFrame:
    """Places 200 m to the north of stations."""
    stations = planner.timetable.stations
    rows = [planner.place(name).stations[0] for name in names]
    frame = gpd.GeoDataFrame(
        {"id": [10 * (k + 1) for k in range(len(rows))], "name": names},
        geometry=gpd.points_from_xy(stations.lon[rows], stations.lat[rows] + 0.0018),
        crs=4326,
    )
    return frame.to_crs(crs)


def test_points_come_back_under_their_ids(priced: mp.Planner) -> None:
    frame = points(priced, CITIES[:3])
    table = priced.matrix(frame, frame, depart=START)
    assert table["from_id"].tolist() == [10] * 3 + [20] * 3 + [30] * 3
    assert table["to_id"].tolist() == [10, 20, 30] * 3
    shapes = list(frame.geometry)
    plain = priced.matrix(shapes, shapes, depart=START)
    pd.testing.assert_frame_equal(table.iloc[:, 2:], plain.iloc[:, 2:])
    times = priced.travel_times(frame, CITIES[:3], depart=START)
    assert times["from_id"].tolist() == [10] * 3 + [20] * 3 + [30] * 3
    single = priced.earliest_arrival(shapes[0], "Lyon", depart=START).best.arrival - START
    assert times["travel_time"].iloc[2] == single


@pytest.mark.parametrize("crs", [2154, 3857, 27572])
def test_any_reference_system_will_do(priced: mp.Planner, crs: int) -> None:
    here, there = points(priced, CITIES[:2]), points(priced, CITIES[:2], crs)
    table = priced.matrix(there, CITIES, depart=START)
    same = priced.matrix(here, CITIES, depart=START)
    late = (table["travel_time"] - same["travel_time"]).dt.total_seconds().abs()
    assert late.max() <= 1  # a rounded second of walking


def test_tables_of_points_that_cannot_be_used(priced: mp.Planner) -> None:
    good = points(priced, CITIES[:3])
    twice, unnamed, nameless = good.copy(), good.copy(), good.copy()
    twice["id"] = [1, 2, 1]
    unnamed["id"] = ["a", None, "c"]
    at_sea, hollow, shapes = good.copy(), good.copy(), good.copy()
    at_sea.loc[1, "geometry"] = gpd.points_from_xy([-30.0], [45.0])[0]
    hollow.loc[2, "geometry"] = None
    shapes["geometry"] = shapes.geometry.to_crs(2154).buffer(100).to_crs(4326)
    metres = good.to_crs(2154).set_crs(4326, allow_override=True)
    for frame, error, message in (
        (good.iloc[:0], mp.InvalidQuery, "origins is an empty table"),
        (good.drop(columns="id"), mp.InvalidQuery, "origins has no column 'id'"),
        (good.set_crs(None, allow_override=True), mp.InvalidQuery, "set_crs\\(4326\\)"),
        (metres, mp.InvalidQuery, "row 0 \\(id 10\\) lies at .* nowhere on earth"),
        (twice, mp.InvalidQuery, "the id 1 stands in rows 0 and 2"),
        (unnamed, mp.InvalidQuery, "row 1 has no id"),
        (at_sea, mp.UnknownStation, "row 1 \\(id 20\\).*no station within"),
        (hollow, mp.InvalidQuery, "row 2 \\(id 30\\) holds nothing"),
        (shapes, mp.InvalidQuery, "row 0 \\(id 10\\) holds a Polygon"),
        (pd.DataFrame(nameless.drop(columns="geometry")), mp.InvalidQuery, "without a geometry"),
    ):
        for ask in (priced.matrix, priced.travel_times):
            with pytest.raises(error, match=message):
                ask(frame, CITIES, depart=START)


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"values": "speed"}, mp.InvalidQuery, "values holds 'speed': allowed are"),
        ({"values": []}, mp.InvalidQuery, "values=\\[\\]"),
        ({"values": ["co2", "co2"]}, mp.InvalidQuery, "each once"),
        ({"values": "cost"}, mp.InvalidQuery, "'cost' without travellers"),
        ({"percentiles": [50]}, mp.InvalidQuery, "window='2 h'"),
        ({"percentiles": [0], "window": "1 h"}, mp.InvalidQuery, "percentiles holds 0"),
        (
            {"percentiles": [50], "window": "1 h", "travellers": "budget"},
            mp.InvalidQuery,
            "no trav",
        ),
        ({"travellers": []}, mp.InvalidQuery, "travellers is empty"),
        ({"travellers": [7]}, mp.InvalidQuery, "travellers\\['0'\\] is 7"),
        ({"travellers": ["budget", "budget"]}, mp.InvalidQuery, "'budget' stands there twice"),
        ({"threads": 0}, mp.InvalidQuery, "threads=0"),
        ({"executor": "dask"}, mp.InvalidQuery, "executor='dask'"),
        ({"destinations": ["Nowhere"]}, mp.UnknownStation, "destinations\\[0\\]"),
        ({"depart": None}, mp.InvalidQuery, "which departures"),
        ({"depart": "2031-01-01 08:00"}, mp.OutsideCalendar, "2031"),
    ],
)
def test_what_cannot_be_asked(
    sample_planner: mp.Planner, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sample_planner.matrix(**({"origins": CITIES[:2], "destinations": CITIES[:2],
                                  "depart": START} | asked))  # fmt: skip


def test_a_bar_on_long_work_and_none_when_told(
    sample_planner: mp.Planner, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    asked: dict[str, Any] = {"depart": START, "travellers": "standard"}
    sample_planner.matrix(CITIES[:2], CITIES, **asked, progress=False)
    assert capsys.readouterr().err == ""
