"""Slow and obvious twins of the fast code: plain Python, one rule at a time, no groups.

`World` reads the *published* content of a `Timetable` (trips, calls, dates, transfers.txt,
footpaths) and derives anew what a change needs, which trains are one vehicle and which journeys
there are. It never looks at groups, exceptions, hops or the graph.

The rule for ties (DESIGN.md, section 2): connections are ordered by departure, arrival, riding
order, then content; a change is possible only to a connection that stands later in this order.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from mobiplan import times
from mobiplan.search.network import Network
from mobiplan.timetable.rules import TransferRules
from mobiplan.timetable.timetable import Timetable
from mobiplan.traveller.needs import Needs

DAY_S = 86_400
PARIS = ZoneInfo("Europe/Paris")
FORBIDDEN = None


class Contradiction(Exception):
    """Two equally specific rules ask for different things."""


@dataclass(frozen=True)
class Call:
    """A trip at a stop; times in seconds since noon minus twelve hours."""

    trip: int
    index: int
    stop: int
    station: int
    arrival: int
    departure: int
    may_board: bool
    may_alight: bool


@dataclass(frozen=True)
class Trip:
    row: int
    line: int
    brand: str
    kind: str
    zone: str
    block: int
    days: tuple[int, ...]  # counted from the timetable's first date
    calls: tuple[Call, ...] = field(repr=False)


@dataclass(frozen=True)
class Rule:
    """A row of transfers.txt; -1 = not given."""

    from_stop: int
    to_stop: int
    from_station: int
    to_station: int
    from_route: int
    to_route: int
    from_trip: int
    to_trip: int
    type: int
    minimum: int

    @property
    def specificity(self) -> tuple[int, int]:
        """The six levels of the specification, then how many sides name a stop point."""
        sides = sorted(
            "trip" if trip >= 0 else "route" if route >= 0 else "stop"
            for trip, route in (
                (self.from_trip, self.from_route),
                (self.to_trip, self.to_route),
            )
        )
        level = {
            ("trip", "trip"): 6,
            ("route", "trip"): 5,
            ("stop", "trip"): 4,
            ("route", "route"): 3,
            ("route", "stop"): 2,
            ("stop", "stop"): 1,
        }[sides[0], sides[1]]
        return level, (self.from_stop >= 0) + (self.to_stop >= 0)

    def covers(self, come: Call, go: Call, line_of: dict[int, int]) -> bool:
        """Whether the rule speaks of alighting at `come` and boarding at `go`."""
        return all(
            (stop < 0 or stop == call.stop)
            and (station < 0 or station == call.station)
            and (
                trip == call.trip
                if trip >= 0
                else route == line_of[call.trip]
                if route >= 0
                else True
            )
            for call, stop, station, route, trip in (
                (come, self.from_stop, self.from_station, self.from_route, self.from_trip),
                (go, self.to_stop, self.to_station, self.to_route, self.to_trip),
            )
        )


@dataclass(frozen=True)
class Connection:
    """One hop of a run, in seconds since 1970."""

    departure: int
    arrival: int
    day: int
    index: int
    station: int
    trip: int

    @property
    def order(self) -> tuple[int, ...]:
        return (self.departure, self.arrival, self.day, self.index, self.station, self.trip)


@dataclass(frozen=True)
class Answer:
    """What engines have to agree on; times in seconds since 1970."""

    arrival: int
    departure: int
    transfers: int


class World:
    """The published content of a timetable as plain Python."""

    def __init__(self, timetable: Timetable) -> None:
        self.first_date = timetable.first_date
        self.n_days = timetable.active.shape[1]
        stations, stops, calls = timetable.stations, timetable.stops, timetable.calls
        self.stations = [
            (float(lat), float(lon)) for lat, lon in zip(stations.lat, stations.lon, strict=True)
        ]
        self.trips: list[Trip] = []
        for row in range(len(timetable.trips.route)):
            first, end = timetable.trips.call_ptr[row], timetable.trips.call_ptr[row + 1]
            active = timetable.active[timetable.trips.service[row]]
            self.trips.append(
                Trip(
                    row,
                    int(timetable.trips.route[row]),
                    timetable.brands[timetable.trips.brand[row]],
                    timetable.kinds[timetable.trips.kind[row]],
                    timetable.timezones[timetable.trips.zone[row]],
                    int(timetable.trips.block[row]),
                    tuple(day for day, runs in enumerate(active) if runs),
                    tuple(
                        Call(
                            row,
                            index,
                            int(calls.stop[c]),
                            int(stops.station[calls.stop[c]]),
                            int(calls.arrival[c]),
                            int(calls.departure[c]),
                            int(calls.pickup[c]) != 1,
                            int(calls.drop_off[c]) != 1,
                        )
                        for index, c in enumerate(range(first, end))
                    ),
                )
            )
        self.line_of = {trip.row: trip.line for trip in self.trips}
        columns = [column.tolist() for column in timetable.published]
        self._rows = [Rule(*row) for row in zip(*columns, strict=True)]
        self.read_rules(timetable.rules)
        paths = timetable.footpaths
        self.walks = {
            (a, b): s
            for a, b, s in zip(
                paths.from_station.tolist(),
                paths.to_station.tolist(),
                paths.duration.tolist(),
                strict=True,
            )
        }

    def read_rules(self, rules: TransferRules) -> None:
        """Put the world under these rules."""
        self.rules = rules
        self.published = self._rows if rules.published else []
        self._needs: dict[tuple[Call, Call], int | None] = {}

    # ------------------------------------------------------------------ rules

    @cached_property
    def departures(self) -> list[int]:
        """Departures of each station, with boarding, on the day with most trips."""
        runs = [sum(day in trip.days for trip in self.trips) for day in range(self.n_days)]
        busiest = runs.index(max(runs))
        counts = [0] * len(self.stations)
        for trip in self.trips:
            for call in trip.calls[:-1]:
                counts[call.station] += busiest in trip.days and call.may_board
        return counts

    def closing(self, go: Call) -> int:
        """Seconds before the departure at which boarding ends."""
        return self.rules.door_closing.get(self.trips[go.trip].brand, 0)

    def default(self, come: Call, go: Call) -> int:
        """The stated default, before walks and doors."""
        one, other = self.trips[come.trip], self.trips[go.trip]
        if "Navette" in (one.brand, other.brand):
            return self.rules.shuttle
        if (one.kind == "coach") != (other.kind == "coach"):
            return self.rules.coach
        if {one.kind, other.kind} <= {"metro", "tram"}:
            return self.rules.metro
        departures = max(self.departures[come.station], self.departures[go.station])
        if departures >= self.rules.large_from:
            return self.rules.large
        return self.rules.medium if departures >= self.rules.medium_from else self.rules.small

    def walk(self, a: int, b: int) -> int:
        """Seconds on foot between two stations: the footpath's, else by distance."""
        if a == b:
            return 0
        if (a, b) in self.walks:
            return self.walks[a, b]
        metres = haversine_m(self.stations[a], self.stations[b])
        if math.isnan(metres):
            return 0
        return math.ceil(metres * self.rules.detour / self.rules.walking_speed_m_s)

    def usual(self, come: Call, go: Call) -> int:
        """What a change takes that no rule forbids or times."""
        ready = self.walk(come.station, go.station) + self.closing(go)
        return max(self.default(come, go), ready)

    def needs(self, come: Call, go: Call) -> int | None:
        """Seconds from the arrival of `come` to the departure of `go`; None = cannot change."""
        if (come, go) not in self._needs:
            self._needs[come, go] = self._look_up(come, go, 6)
        return self._needs[come, go]

    def needs_in_general(self, come: Call, go: Call) -> int | None:
        """As `needs`, but where a rule gives these two trips less time, what others need."""
        asked, others = self.needs(come, go), self._look_up(come, go, 5)
        if asked is not FORBIDDEN and (others is FORBIDDEN or asked < others):
            return others
        return asked

    def _look_up(self, come: Call, go: Call, highest_level: int) -> int | None:
        governing = self.governing(come, go, highest_level)
        if not governing:
            near = come.station == go.station or (come.station, go.station) in self.walks
            return self.usual(come, go) if near else FORBIDDEN
        asked = {self._asks(rule, come, go) for rule in governing}
        if len(asked) > 1:
            raise Contradiction(f"{come} -> {go}: {asked}")
        return asked.pop()

    def governing(self, come: Call, go: Call, highest_level: int) -> list[Rule]:
        """The most specific of the published rules that speak of a change."""
        fitting = [
            rule
            for rule in self.published
            if rule.type <= 3
            and rule.specificity[0] <= highest_level
            and rule.covers(come, go, self.line_of)
        ]
        best = max((rule.specificity for rule in fitting), default=None)
        return [rule for rule in fitting if rule.specificity == best]

    def _asks(self, rule: Rule, come: Call, go: Call) -> int | None:
        if rule.type == 3:
            return FORBIDDEN
        if rule.type == 1:
            return 0
        if rule.type == 2 and rule.minimum >= 0:
            return max(rule.minimum, self.closing(go))
        return self.usual(come, go)

    def contradicts_itself(self) -> bool:
        """Whether any two calls are under two equally specific rules that differ."""
        try:
            for one in self.trips:
                for come in one.calls:
                    for other in self.trips:
                        for go in other.calls:
                            self.needs(come, go)
        except Contradiction:
            return True
        return False

    def meeting(self, rule: Rule) -> tuple[Call | None, Call | None]:
        """Where a rule between two trips holds: the last such call of one, the first of the other.

        Without stops it holds at the end of the one and the beginning of the other.
        """

        def fits(call: Call, stop: int, station: int) -> bool:
            return stop == call.stop if stop >= 0 else station in (-1, call.station)

        one, two = self.trips[rule.from_trip], self.trips[rule.to_trip]
        ends = [c for c in one.calls[1:] if fits(c, rule.from_stop, rule.from_station)]
        starts = [c for c in two.calls[:-1] if fits(c, rule.to_stop, rule.to_station)]
        return (ends[-1] if ends else None), (starts[0] if starts else None)

    # ------------------------------------------------------------------ one vehicle

    def in_seat(self) -> set[tuple[int, int, int, int, int, int]]:
        """(trip, day, index of the call left, trip, day, index of the call boarded)."""
        found = set()
        parted, goes_on, begun = set(), set(), set()
        for rule in self.published:
            if rule.type not in (4, 5) or rule.from_trip < 0 or rule.to_trip < 0:
                continue
            parted.add((rule.from_trip, rule.to_trip))
            if rule.type == 5:
                continue
            goes_on.add(rule.from_trip)
            begun.add(rule.to_trip)
            one, two = self.trips[rule.from_trip], self.trips[rule.to_trip]
            end, start = self.meeting(rule)
            if end is None or start is None:
                continue
            aboard = one.calls[end.index - 1].departure
            shift = 0 if start.departure >= aboard else 1
            if start.departure + shift * DAY_S < aboard:
                continue
            for day in one.days:
                if day + shift in two.days:
                    found.add((one.row, day, end.index, two.row, day + shift, start.index))
        for day in range(self.n_days):
            vehicles: dict[int, list[Trip]] = {}
            for trip in self.trips:
                if trip.block >= 0 and day in trip.days:
                    vehicles.setdefault(trip.block, []).append(trip)
            for trips in vehicles.values():
                trips.sort(key=lambda trip: trip.calls[0].departure)
                for one, two in pairwise(trips):
                    end, start = one.calls[-1], two.calls[0]
                    if (
                        end.station == start.station
                        and start.departure >= end.arrival
                        and (one.row, two.row) not in parted
                        and one.row not in goes_on
                        and two.row not in begun
                    ):
                        found.add((one.row, day, end.index, two.row, day, 0))
        return found

    # ------------------------------------------------------------------ journeys

    @cached_property
    def connections(self) -> list[Connection]:
        """Every hop of every run, in the stated order."""
        found = []
        for trip in self.trips:
            for day in trip.days:
                date = self.first_date + dt.timedelta(days=day)
                start = times.service_day_start(date, times.zone(trip.zone))
                for a, b in pairwise(trip.calls):
                    found.append(
                        Connection(
                            start + a.departure,
                            start + b.arrival,
                            day,
                            a.index,
                            a.station,
                            trip.row,
                        )
                    )
        return sorted(found, key=lambda c: c.order)

    def boards(self, c: Connection) -> Call:
        """The call at which one boards a connection."""
        return self.trips[c.trip].calls[c.index]

    def alights(self, c: Connection) -> Call:
        """The call at which one alights from it."""
        return self.trips[c.trip].calls[c.index + 1]

    def may_change(self, i: Connection, j: Connection) -> bool:
        """Whether one can alight from `i` and catch `j`."""
        come, go = self.alights(i), self.boards(j)
        if not come.may_alight or not go.may_board or not i.order < j.order:
            return False
        needs, others = self.needs(come, go), self.needs_in_general(come, go)
        if needs != others and not self._is_privileged(i, j, needs):
            needs = others
        return needs is not FORBIDDEN and j.departure >= i.arrival + needs

    def _is_privileged(self, i: Connection, j: Connection, needs: int | None) -> bool:
        """Whether a rule gives these two *runs* less time: on one date, or on the next if later.

        "Later" is what the clock of a service day says of the two calls.
        """
        come, go = self.alights(i), self.boards(j)
        shift = 0 if go.departure >= come.arrival + (needs or 0) else 1
        rules = [r for r in self.published if (r.from_trip, r.to_trip) == (i.trip, j.trip)]
        here = any(r.type <= 3 and self.meeting(r) == (come, go) for r in rules)
        return here and j.day - i.day == shift

    @cached_property
    def changes(self) -> list[list[int]]:
        """For each connection the earlier ones from which one can change to it."""
        every = self.connections
        return [
            [i for i in range(j) if self.may_change(every[i], every[j])] for j in range(len(every))
        ]

    @cached_property
    def continues(self) -> list[list[int]]:
        """For each connection the earlier ones from which one stays seated in it."""
        at = {(c.trip, c.day, c.index): k for k, c in enumerate(self.connections)}
        found: list[list[int]] = [[] for _ in at]
        for (trip, day, index), k in at.items():
            if index > 0:
                found[k].append(at[trip, day, index - 1])
        for one, day, end, two, later, start in self.in_seat():
            i, j = at[one, day, end - 1], at[two, later, start]
            if i < j:
                found[j].append(i)
        return found

    def journeys(
        self,
        origins: dict[int, int],
        destinations: dict[int, int],
        depart: int = 0,
    ) -> list[Answer]:
        """Every (arrival, departure, fewest transfers) there is; places as station -> walk."""
        origins, destinations = self.around(origins), self.around(destinations)
        every = self.connections
        aboard: list[dict[int, int]] = []  # departure of the journey -> fewest transfers
        answers = []
        for j, c in enumerate(every):
            here: dict[int, int] = {}
            go = self.boards(c)
            if go.may_board and go.station in origins:
                walk, closing = origins[go.station], self.closing(go)
                if c.departure - walk - closing >= depart:
                    here[c.departure - (walk + closing if walk else 0)] = 0
            for before, more in ((self.continues[j], 0), (self.changes[j], 1)):
                for i in before:
                    for began, transfers in aboard[i].items():
                        here[began] = min(transfers + more, here.get(began, 99))
            aboard.append(here)
            come = self.alights(c)
            if come.may_alight and come.station in destinations:
                arrival = c.arrival + destinations[come.station]
                answers += [Answer(arrival, began, n) for began, n in here.items()]
        return answers

    def around(self, place: dict[int, int]) -> dict[int, int]:
        """The stations of a place, and those a footpath away from a station one stands at."""
        near = dict(place)
        for (a, b), walk in self.walks.items():
            if place.get(a) == 0:
                near[b] = min(walk, near.get(b, walk))
        return near

    def earliest_arrival(
        self,
        origins: dict[int, int],
        destinations: dict[int, int],
        depart: int,
        arrive: int | None = None,
        until: int | None = None,
    ) -> Answer | None:
        """Earliest arrival, then latest departure, then fewest transfers."""
        answers = self.journeys(origins, destinations, depart)
        walk = self.on_foot(origins, destinations)
        if walk is not None:
            answers.append(Answer(depart + walk, depart, 0))
        answers = [a for a in answers if arrive is None or a.arrival <= arrive]
        best = min(answers, key=lambda a: (a.arrival, -a.departure, a.transfers), default=None)
        return best if best is None or until is None or best.departure < until else None

    def latest_departure(
        self,
        origins: dict[int, int],
        destinations: dict[int, int],
        arrive: int | None = None,
        depart: int = 0,
        until: int | None = None,
    ) -> Answer | None:
        """Latest departure, then earliest arrival, then fewest transfers."""
        if until is not None:  # home before those who leave in the morning
            morning = self.earliest_arrival(origins, destinations, until)
            if morning is not None:
                arrive = min(arrive or morning.arrival, morning.arrival - 1)
        answers = self.journeys(origins, destinations, depart)
        walk = self.on_foot(origins, destinations)
        if walk is not None:
            assert arrive is not None
            if arrive - walk >= depart:
                answers.append(Answer(arrive, arrive - walk, 0))
        answers = [a for a in answers if arrive is None or a.arrival <= arrive]
        return min(answers, key=lambda a: (-a.departure, a.arrival, a.transfers), default=None)

    def on_foot(self, origins: dict[int, int], destinations: dict[int, int]) -> int | None:
        return min(
            (self.walks[a, b] for a in origins for b in destinations if (a, b) in self.walks),
            default=None,
        )


class PacedWorld(World):
    """The same trips for one who takes longer, and does not change at some stations."""

    def __init__(
        self,
        timetable: Timetable,
        slower: float = 1.0,
        factor: float = 1.0,
        extra_s: int = 0,
        closed: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(timetable)
        self.slower, self.longer, self.extra_s = slower, factor * max(slower, 1.0), extra_s
        self.closed = closed
        self.plain_walks = self.walks
        self.walks = {pair: math.ceil(s * slower) for pair, s in self.walks.items()}

    def walk(self, a: int, b: int) -> int:
        """Seconds on foot at this pace."""
        return math.ceil(self._plain_walk(a, b) * self.slower)

    def _plain_walk(self, a: int, b: int) -> int:
        slow, self.walks = self.walks, self.plain_walks
        found = World.walk(self, a, b)
        self.walks = slow
        return found

    def usual(self, come: Call, go: Call) -> int:
        """As for others, with their walk."""
        ready = self._plain_walk(come.station, go.station) + self.closing(go)
        return max(self.default(come, go), ready)

    def _look_up(self, come: Call, go: Call, highest_level: int) -> int | None:
        plain = super()._look_up(come, go, highest_level)
        if plain is FORBIDDEN or {come.station, go.station} & self.closed:
            return FORBIDDEN
        if any(rule.type == 1 for rule in self.governing(come, go, highest_level)):
            return plain
        closing = self.closing(go)
        needed = closing + math.ceil(max(plain - closing, 0) * self.longer) + self.extra_s
        return max(needed, self.walk(come.station, go.station) + closing)


def haversine_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points in degrees on a sphere."""
    (lat, lon), (to_lat, to_lon) = one, other
    a, b = math.radians(lat), math.radians(to_lat)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def profile(
    world: World,
    origins: dict[int, int],
    destinations: dict[int, int],
    depart: int,
    until: int,
    arrive: int,
    transfers: int,
) -> list[Answer]:
    """Every journey that leaves in the window, less those than which another is better.

    By departure, then arrival. A walk may begin at any time: a train has to be faster, and the
    walk is listed at the first minute at which no train without a change is as good.
    """
    found = {
        answer
        for answer in world.journeys(origins, destinations, depart)
        if depart <= answer.departure < until
        and answer.arrival <= arrive
        and answer.transfers <= transfers
    }
    walk = world.on_foot(origins, destinations)
    if walk is not None:
        found = {answer for answer in found if answer.arrival - answer.departure < walk}
    useful = [
        one
        for one in found
        if not any(
            other != one
            and other.departure >= one.departure
            and other.arrival <= one.arrival
            and other.transfers <= one.transfers
            for other in found
        )
    ]
    if walk is not None:
        begin = depart
        while trains := [
            one.departure
            for one in useful
            if one.transfers == 0 and one.departure >= begin and one.arrival <= begin + walk
        ]:
            begin = min(trains) + 60
        if begin < until and begin + walk <= arrive:
            useful.append(Answer(begin + walk, begin, 0))
    return sorted(useful, key=lambda one: (one.departure, one.arrival))


# ---------------------------------------------------------------------- whole journeys


@dataclass(frozen=True)
class Way:
    """One journey with all that a limit may be about; times in seconds since 1970."""

    hops: tuple[int, ...]  # indices in `World.connections`
    changes: tuple[int, ...]  # places in `hops` where another train is boarded
    departure: int
    arrival: int
    transfers: int
    walking: int
    waits: tuple[tuple[int, int], ...]  # (from, to) between two trains
    stops: tuple[tuple[int, int, int], ...]  # (station, from, to) of each call, and of each change


class TooMany(Exception):
    """More journeys than a test has time for."""


def every_way(
    world: World,
    origins: dict[int, int],
    destinations: dict[int, int],
    depart: int,
    arrive: int,
    most: int = 20_000,
) -> list[Way]:
    """Every journey there is, one by one; places as station -> walk."""
    origins, destinations = world.around(origins), world.around(destinations)
    every = world.connections
    onward: list[list[tuple[int, int]]] = [[] for _ in every]  # (connection, 1 = by a change)
    for j in range(len(every)):
        for i in world.continues[j]:
            onward[i].append((j, 0))
        for i in world.changes[j]:
            onward[i].append((j, 1))
    found: list[Way] = []
    seen = 0

    def walk_between(i: int, j: int) -> int:
        come, go = world.alights(every[i]), world.boards(every[j])
        needs = world.needs_in_general(come, go)
        in_general = needs is not FORBIDDEN and every[j].departure >= every[i].arrival + needs
        return world.walk(come.station, go.station) if in_general else 0

    def go_on(hops: tuple[int, ...], changes: tuple[int, ...], began: int, access: int) -> None:
        nonlocal seen
        seen += 1
        if seen > most:
            raise TooMany
        come = world.alights(every[hops[-1]])
        if come.may_alight and come.station in destinations:
            egress = destinations[come.station]
            arrival = every[hops[-1]].arrival + egress
            if arrival <= arrive:
                found.append(described(hops, changes, began, arrival, access + egress))
        for j, changing in onward[hops[-1]]:
            if every[j].departure <= arrive:
                go_on((*hops, j), (*changes, len(hops)) if changing else changes, began, access)

    def described(
        hops: tuple[int, ...], changes: tuple[int, ...], began: int, arrival: int, ends: int
    ) -> Way:
        walking, waits = ends, []
        stops = []
        for place, hop in enumerate(hops):
            here = every[hop]
            leaves = every[hops[place + 1]].departure if place + 1 < len(hops) else here.arrival
            if place + 1 in changes:
                walk = walk_between(hop, hops[place + 1])
                walking += walk
                waits.append((here.arrival + walk, leaves))
                leaves -= walk
                stops.append((world.alights(here).station, here.arrival, leaves))
            else:
                stops.append((world.alights(here).station, here.arrival, here.arrival))
        return Way(hops, changes, began, arrival, len(changes), walking, tuple(waits), tuple(stops))

    for j, c in enumerate(every):
        go = world.boards(c)
        if go.may_board and go.station in origins and c.departure <= arrive:
            walk, closing = origins[go.station], world.closing(go)
            if c.departure - walk - closing >= depart:
                go_on((j,), (), c.departure - (walk + closing if walk else 0), walk)
    return found


class Judge:
    """Says of a whole journey whether it obeys needs, one sentence of their description each."""

    def __init__(self, world: World, timetable: Timetable, asked: Needs) -> None:
        self.world, self.timetable, self.needs = world, timetable, asked
        self.rows = {name: timetable.stations.id.row(name) for name in "ABCDEF"}

    def allows(self, way: Way, origins: dict[int, int]) -> bool:
        asked, seconds = self.needs, self.needs.seconds
        if asked.max_transfers is not None and way.transfers > asked.max_transfers:
            return False
        if asked.max_walking is not None and way.walking > seconds("max_walking"):
            return False
        if asked.max_duration is not None and way.arrival - way.departure > seconds("max_duration"):
            return False
        waits = [(end - start, "max_wait") for start, end in way.waits]
        waits += [(night_s(*wait), "max_night_wait") for wait in way.waits]
        if any(getattr(asked, limit) is not None and s > seconds(limit) for s, limit in waits):
            return False
        return self.hours(way) and self.trains(way) and self.places(way) and self.via(way, origins)

    def hours(self, way: Way) -> bool:
        for hop in way.hops:
            c = self.world.connections[hop]
            start, end = (dt.datetime.fromtimestamp(t, PARIS) for t in (c.departure, c.arrival))
            if self.needs.not_before and start.time() < self.needs.not_before:
                return False
            if self.needs.not_after:
                latest = dt.datetime.combine(start.date(), self.needs.not_after, PARIS)
                if end > latest:
                    return False
            tomorrow = dt.datetime.combine(start.date() + dt.timedelta(1), dt.time(0), PARIS)
            if self.needs.not_before and end > tomorrow:
                return False
        return True

    def trains(self, way: Way) -> bool:
        timetable = self.timetable
        for hop in way.hops:
            trip = self.world.connections[hop].trip
            facts = {
                "modes": timetable.kinds[timetable.trips.kind[trip]],
                "brands": timetable.brands[timetable.trips.brand[trip]],
                "trains": timetable.trips.number[trip],
                "lines": timetable.routes.short_name[timetable.trips.route[trip]],
            }
            for kind, value in facts.items():
                if value in self.needs.avoid.get(kind, ()):
                    return False
                if kind in self.needs.only and value not in self.needs.only[kind]:
                    return False
        return True

    def refused(self, kind: str, station: int) -> bool:
        avoid = [self.rows[name] for name in self.needs.avoid.get(kind, ())]
        only = [self.rows[name] for name in self.needs.only.get(kind, ())]
        return station in avoid or (kind in self.needs.only and station not in only)

    def places(self, way: Way) -> bool:
        world = self.world
        for place, hop in enumerate(way.hops):
            c = world.connections[hop]
            start, end = world.boards(c).station, world.alights(c).station
            before = world.connections[way.hops[place - 1]]
            boarded = place == 0 or place in way.changes
            if self.refused("stations", start) or self.refused("stations", end):
                return False
            if boarded and self.refused("board_at", start):
                return False
            if not boarded and self.refused("pass_through", start):
                return False
            if place in way.changes:
                came = world.alights(before).station
                if self.refused("change_at", start) or self.refused("change_at", came):
                    return False
        return True

    def via(self, way: Way, origins: dict[int, int]) -> bool:
        wanted = list(self.needs.via)
        while wanted and not wanted[0].stay and self.rows[str(wanted[0].place)] in origins:
            wanted.pop(0)
        for station, start, end in way.stops:
            stayed = False
            while wanted and self.rows[str(wanted[0].place)] == station:
                stay = wanted[0].stay.total_seconds()
                if stay and (stayed or end - start < stay):
                    break
                stayed |= bool(stay)
                wanted.pop(0)
        return not wanted


def night_s(start: int, end: int) -> int:
    """Seconds between 23:00 and 5:00."""
    first = dt.datetime.fromtimestamp(start, PARIS).date() - dt.timedelta(days=1)
    total = 0
    for day in range((dt.datetime.fromtimestamp(end, PARIS).date() - first).days + 1):
        date = first + dt.timedelta(days=day)
        begin = int(dt.datetime.combine(date, dt.time(23), PARIS).timestamp())
        until = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(5), PARIS).timestamp()
        total += max(0, min(end, int(until)) - max(start, begin))
    return total


# ---------------------------------------------------------------------- the network without a clock


def least_to_come(
    network: Network, tolls: list[float], goals: dict[int, float]
) -> tuple[list[float], list[float], list[float]]:
    """What is to come by a network: where one boards, aboard after a way, where one alights.

    Every way, seat and change is looked at again until nothing becomes less (Bellman, Ford).
    """
    n_amounts = network.amounts.shape[1]
    walk, wait, change = tolls[:3]
    amounts, kinds = tolls[3 : 3 + n_amounts], tolls[3 + n_amounts :]
    n_stations, n_ways = len(network.ptr) - 1, len(network.source)
    board, aboard, alight = [math.inf] * n_stations, [math.inf] * n_ways, [math.inf] * n_stations
    for station, cost in goals.items():
        alight[station] = cost
    before = None
    while before != (board, aboard, alight):
        before = list(board), list(aboard), list(alight)
        for way in range(n_ways):
            aboard[way] = min(aboard[way], alight[network.target[way]])
            minute = kinds[network.kind[way]]
            ridden = aboard[way] + minute * network.seconds[way]
            ridden += sum(a * b for a, b in zip(amounts, network.amounts[way], strict=True))
            fee = sum(a * b for a, b in zip(amounts, network.boarding[way], strict=True))
            station = network.source[way]
            board[station] = min(board[station], ridden + fee)
            for seat in range(network.seat_ptr[way], network.seat_ptr[way + 1]):
                one = network.seat_from[seat]
                aboard[one] = min(aboard[one], ridden + minute * network.seat_s[seat])
            for row in range(network.change_ptr[station], network.change_ptr[station + 1]):
                one = network.change_from[row]
                on_foot, waits = network.change_s[row]
                cost = board[station] + change + walk * on_foot + wait * waits
                alight[one] = min(alight[one], cost)
    return board, aboard, alight
