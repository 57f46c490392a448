"""Trips as a person writes them: calls by name and clock, on some dates of a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mobiplan.errors import AmbiguousStation, InvalidQuery, UnknownStation
from mobiplan.timetable.arrays import Bool, Int64
from mobiplan.timetable.drafts import ARRIVAL, BRAND, DEPARTURE, ID, KIND, ROUTE, STOP, Draft, Rule
from mobiplan.timetable.names import rows_named

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

#: A clock time of the service day: "8:05", "25:10:30", a `datetime.time`, seconds.
ClockLike: TypeAlias = "str | dt.time | int"


class PlannedCall(NamedTuple):
    """A call of a planned trip."""

    stop: str  # the id or the name of a stop or a station
    arrival: int  # s since noon minus twelve hours of the service day
    departure: int  # s, likewise
    pickup: int = 0  # 0 yes, 1 no, 2 phone, 3 driver
    drop_off: int = 0  # 0 yes, 1 no, 2 phone, 3 driver
    approximate: int = 0  # 1 = interpolated between published times


@dataclass(frozen=True)
class PlannedTrip:
    """A trip to add to a timetable; `Edit.trips` returns those that there are.

    Parameters
    ----------
    calls : sequence of (place, departure) or (place, arrival, departure), or PlannedCall
        In riding order. A place is the id or the name of a stop or a station (of a station the
        stop that its line calls at most); times are ``"8:05"``, beyond 24:00 for the next day.
    number : str
        The train number.
    line : str
        Short name, long name or id of one of the timetable's lines.
    dates : day or several
        The service days on which it runs.
    brand, kind : str, optional
        By default what most trips of the line are.
    headsign, id : str, optional
        By default the name of the last stop, and one made of the number.
    facts, rules
        Further columns, and the published rules that name the trip: `Edit.trips` fills them in.

    Examples
    --------
    >>> import mobiplan as mp
    >>> timetable = mp.sample()
    >>> trip = timetable.edit().trips(trains="8601", dates="2026-03-24")[0]
    >>> trip.calls[0].stop != trip.calls[-1].stop
    True
    """

    calls: Sequence[Any]
    number: str
    line: str
    dates: Any
    brand: str | None = None
    kind: str | None = None
    headsign: str | None = None
    id: str | None = None
    facts: tuple[int, ...] | None = None
    rules: tuple[Rule, ...] = ()


def row_of(
    timetable: Timetable, draft: Draft, trip: PlannedTrip, runs: Bool, taken: set[str]
) -> Draft:
    """Return a trip that runs on the days `runs` (n_days,) as a draft of its own.

    `taken` are the ids that there are.

    Raises
    ------
    InvalidQuery, UnknownStation, AmbiguousStation
    """
    routes = timetable.routes
    called = f"trip {trip.id or trip.number!r}"
    named = [routes.short_name[:], routes.long_name[:], routes.id[:]]
    lines = rows_named(trip.line, named, "line")
    alike = np.flatnonzero(np.isin(draft.facts[:, ROUTE], lines))
    if trip.facts is None:
        if not len(alike):
            raise InvalidQuery(f"{called}: no trip of line {trip.line!r} is there to be like")
        facts = draft.facts[alike[0]].copy()
        facts[-3:] = -1, 0, 0  # no block, and nothing known of wheelchairs and bicycles
        for column in (BRAND, KIND):
            facts[column] = np.bincount(draft.facts[alike, column]).argmax()
    else:
        facts = np.array(trip.facts, dtype=np.int32)
    facts[ROUTE] = lines[0]
    for column, name, known in (
        (BRAND, trip.brand, timetable.brands),
        (KIND, trip.kind, timetable.kinds),
    ):
        if name is not None:
            facts[column] = rows_named(name, [known], "brand" if column == BRAND else "kind")[0]
    rows = [_call(timetable, draft, call, alike, called) for call in trip.calls]
    calls = np.array(rows, dtype=np.int32)
    if len(calls) < 2:
        raise InvalidQuery(f"{called} calls at {len(calls)} places: at least 2 are needed")
    refuse_backward(calls[:, ARRIVAL : DEPARTURE + 1], called)
    text = np.empty((1, 3), dtype=object)
    last = timetable.stops.name[int(calls[-1, STOP])]
    text[0] = trip.id, trip.number, last if trip.headsign is None else trip.headsign
    if trip.id is None:
        text[0, ID] = f"{trip.number} (added)"
        while text[0, ID] in taken:
            text[0, ID] += "*"
    elif trip.id in taken:
        raise InvalidQuery(f"{called}: the id is taken; remove that trip first, or leave id out")
    ptr = np.array([0, len(calls)], dtype=np.int64)
    return Draft(text, facts[None, :], runs[None, :], ptr, calls, trip.rules)


def planned(timetable: Timetable, draft: Draft, on: Bool) -> list[PlannedTrip]:
    """Return the trips that run on the days `on` (n, n_days), as a person would write them."""
    stops, routes, first = timetable.stops, timetable.routes, timetable.first_date
    found = []
    for row in np.flatnonzero(on.any(axis=1)).tolist():
        calls = draft.calls[draft.ptr[row] : draft.ptr[row + 1]].tolist()
        name, number, headsign = draft.text[row]
        facts = draft.facts[row].tolist()
        days = np.flatnonzero(on[row]).tolist()
        found.append(
            PlannedTrip(
                tuple(PlannedCall(stops.id[call[STOP]], *call[1:]) for call in calls),
                number,
                routes.id[facts[ROUTE]],
                tuple(first + dt.timedelta(days=day) for day in days),
                timetable.brands[facts[BRAND]],
                timetable.kinds[facts[KIND]],
                headsign,
                name,
                tuple(facts),
                tuple(rule for rule in draft.rules if name in rule),
            )
        )
    return found


def _call(
    timetable: Timetable, draft: Draft, call: Any, alike: Int64, called: str
) -> tuple[int, ...]:
    """Return a call as `Draft.calls` has it; `alike` are the trips of its line."""
    if not isinstance(call, PlannedCall):
        if not isinstance(call, tuple) or len(call) not in (2, 3):
            raise InvalidQuery(
                f"{called}: {call!r} is not (place, departure) or (place, arrival, departure)"
            )
        call = PlannedCall(call[0], *(clock(one, called) for one in (call[1], call[-1])))
    stops = stops_named(timetable, call.stop, called)
    if len(stops) > 1:  # where the line calls at most, else where most trips call
        at = draft.calls[:, STOP]
        like = np.isin(draft.of_call(), alike)
        n = len(timetable.stops.station)
        often = np.bincount(at, minlength=n) + len(at) * np.bincount(at[like], minlength=n)
        stops = stops[np.argsort(-often[stops], kind="stable")]
    return (int(stops[0]), *call[1:])


def stops_named(timetable: Timetable, place: str, argument: str) -> Int64:
    """Return the stops that a name means (n,)."""
    stop = timetable.stops.id.row(place)
    if stop is not None:
        return np.array([stop])
    try:
        stations = timetable.names.resolve(place)
    except (UnknownStation, AmbiguousStation) as error:
        raise type(error)(f"{argument}: {error}") from None
    return np.flatnonzero(np.isin(timetable.stops.station, stations))


def clock(value: ClockLike, argument: str) -> int:
    """Return a clock time of the service day in seconds.

    >>> clock("25:10", "between"), clock(dt.time(8, 5), "between")
    (90600, 29100)
    """
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        parts = value.strip().split(":")
        if len(parts) in (2, 3) and all(part.isascii() and part.isdigit() for part in parts):
            hours, minutes, seconds = map(int, [*parts, "0"][:3])
            if minutes < 60 and seconds < 60:
                return hours * 3600 + minutes * 60 + seconds
    raise InvalidQuery(f"{argument}: {value!r} is not a clock time such as '8:05' or '25:10'")


def refuse_backward(time: NDArray[np.int32], called: str) -> None:
    """Raise InvalidQuery where arrivals and departures, call by call, run backward."""
    moments = time.ravel()
    if (np.diff(moments) < 0).any() or (moments < 0).any():
        clocks = ", ".join(f"{s // 3600:02d}:{s // 60 % 60:02d}" for s in moments.tolist())
        raise InvalidQuery(f"{called}: its times run backward ({clocks})")
