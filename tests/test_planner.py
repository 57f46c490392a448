"""`Planner`: the order among equals, places, walks, bounds, refusals, threads, order of rows."""

from __future__ import annotations

import datetime as dt
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_timetables import Case, cases, examples
from timetables import place, shuffled, told, toy, trip

import mobiplan as mp

ENGINES = ("auto", "scan", "sweep", "dijkstra")
PLAIN = mp.TransferRules.plain(300)
MORNING = "2026-06-02 07:00"
each_engine: Any = pytest.mark.parametrize("engine", ENGINES)


# ------------------------------------------------------------------ the order among equals


@each_engine
def test_of_equal_arrivals_the_latest_departure_wins(engine: str) -> None:
    """1 and 2 reach the same train: nobody wants to sit at the junction for an hour."""
    planner = toy(
        trip("A 08:00", "B 08:30", number="1"),
        trip("A 09:00", "B 09:30", number="2"),
        trip("B 09:40", "C 10:00", number="3"),
    ).planner(PLAIN)
    found = planner.earliest_arrival("A", "C", depart=MORNING, engine=engine)
    assert told(found) == "2 A 09:00 B 09:30, 3 B 09:40 C 10:00"


@each_engine
def test_of_equal_times_the_fewest_transfers_win(engine: str) -> None:
    planner = toy(
        trip("A 08:00", "B 08:20", number="1"),
        trip("B 08:30", "C 09:00", number="2"),
        trip("A 08:00", "D 08:40", "C 09:00", number="3"),
    ).planner(PLAIN)
    assert told(planner.earliest_arrival("A", "C", depart=MORNING, engine=engine)) == (
        "3 A 08:00 C 09:00"
    )
    assert told(planner.latest_departure("A", "C", arrive="2026-06-02 10:00", engine=engine)) == (
        "3 A 08:00 C 09:00"
    )


@each_engine
def test_the_latest_departure_then_arrives_as_early_as_it_can(engine: str) -> None:
    planner = toy(
        trip("A 08:00", "B 08:20", number="1"),
        trip("B 08:30", "C 09:00", number="2"),
        trip("B 08:40", "C 08:50", number="3"),
        trip("A 07:00", "C 08:00", number="4"),
    ).planner(PLAIN)
    found = planner.latest_departure("A", "C", arrive="2026-06-02 10:00", engine=engine)
    assert told(found) == "1 A 08:00 B 08:20, 3 B 08:40 C 08:50"


@each_engine
def test_both_bounds_hold(engine: str) -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("A 10:00", "B 11:00", number="2"),
    ).planner()

    def ask(method: str, depart: str, arrive: str) -> str:
        times = {"depart": f"2026-06-02 {depart}", "arrive": f"2026-06-02 {arrive}"}
        return told(getattr(planner, method)("A", "B", **times, engine=engine))

    assert ask("earliest_arrival", "08:00", "09:00") == "1 A 08:00 B 09:00"
    assert ask("earliest_arrival", "08:01", "10:59") == ""
    assert ask("latest_departure", "08:00", "10:59") == "1 A 08:00 B 09:00"
    assert ask("latest_departure", "08:01", "10:59") == ""
    assert ask("latest_departure", "08:01", "11:00") == "2 A 10:00 B 11:00"


@each_engine
def test_a_date_asks_for_the_first_and_the_last_of_the_day(engine: str) -> None:
    planner = toy(
        *(trip(f"A {h:02d}:00", f"B {h:02d}:30", number=str(h)) for h in (5, 12, 22)),
        trip("A 00:10", "B 00:40", number="0", dates="2026-06-03"),
        trip("A 23:40", "B 24:10", number="23"),
    ).planner()
    first = planner.earliest_arrival("A", "B", date="2026-06-02", engine=engine)
    assert told(first) == "5 A 05:00 B 05:30"
    last = planner.latest_departure("A", "B", date="2026-06-02", engine=engine)
    assert told(last) == "0 A 00:10 B 00:40"


@each_engine
def test_nobody_is_left_waiting_at_four_in_the_morning(engine: str) -> None:
    """The last train that gets there, not the one that ends at the junction for the night."""
    planner = toy(
        trip("A 19:00", "B 22:30", number="home"),
        trip("A 21:56", "J 23:30", number="stranded"),
        trip("J 06:00", "B 08:00", number="early", dates="2026-06-03"),
        trip("A 06:00", "B 09:30", number="morning", dates="2026-06-03"),
        trip("A 22:00", "C 30:00", number="sleeper"),
    ).planner()
    last = planner.latest_departure("A", "B", date="2026-06-02", engine=engine)
    assert told(last) == "home A 19:00 B 22:30"
    night = planner.latest_departure("A", "C", date="2026-06-02", engine=engine)
    assert told(night) == "sleeper A 22:00 C 06:00"


@each_engine
def test_a_date_means_leaving_on_that_day(engine: str) -> None:
    """Who would arrive no later by leaving tomorrow does not leave tonight."""
    planner = toy(
        trip("A 23:30", "B 33:00", number="slow", dates="2026-06-02"),
        trip("A 06:00", "B 07:00", number="fast", dates="2026-06-02 2026-06-03"),
    ).planner()
    assert told(planner.earliest_arrival("A", "B", date="2026-06-02", engine=engine)) == (
        "fast A 06:00 B 07:00"
    )
    assert told(planner.latest_departure("A", "B", date="2026-06-02", engine=engine)) == (
        "fast A 06:00 B 07:00"
    )
    nothing = planner.earliest_arrival(
        "A", "B", date="2026-06-03", depart="2026-06-03 12:00", engine=engine
    )
    assert not nothing
    assert "leaves A" in str(nothing.diagnosis)


# ------------------------------------------------------------------ places and walks


@each_engine
def test_several_stations_as_origin_and_as_destination(engine: str) -> None:
    planner = toy(
        trip("A 08:00", "C 09:00", number="1"),
        trip("B 08:30", "D 08:55", number="2"),
        trip("B 08:10", "C 08:58", number="3"),
    ).planner()
    found = planner.earliest_arrival(["A", "B"], ["C", "D"], depart=MORNING, engine=engine)
    assert told(found) == "2 B 08:30 D 08:55"
    assert told(planner.earliest_arrival(["A", "B"], "C", depart=MORNING, engine=engine)) == (
        "3 B 08:10 C 08:58"
    )
    assert told(
        planner.latest_departure(["A", "B"], "C", arrive="2026-06-02 10:00", engine=engine)
    ) == ("3 B 08:10 C 08:58")


NEIGHBOURS = (
    trip("A 08:00", "B 08:04", number="1"),
    place("A", at=(47.0, 5.0)),
    place("B", metres=300, north_of="A"),
)  # 300 m * 1.3 / 1.1 m/s = 355 s on foot


@each_engine
def test_one_walks_where_that_is_faster(engine: str) -> None:
    planner = toy(*NEIGHBOURS).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-06-02 07:30", engine=engine)
    assert [leg.mode for leg in found.best.legs] == ["walk"]
    assert found.best.duration == dt.timedelta(seconds=355)
    riding = planner.earliest_arrival("A", "B", depart="2026-06-02 08:00", engine=engine)
    assert told(riding) == "1 A 08:00 B 08:04"


@each_engine
def test_one_walks_also_after_the_last_train(engine: str) -> None:
    planner = toy(*NEIGHBOURS).planner()
    late = planner.earliest_arrival("A", "B", depart="2026-06-02 20:00", engine=engine)
    assert told(late) == "walk A 20:00 B 20:05"


@each_engine
def test_one_may_leave_at_the_last_moment_on_foot(engine: str) -> None:
    """By 20:00 one leaves at 19:54:05, though the last train arrives at 08:04."""
    planner = toy(*NEIGHBOURS).planner()
    found = planner.latest_departure("A", "B", arrive="2026-06-02 20:00", engine=engine).best
    assert f"{found.departure:%H:%M:%S}" == "19:54:05"
    assert f"{found.arrival:%H:%M:%S}" == "20:00:00"


def test_a_point_is_walked_from_and_to() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        place("A", at=(47.0, 5.0)),
        place("B", at=(47.5, 5.0)),
    ).planner()
    near_a, near_b = (47.002, 5.0), (47.503, 5.0)  # 222.4 m: 263 s; 333.6 m: 395 s
    found = planner.earliest_arrival(near_a, near_b, depart=MORNING).best
    assert [leg.mode for leg in found.legs] == ["walk", "train", "walk"]
    assert f"{found.departure:%H:%M:%S}" == "07:55:37"
    assert f"{found.arrival:%H:%M:%S}" == "09:06:35"
    assert found.walking == dt.timedelta(seconds=263 + 395)
    last = planner.latest_departure(near_a, near_b, arrive="2026-06-02 09:06:35").best
    assert last == found
    assert not planner.latest_departure(near_a, near_b, arrive="2026-06-02 09:06:34")
    assert not planner.earliest_arrival(near_a, near_b, depart="2026-06-02 07:55:38")


def test_one_place_twice_is_refused() -> None:
    planner = toy(trip("A:1 08:00", "A:2 08:30", "B 09:00")).planner()
    for other in ("A", "A:2", ["B", "A"]):
        with pytest.raises(mp.InvalidQuery, match="one place"):
            planner.earliest_arrival("A:1", other, depart=MORNING)


# ------------------------------------------------------------------ no answer


def test_an_empty_answer_says_why() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", number="1"),
        trip("C 08:00", "D 09:00", number="2"),
        trip("D 20:00", "E 21:00", number="3"),
    ).planner()
    nothing = planner.earliest_arrival("A", "D", depart=MORNING)
    assert len(nothing) == 0
    assert "no journey from A to D" in str(nothing.diagnosis)
    with pytest.raises(mp.NoJourney, match="no journey from A to D"):
        _ = nothing.best
    no_train = planner.earliest_arrival("B", "A", depart=MORNING)
    assert "leaves B" in str(no_train.diagnosis)
    too_late = planner.earliest_arrival("A", "B", depart=MORNING, arrive="2026-06-02 08:59")
    assert "09:00" in str(too_late.diagnosis)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "when"),
        ({"depart": "tomorrow"}, "depart='tomorrow'"),
        ({"depart": "2026-06-02"}, "no time of day"),
        ({"depart": MORNING, "engine": "csa"}, "engine"),
        ({"depart": MORNING, "days": 0}, "days"),
        ({"depart": MORNING, "arrive": "2026-06-02 06:00"}, "after arrive"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(arguments: Any, words: str) -> None:
    planner = toy(trip("A 08:00", "B 09:00")).planner()
    with pytest.raises(mp.InvalidQuery, match=words):
        planner.earliest_arrival("A", "B", **arguments)


def test_an_unknown_station_is_refused_with_the_argument_named() -> None:
    planner = toy(trip("Rennes 08:00", "Brest 09:00")).planner()
    with pytest.raises(mp.UnknownStation, match=r"destination.*Rennes"):
        planner.earliest_arrival("Brest", "Renes", depart=MORNING)


def test_before_the_first_train_of_the_window_a_horizon_is_named() -> None:
    planner = toy(
        trip("A 08:00", "B 09:00", dates="2026-06-02"),
        trip("C 08:00", "D 09:00", dates="2026-06-02 2026-06-20"),
    ).planner()
    found = planner.earliest_arrival("A", "B", depart="2026-06-03 08:00")
    assert not found
    assert found.stats.horizon.startswith("2026-06-03")


# ------------------------------------------------------------------ one answer, whatever


@examples(25)
@given(cases(), st.integers(0, 99))
def test_g46_the_order_of_rows_and_columns_changes_no_answer(case: Case, seed: int) -> None:
    try:
        planners = [case.feed.planner(case.rules), case.feed.shuffled(seed).planner(case.rules)]
    except mp.InvalidFeed:
        return
    one, other = (planner.timetable for planner in planners)
    for name in ("calls", "hops", "groups", "exceptions", "footpaths", "published"):
        for column, again in zip(getattr(one, name), getattr(other, name), strict=True):
            assert column.tolist() == again.tolist(), name
    known = [name for name in "ABCDEF" if name in set(one.stations.id)]
    for method, when in (("earliest_arrival", "depart"), ("latest_departure", "arrive")):
        for engine in ENGINES[1:]:
            for a, b in zip(known, known[1:] + known[:1], strict=True):
                answers = []
                for planner in planners if a != b else ():
                    options = {when: "2026-06-02 08:10", "engine": engine}
                    try:
                        answers.append(told(getattr(planner, method)(a, b, **options)))
                    except mp.OutsideCalendar:
                        answers.append("outside")
                assert len(set(answers)) <= 1


@pytest.fixture(scope="module")
def pairs(sample: mp.Timetable) -> list[tuple[str, str]]:
    """Questions on the bundled feed, between busy stations."""
    busiest = sorted(range(len(sample.stations.id)), key=lambda s: -sample.stations.departures[s])
    ids = [sample.stations.id[row] for row in busiest[:40]]
    return [(ids[k], ids[(7 * k + 11) % 40]) for k in range(40) if k != (7 * k + 11) % 40]


def answers_of(planner: mp.Planner, pairs: list[tuple[str, str]], day: str) -> list[Any]:
    found: list[Any] = []
    for a, b in pairs:
        try:
            there = planner.earliest_arrival(a, b, depart=f"{day} 08:00")
            back = planner.latest_departure(b, a, arrive=f"{day} 20:00")
        except mp.InvalidQuery:  # two stops of one place
            continue
        found += [(told(one), str(one.diagnosis)) for one in (there, back)]
    return found


def test_g46_the_order_of_rows_of_the_bundled_feed_changes_no_answer(
    sample_planner: mp.Planner, pairs: list[tuple[str, str]], tmp_path: Path
) -> None:
    with (
        resources.as_file(resources.files("mobiplan") / "data" / "sample.zip") as path,
        zipfile.ZipFile(path) as archive,
    ):
        files = {
            name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith(".txt")
        }
    with zipfile.ZipFile(tmp_path / "sample.zip", "w") as archive:
        for name, text in shuffled(files, seed=1).items():
            archive.writestr(name, text)
    mixed = mp.Planner(mp.load(tmp_path / "sample.zip"))
    day = sample_planner.timetable.busiest_date.isoformat()
    expected = answers_of(sample_planner, pairs, day)
    assert sum(bool(answer) for answer, _ in expected) > 60
    assert answers_of(mixed, pairs, day) == expected


def test_eight_threads_on_one_planner_get_the_answers_of_one(
    sample: mp.Timetable, sample_planner: mp.Planner, pairs: list[tuple[str, str]]
) -> None:
    """Each thread asks on other days too, so that graphs come and go under the others."""
    days = [date.isoformat() for date in sample.dates[:5]]
    jobs = [(day, pairs[k::4]) for day in days for k in range(4)]
    expected = [answers_of(sample_planner, some, day) for day, some in jobs]
    shared = mp.Planner(sample)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda job: answers_of(shared, job[1], job[0]), jobs))
    assert found == expected


def test_engines_agree_on_the_bundled_feed(
    sample_planner: mp.Planner, pairs: list[tuple[str, str]]
) -> None:
    day = sample_planner.timetable.busiest_date.isoformat()
    for a, b in pairs:
        for method, when in (
            ("earliest_arrival", {"depart": f"{day} 09:17"}),
            ("latest_departure", {"arrive": f"{day} 19:43"}),
        ):
            answers = set()
            for engine in ENGINES:
                try:
                    found = getattr(sample_planner, method)(a, b, **when, engine=engine)
                except mp.InvalidQuery:
                    continue
                best = found.best if found else None
                answers.add(best and (best.departure, best.arrival, best.transfers))
            assert len(answers) <= 1, (a, b, method)


def test_an_answer_is_the_same_when_asked_again(sample: mp.Timetable) -> None:
    """Labels are reused from query to query: nothing of one may remain for the next."""
    planner = mp.Planner(sample)
    day = sample.busiest_date.isoformat()
    first = told(planner.earliest_arrival("Rennes", "Lyon", depart=f"{day} 08:00"))
    for engine in ENGINES:
        planner.latest_departure("Lyon", "Lille", arrive=f"{day} 22:00", engine=engine)
        planner.earliest_arrival("Nice", "Rennes", depart=f"{day} 05:00", engine=engine)
        again = planner.earliest_arrival("Rennes", "Lyon", depart=f"{day} 08:00", engine=engine)
        assert told(again) == first


def test_a_city_is_crossed_to_begin_and_to_end(sample: mp.Timetable) -> None:
    """Nobody goes to Nogent-sur-Seine and back to come from Montparnasse to Paris Est."""
    planner = mp.Planner(sample)
    to_est = planner.earliest_arrival("Rennes", "Paris Est", depart="2026-03-24 08:00").best
    assert [leg.to_name for leg in to_est.legs] == ["Paris Montparnasse", "Paris Est"]
    assert to_est.legs[1].kind == "city change"
    assert to_est.walking == dt.timedelta(0)
    from_est = planner.earliest_arrival("Paris Est", "Lyon", depart="2026-03-24 08:00").best
    assert [leg.from_name for leg in from_est.legs] == ["Paris Est", "Paris Gare de Lyon"]
    montparnasse, lyon = (48.842, 2.322), (48.8449, 2.3735)
    across = planner.earliest_arrival(montparnasse, lyon, depart="2026-03-24 08:00").best
    assert across.duration < dt.timedelta(hours=1, minutes=10)


def test_halls_published_as_two_stations_ask_for_what_the_larger_asks() -> None:
    busy = [trip(f"V {h:02d}:{m:02d}", f"S {h + 1:02d}:{m:02d}", "W 30:00") for h in (5, 6)
            for m in range(10)]  # fmt: skip
    planner = toy(
        trip("A 07:00", "S 08:00", number="1"),
        trip("H 08:05", "B 09:00", number="5 min"),
        trip("H 08:08", "B 09:30", number="8 min"),
        place("H", metres=30, north_of="S"),
        *busy,
    ).planner(mp.TransferRules(small=300, large=480, large_from=20, medium_from=20))
    found = planner.earliest_arrival("A", "B", depart="2026-06-02 06:00").best
    assert [leg.train_number for leg in found.legs if not leg.is_walk] == ["1", "8 min"]


def test_planner_timetable_and_answers_can_be_pickled(sample: mp.Timetable) -> None:
    planner = mp.Planner(sample)
    found = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    again = pickle.loads(pickle.dumps(found))
    assert repr(again) == repr(found)
    assert again.best == found.best
    twin = pickle.loads(pickle.dumps(planner))
    assert twin.timetable.rules == planner.timetable.rules
    assert not twin.timetable.calls.stop.flags.writeable
    asked = twin.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
    assert asked.best.id == found.best.id


def test_a_time_that_the_clocks_skip_is_refused(sample: mp.Timetable) -> None:
    planner = mp.Planner(sample)
    with pytest.raises(mp.InvalidQuery, match="does not exist"):
        planner.earliest_arrival("Rennes", "Lyon", depart="2026-03-29 02:30")
    found = planner.earliest_arrival("Rennes", "Lyon", depart="2026-03-29 03:30")
    assert found.best.departure.utcoffset() == dt.timedelta(hours=2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda timetable: mp.Planner(timetable, 5),
        lambda timetable: mp.Planner("a path"),
        lambda timetable: mp.TransferRules(large="x"),
        lambda timetable: mp.TransferRules(large=float("nan")),
        lambda timetable: mp.TransferRules(reach_m=-1),
        lambda timetable: timetable.find(None),
        lambda timetable: mp.load(None),
        lambda timetable: mp.load([5]),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused_with_a_remedy(
    wrong: Any, sample: mp.Timetable
) -> None:
    with pytest.raises((mp.InvalidQuery, mp.InvalidFeed), match=r"give|needs"):
        wrong(sample)


def test_later_and_earlier_are_the_neighbours(sample: mp.Timetable) -> None:
    planner = mp.Planner(sample)
    journey = planner.earliest_arrival("Rennes", "Brest", depart="2026-03-24 08:00").best
    following = journey.later().best
    assert following.departure > journey.departure
    assert following.earlier().best.departure >= journey.departure
    assert not journey.later()[1:]


def test_the_last_train_home_is_a_train_where_one_may_go_on_foot_as_slowly(
    sample: mp.Timetable,
) -> None:
    planner = mp.Planner(sample)
    last = planner.latest_departure("Lyon Part Dieu", "Lyon Perrache", date="2026-03-24").best
    assert [leg.is_walk for leg in last.legs] == [False]


@pytest.mark.parametrize("data", ["/srv/opendata", 42])
def test_data_that_was_not_opened_is_refused(sample: mp.Timetable, data: Any) -> None:
    with pytest.raises(mp.InvalidQuery, match="open_data"):
        mp.Planner(sample, data=data)


def test_more_days_than_there_are_change_nothing(sample: mp.Timetable) -> None:
    asked = {"origin": "Rennes", "destination": "Lyon", "depart": "2026-03-24 08:00"}
    few, many = (mp.Planner(sample).earliest_arrival(**asked, days=days) for days in (3, 10**9))
    assert few.best.arrival == many.best.arrival
