"""Real feeds: what the planner says is in the files, and every way to ask gives one answer.

The files are read here a second time, by plain pandas and in the plainest way, so that an error in
`mobiplan.gtfs` cannot hide itself. The feeds lie beside the project, in ../shared/feeds; without
them these tests are skipped, but never in CI.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import random
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

import mobiplan as mp
from mobiplan.journeys.leg import Call
from mobiplan.planner.paretos import pareto

FEEDS = Path(__file__).parents[2] / "shared" / "feeds"
PARIS = ZoneInfo("Europe/Paris")
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
TRAIN_NUMBER_OF_TRANSILIEN = re.compile(r"DUASN(\d+)")

Method = Literal["earliest_arrival", "latest_departure"]


@dataclass(frozen=True)
class National:
    """The feeds that were a country's timetable on one day, and the days to ask about."""

    name: str
    feeds: tuple[str, ...]
    dates: tuple[dt.date, ...]  # a working day, and the eve of summer time


SETS = [
    National(
        "2025",
        ("sncf_tgv_20250122", "sncf_ter_20250122"),
        (dt.date(2025, 2, 4), dt.date(2025, 3, 29)),
    ),
    National(
        "2021",
        (
            "sncf_tgv_20210309",
            "sncf_intercites_20210309",
            "sncf_ter_20210309",
            "sncf_transilien_lines_20210309",
        ),
        (dt.date(2021, 3, 17), dt.date(2021, 3, 27)),
    ),
]


def feed_path(name: str) -> Path:
    path = FEEDS / f"{name}.zip"
    if not path.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is missing, and in CI it must not be")
        pytest.skip(f"{path} is missing: the real feeds lie beside the project")
    return path


# ------------------------------------------------------------------ the files, read plainly


class RawFeed:
    """One zip as pandas reads it: everything is text."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        with zipfile.ZipFile(path) as archive:
            present = {name.removesuffix(".txt") for name in archive.namelist()}

            def read(table: str) -> pd.DataFrame:
                if table not in present:
                    return pd.DataFrame()
                with archive.open(f"{table}.txt") as file:
                    frame = pd.read_csv(
                        file, dtype=str, keep_default_na=False, encoding="utf-8-sig"
                    )
                frame.columns = frame.columns.str.strip()
                return frame.astype(object)

            self.stops = read("stops")
            self.trips = read("trips")
            self.calendar = read("calendar")
            self.exceptions = read("calendar_dates")
            times = read("stop_times")
        times["sequence"] = times["stop_sequence"].astype(int)
        self.times = times.sort_values(["trip_id", "sequence"], kind="stable", ignore_index=True)
        first = self.times.drop_duplicates("trip_id").index.to_numpy()
        ends = np.append(first[1:], len(times)).tolist()
        ids = self.times["trip_id"].to_numpy()[first].tolist()
        self._rows = dict(zip(ids, zip(first.tolist(), ends, strict=True), strict=True))

    @cached_property
    def trips_by_number(self) -> dict[str, list[tuple[str, str]]]:
        """Train number -> (trip_id, service_id) of the trips that bear it."""
        found: dict[str, list[tuple[str, str]]] = {}
        number_column = "trip_headsign" if "sncf" in self.name else "trip_short_name"
        for trip, service, number in zip(
            self.trips["trip_id"],
            self.trips["service_id"],
            self.trips[number_column],
            strict=True,
        ):
            transilien = TRAIN_NUMBER_OF_TRANSILIEN.match(trip)
            found.setdefault(transilien[1] if transilien else number, []).append((trip, service))
        return found

    @cache  # noqa: B019 (these few feeds live as long as the tests)
    def services_on(self, date: dt.date) -> frozenset[str]:
        """The service ids that run on a date: calendar.txt, then calendar_dates.txt."""
        day = date.strftime("%Y%m%d")
        active: set[str] = set()
        if len(self.calendar):
            table = self.calendar
            runs = (table["start_date"] <= day) & (day <= table["end_date"])
            runs &= table[WEEKDAYS[date.weekday()]] == "1"
            active |= set(table["service_id"][runs])
        if len(self.exceptions):
            table = self.exceptions[self.exceptions["date"] == day]
            active |= set(table["service_id"][table["exception_type"] == "1"])
            active -= set(table["service_id"][table["exception_type"] == "2"])
        return frozenset(active)

    def calls(self, trip: str) -> list[dict[str, str]]:
        """The rows of stop_times.txt of a trip, in order."""
        first, end = self._rows[trip]
        rows: list[dict[str, str]] = self.times.iloc[first:end].to_dict("records")
        return rows

    def stops_served(self, date: dt.date) -> dict[str, set[str]]:
        """Station id -> the ids of its stops at which a train calls on a date."""
        services = self.services_on(date)
        trips = set(self.trips["trip_id"][self.trips["service_id"].isin(services)])
        served = set(self.times["stop_id"][self.times["trip_id"].isin(trips)])
        stations: dict[str, set[str]] = {}
        for stop, parent in zip(self.stops["stop_id"], self.stops["parent_station"], strict=True):
            if stop in served:
                stations.setdefault(parent or stop, set()).add(stop)
        return stations


def clock(when: dt.datetime, date: dt.date, zone: ZoneInfo = PARIS) -> str:
    """Write an instant as the files do: hours since noon minus twelve hours of the service day."""
    noon = dt.datetime.combine(date, dt.time(12), tzinfo=zone)
    seconds = int(when.timestamp() - noon.timestamp()) + 12 * 3600
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def is_in(feed: RawFeed, leg: mp.Leg, number: str) -> bool:
    """Whether a train of this number runs on the leg's date as the leg says, call by call."""
    date = leg.service_date
    assert date is not None
    expected = [
        (leg.from_stop_id, None, clock(leg.departure, date)),
        *(
            (call.stop_id, clock(call.arrival, date), clock(call.departure, date))
            for call in leg.stops
        ),
        (leg.to_stop_id, clock(leg.arrival, date), None),
    ]
    for trip, service in feed.trips_by_number.get(number, ()):
        if service not in feed.services_on(date):
            continue
        calls = feed.calls(trip)
        for i in range(len(calls) - len(expected) + 1):
            part = calls[i : i + len(expected)]
            same = all(
                stop.removeprefix(f"{feed.name}:") == row["stop_id"]
                and arrival in (None, row["arrival_time"].zfill(8))
                and departure in (None, row["departure_time"].zfill(8))
                for row, (stop, arrival, departure) in zip(part, expected, strict=True)
            )
            boards = part[0].get("pickup_type") != "1" or leg.in_seat
            alights = part[-1].get("drop_off_type") != "1" or "stay seated" in leg.note
            if same and boards and alights:
                return True
    return False


# ------------------------------------------------------------------ questions


@dataclass(frozen=True)
class Question:
    """One query, in words that do not depend on how a timetable was loaded."""

    method: Method
    origin: str  # a stop id
    destination: str
    when: dt.datetime


def questions(
    feeds: Sequence[RawFeed], dates: Sequence[dt.date], n: int, method: Method, seed: int
) -> list[Question]:
    """`n` questions, uniform over the stations with service on the date and over the day."""
    dice = random.Random(seed)
    made = []
    for part, date in enumerate(dates):
        served: dict[str, set[str]] = {}
        for feed in feeds:
            for station, stops in feed.stops_served(date).items():
                served.setdefault(station, set()).update(stops)
        stations = [sorted(stops) for _, stops in sorted(served.items())]
        for _ in range(n * part // len(dates), n * (part + 1) // len(dates)):
            origin, destination = dice.sample(stations, 2)
            when = dt.datetime.combine(date, dt.time(dice.randrange(24), dice.randrange(60)))
            made.append(
                Question(
                    method,
                    dice.choice(origin),
                    dice.choice(destination),
                    when.replace(tzinfo=PARIS),
                )
            )
    return made


def ask(planner: mp.Planner, question: Question, **options: Any) -> mp.JourneySet:
    """Ask; two stops of one place (a station of two feeds) have no journey between them."""
    when = "depart" if question.method == "earliest_arrival" else "arrive"
    method = getattr(planner, question.method)
    try:
        answer: mp.JourneySet = method(
            question.origin, question.destination, **{when: question.when}, **options
        )
    except mp.InvalidQuery as error:
        assert "are one place" in str(error)
        return ask(planner, another_destination(planner, question), **options)
    return answer


def another_destination(planner: mp.Planner, question: Question) -> Question:
    stops = planner.timetable.stops
    row = stops.id.row(question.destination)
    assert row is not None
    there = stops.id[(row + len(stops.station) // 2) % len(stops.station)]
    return Question(question.method, question.origin, there, question.when)


def words(journeys: mp.JourneySet) -> dict[str, Any]:
    """Everything that an answer says."""
    return journeys.to_dict()


def criteria(journeys: mp.JourneySet) -> list[tuple[dt.datetime, dt.datetime, int]]:
    return [(j.arrival, j.departure, j.transfers) for j in journeys]


@pytest.fixture(scope="module", params=SETS, ids=lambda national: national.name)
def national(request: pytest.FixtureRequest) -> National:
    one: National = request.param
    for name in one.feeds:
        feed_path(name)
    return one


@pytest.fixture(scope="module")
def raw(national: National) -> list[RawFeed]:
    return [RawFeed(feed_path(name)) for name in national.feeds]


@pytest.fixture(scope="module")
def planner(national: National) -> mp.Planner:
    return mp.Planner(mp.load([feed_path(name) for name in national.feeds]))


# ------------------------------------------------------------------ the national feeds


def test_nothing_is_lost_in_loading(raw: list[RawFeed], planner: mp.Planner) -> None:
    """All trips with two calls are there, with all their calls."""
    sizes = [size for feed in raw for size in feed.times.groupby("trip_id").size() if size > 1]
    assert len(planner.timetable.trips.route) == len(sizes)
    assert len(planner.timetable.calls.stop) == sum(sizes)


def test_the_check_can_fail(raw: list[RawFeed], planner: mp.Planner, national: National) -> None:
    """A leg that is a minute or a day off, of another number or cut short, is not in the files."""
    question = Question(
        "earliest_arrival",
        *("StopPoint:OCETGV INOUI-87471003", "StopPoint:OCETGV INOUI-87391003"),
        dt.datetime.combine(national.dates[0], dt.time(8), tzinfo=PARIS),
    )
    leg = ask(planner, question).best.legs[0]
    number = leg.train_number.split("/")[0]
    call = Call("", "", leg.to_stop_id, "", leg.arrival, leg.arrival)
    minute, day = dt.timedelta(minutes=1), dt.timedelta(days=1)
    assert leg.service_date is not None
    assert any(is_in(feed, leg, number) for feed in raw)
    for wrong in (
        dataclasses.replace(leg, departure=leg.departure + minute),
        dataclasses.replace(leg, arrival=leg.arrival + minute),
        dataclasses.replace(leg, service_date=leg.service_date + day),
        dataclasses.replace(leg, to_stop_id=leg.from_stop_id),
        dataclasses.replace(leg, stops=(*leg.stops, call)),
    ):
        assert not any(is_in(feed, wrong, number) for feed in raw)
    assert not any(is_in(feed, leg, number + "0") for feed in raw)


@pytest.mark.parametrize("method", ["earliest_arrival", "latest_departure"])
def test_every_leg_is_in_the_files(
    national: National, raw: list[RawFeed], planner: mp.Planner, method: Method
) -> None:
    n_answers = n_rides = 0
    for question in questions(raw, national.dates, 300, method, seed=2026):
        journeys = ask(planner, question)
        for journey in journeys:
            n_answers += 1
            if method == "earliest_arrival":
                assert journey.departure >= question.when
            else:
                assert journey.arrival <= question.when
            for before, after in zip(journey.legs, journey.legs[1:], strict=False):
                assert before.arrival <= after.departure
            for leg in journey.legs:
                if leg.is_walk:
                    continue
                n_rides += 1
                for number in leg.train_number.split("/"):
                    assert any(is_in(feed, leg, number) for feed in raw), (question, leg)
    assert n_answers > 150, "most stations of a country can be reached within three days"
    assert n_rides > 2 * n_answers


@pytest.mark.parametrize("method", ["earliest_arrival", "latest_departure"])
def test_engines_agree(
    national: National, raw: list[RawFeed], planner: mp.Planner, method: Method
) -> None:
    for question in questions(raw, national.dates, 200, method, seed=7):
        auto, scan, sweep, dijkstra = (
            criteria(ask(planner, question, engine=engine))
            for engine in ("auto", "scan", "sweep", "dijkstra")
        )
        assert auto == scan == sweep == dijkstra, question


def test_sets_and_limits_agree(national: National, raw: list[RawFeed], planner: mp.Planner) -> None:
    """Rounds and bags find one set, with bounds and without; a limit's answer is its first."""
    limit = mp.Needs(max_transfers=2)
    toll = mp.Criterion("toll", by_toll)
    n_wide = 0
    for question in questions(raw, national.dates[:1], 30, "earliest_arrival", seed=31):
        asked = (planner, question.origin, question.destination)
        try:
            rounds = pareto(*asked, depart=question.when)
        except mp.InvalidQuery:
            continue  # two stops of one place
        found = criteria(rounds)
        assert criteria(pareto(*asked, depart=question.when, by_bags=True)) == found, question
        allowed = [arrival for arrival, _, transfers in found if transfers <= 2]
        first = ask(planner, question, needs=limit)
        assert [j.arrival for j in first] == sorted(allowed)[:1], question
        if not found or found[0][0] - question.when > dt.timedelta(hours=8) or n_wide == 4:
            continue  # without bounds that takes seconds
        names: Sequence[Any] = ("arrival", "transfers", toll)
        sets = [
            pareto(*asked, depart=question.when, criteria=names, slack=0.25, narrow=narrow)
            for narrow in (True, False)
        ]
        one, other = ([(j.arrival, j.transfers) for j in each] for each in sets)
        assert one == other, question
        assert sets[0].to_frame()["toll"].tolist() == sets[1].to_frame()["toll"].tolist(), question
        n_wide += 1
    assert n_wide > 1


def test_plans_are_the_cheapest_of_all(
    national: National, raw: list[RawFeed], planner: mp.Planner
) -> None:
    """The sweep for the least cost, that with bags and, if only time counts, the scan agree."""
    everything = mp.Needs(max_duration="90 h")  # no limit, but one that takes bags
    hurried = mp.Traveller.from_weights({"before_departure": 1, "waiting": 1, "walking": 1})
    for k, question in enumerate(
        questions(raw, national.dates[:1], 12, "earliest_arrival", seed=5)
    ):
        ends = (question.origin, question.destination)
        who = ("standard", "budget", "luggage")[k % 3]
        try:
            plan = planner.plan(*ends, depart=question.when, traveller=who, draws=0)
        except mp.InvalidQuery:
            continue  # two stops of one place
        bags = planner.plan(*ends, depart=question.when, traveller=who, draws=0, needs=everything)
        assert bool(plan) == bool(bags), question
        if plan:
            assert plan.best.cost == pytest.approx(bags.best.cost, abs=1e-6), question
        soonest = planner.plan(*ends, depart=question.when, traveller=hurried, draws=0)
        first = planner.earliest_arrival(*ends, depart=question.when)
        assert [j.arrival for j in soonest][:1] == [j.arrival for j in first], question


def by_toll(graph: mp.TimeExpandedGraph) -> Any:
    """Whole numbers, so that sums are equal however they are added up."""
    trip = graph.connections.run_trip[graph.connections.rows[:, 2]]
    return graph.ride_s * (1 + trip % 3)


def test_eight_threads_get_the_answers_of_one(
    national: National, raw: list[RawFeed], planner: mp.Planner
) -> None:
    """Also while graphs of several windows are made and dropped again."""
    asked = [
        question
        for method, seed in (("earliest_arrival", 11), ("latest_departure", 12))
        for question in questions(raw, national.dates, 100, method, seed)  # type: ignore[arg-type]
    ]
    alone = [words(ask(planner, question)) for question in asked]
    fresh = mp.Planner(planner.timetable)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: words(ask(fresh, question)), asked))
    assert together == alone


def test_a_saved_timetable_gives_the_same_answers(
    national: National, raw: list[RawFeed], planner: mp.Planner, tmp_path: Path
) -> None:
    planner.timetable.save(tmp_path / "national.timetable")
    reopened = mp.Planner(mp.load(tmp_path / "national.timetable"))
    for method in ("earliest_arrival", "latest_departure"):
        for question in questions(raw, national.dates, 100, method, seed=21):  # type: ignore[arg-type]
            assert words(ask(reopened, question)) == words(ask(planner, question))


def shuffled(path: Path, folder: Path, seed: int) -> Path:
    """Write the feed anew with the rows of every file in another order."""
    copy = folder / path.name
    dice = random.Random(seed)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        names = old.namelist()
        dice.shuffle(names)
        for name in names:
            header, *rows = old.read(name).decode("utf-8-sig").splitlines()
            dice.shuffle(rows)
            new.writestr(name, "\n".join([header, *rows]) + "\n")
    return copy


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_no_answer(tmp_path: Path, seed: int) -> None:
    """G-46."""
    path = feed_path("sncf_tgv_20250122")
    raw = RawFeed(path)
    assert not raw.stops["stop_name"].str.contains("\n").any(), "a row is a line here"
    dates = [dt.date(2025, 2, 4), dt.date(2025, 2, 9)]
    one = mp.Planner(mp.load(path))
    other = mp.Planner(mp.load(shuffled(path, tmp_path, seed)))
    found = 0
    for method in ("earliest_arrival", "latest_departure"):
        for question in questions([raw], dates, 150, method, seed):  # type: ignore[arg-type]
            answer = words(ask(one, question))
            assert words(ask(other, question)) == answer
            found += len(answer["journeys"])
    assert found > 100


# ------------------------------------------------------------------ feeds of other makes
#
# Answers found by hand: the departures of the day from stop_times.txt, services from the calendar.


def trains(journey: mp.Journey) -> list[tuple[str, str, str]]:
    """(train number, departure, arrival) of each ride, on the clocks of the stations."""
    return [
        (leg.train_number, f"{leg.departure:%a %H:%M}", f"{leg.arrival:%a %H:%M}")
        for leg in journey.legs
        if not leg.is_walk
    ]


@dataclass(frozen=True)
class Case:
    """A question whose answer was looked up in the files."""

    method: Method
    origin: str
    destination: str
    when: str
    expected: list[tuple[str, str, str]]


def check(planner: mp.Planner, cases: Iterable[Case]) -> Iterator[mp.Journey]:
    for case in cases:
        when = "depart" if case.method == "earliest_arrival" else "arrive"
        journeys = getattr(planner, case.method)(case.origin, case.destination, **{when: case.when})
        assert trains(journeys.best) == case.expected, case
        yield journeys.best


def test_caltrain() -> None:
    """Calendar and exceptions: trains 422 of the weekend run daily in calendar.txt, but for 2."""
    planner = mp.Planner(mp.load(feed_path("us_caltrain_2017")))
    rush_hour, bullet = ("226", "Tue 08:05", "Tue 09:20"), ("330", "Tue 08:35", "Tue 09:43")
    sunday = ("422", "Sun 08:07", "Sun 09:52")
    here, there = "San Francisco Caltrain", "San Jose Diridon Caltrain"
    cases = [
        Case("earliest_arrival", here, there, "2017-07-18 08:00", [rush_hour]),
        Case("latest_departure", here, there, "2017-07-18 10:00", [bullet]),
        Case("earliest_arrival", here, there, "2017-07-16 08:00", [sunday]),
    ]
    for journey in check(planner, cases):
        assert journey.legs[0].departure.utcoffset() == dt.timedelta(hours=-7)


def test_amtrak() -> None:
    """Times of three days in New York's time, shown on the clocks of Chicago and California."""
    planner = mp.Planner(mp.load(feed_path("us_amtrak_2021-10")))
    acela = ("2109", "Tue 08:00", "Tue 10:59")
    zephyr = ("5", "Tue 14:00", "Thu 16:10")  # 15:00:00 to 67:10:00 in the file
    from_denver = ("5", "Wed 08:05", "Thu 16:10")  # 34:05:00 in the file, of the day before
    cases = [
        Case("earliest_arrival", "NYP", "WAS", "2021-10-12 07:30", [acela]),
        Case("earliest_arrival", "CHI", "EMY", "2021-10-12 08:00", [zephyr]),
        Case("earliest_arrival", "DEN", "EMY", "2021-10-13 08:00", [from_denver]),
        Case("latest_departure", "CHI", "EMY", "2021-10-14 19:10", [zephyr]),
    ]
    journeys = list(check(planner, cases))
    assert journeys[1].duration == dt.timedelta(hours=52, minutes=10)
    assert journeys[2].legs[0].service_date == dt.date(2021, 10, 12)


def test_metro_north() -> None:
    """A change of 4 minutes at Southeast is in time because transfers.txt guarantees it."""
    planner = mp.Planner(mp.load(feed_path("us_mnr_2026-08")))
    here, there = "Grand Central", "Wassaic"
    rides = [("625", "Tue 11:44", "Tue 13:25"), ("925", "Tue 13:29", "Tue 14:10")]
    cases = [Case("earliest_arrival", here, there, "2026-08-25 11:30", rides)]
    for journey in check(planner, cases):
        assert "guaranteed" in journey.legs[1].note
        assert journey.legs[1].from_name == "Southeast"
    unaided = mp.Planner(planner.timetable, mp.TransferRules(published=False))
    later = unaided.earliest_arrival(here, there, depart="2026-08-25 11:30").best
    assert later.arrival > journey.arrival


def test_metro() -> None:
    """Three million stop times; 08:06 and the two minutes of a change make 08:09, not 08:07."""
    planner = mp.Planner(mp.load(feed_path("fr_ratp_metro_2019-02")))
    when = "2019-02-08 08:00"
    line_1 = ("202", "Fri 08:01", "Fri 08:32")
    line_3bis, line_3 = ("101", "Fri 08:02", "Fri 08:06"), ("202", "Fri 08:09", "Fri 08:12")
    cases = [
        Case("earliest_arrival", "Pont de Neuilly", "Château de Vincennes", when, [line_1]),
        Case(
            "earliest_arrival",
            "Porte des Lilas",
            "Gallieni (Parc de Bagnolet)",
            when,
            [line_3bis, line_3],
        ),
    ]
    for journey in check(planner, cases):
        assert {leg.kind for leg in journey.legs} == {"metro"}
    assert journey.legs[0].to_name == journey.legs[1].from_name == "Gambetta"
    assert np.isfinite(planner.timetable.stations.lat).all()
