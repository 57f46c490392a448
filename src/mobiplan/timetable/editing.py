"""Scenarios: a timetable edited, one step after the other; the old one stays as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mobiplan import times
from mobiplan.errors import InvalidQuery
from mobiplan.timetable.arrays import Bool
from mobiplan.timetable.counting import counted
from mobiplan.timetable.drafts import (
    ARRIVAL,
    BRAND,
    DEPARTURE,
    DROP_OFF,
    ID,
    KIND,
    NUMBER,
    PICKUP,
    ROUTE,
    STOP,
    Draft,
    timetable_of,
)
from mobiplan.timetable.names import PART_OF_A_WORD, rows_named
from mobiplan.timetable.planned import (
    ClockLike,
    PlannedTrip,
    clock,
    planned,
    refuse_backward,
    row_of,
    stops_named,
)

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

DAY_S = 86_400
#: One name or several.
NamesLike: TypeAlias = "str | int | Iterable[str | int]"
#: A day or several.
DatesLike: TypeAlias = "times.DateLike | Iterable[times.DateLike]"


@dataclass(frozen=True, eq=False, repr=False)
class Edit:
    """A timetable being edited; every method returns a new edit, `apply` the timetable.

    Trips are selected by ``trips`` (ids), ``trains`` (numbers), ``lines`` (short names, long names
    or ids), ``brands`` and ``modes``; several keywords select what all of them name. With
    ``dates`` an edit holds on those service days, else on all.

    Attributes
    ----------
    timetable : Timetable
        The one that is edited; it stays as it is.
    steps : tuple of str
        What was done, in words.

    Examples
    --------
    >>> import mobiplan as mp
    >>> before = mp.sample()
    >>> after = before.edit().shift("-10 min", trains="8601").apply()
    >>> len(after.trips.route) == len(before.trips.route)
    True
    """

    timetable: Timetable
    draft: Draft
    steps: tuple[str, ...] = ()

    def __repr__(self) -> str:
        done = "; ".join(self.steps) or "nothing yet"
        return f"Edit({self.timetable!r}: {done})"

    # ------------------------------------------------------------------ steps

    def trips(self, *, dates: DatesLike | None = None, **selected: NamesLike) -> list[PlannedTrip]:
        """Return the selected trips, as `add` takes them, on the days they run.

        Parameters
        ----------
        dates : day or several, optional
            Service days; all if left out.
        **selected
            ``trips``, ``trains``, ``lines``, ``brands``, ``modes``: as `Edit` says.

        Raises
        ------
        InvalidQuery, OutsideCalendar
            If nothing is selected, or a name or a day is not the timetable's.
        """
        return planned(self.timetable, self.draft, self._on(selected, dates))

    def remove(self, *, dates: DatesLike | None = None, **selected: NamesLike) -> Edit:
        """Cancel the selected trips.

        Parameters
        ----------
        dates : day or several, optional
            Service days; all if left out.
        **selected
            ``trips``, ``trains``, ``lines``, ``brands``, ``modes``: as `Edit` says.

        Raises
        ------
        InvalidQuery, OutsideCalendar
            If nothing is selected, or a name or a day is not the timetable's.

        Examples
        --------
        >>> import mobiplan as mp
        >>> timetable = mp.sample()
        >>> gone = timetable.edit().remove(trains="8601").apply()
        >>> "8601" in set(gone.trips.number)
        False
        """
        on = self._on(selected, dates)
        return self._done(self.draft.without(on), f"removed {_words(selected, on)}")

    def add(self, *trips: PlannedTrip) -> Edit:
        """Add trips: new ones, or those that `trips` returned.

        Parameters
        ----------
        *trips : PlannedTrip
            With calls at stations of the timetable.

        Raises
        ------
        InvalidQuery
            If a trip's times run backward, its line, brand or kind is not known, or its id is
            taken.
        UnknownStation, AmbiguousStation, OutsideCalendar
            If it calls or runs where or when the timetable does not.

        Examples
        --------
        >>> import mobiplan as mp
        >>> timetable = mp.sample()
        >>> line = timetable.edit().trips(trains="8601")[0].line
        >>> night = mp.PlannedTrip([("Rennes", "23:30"), ("Le Mans", "24:45")], "8699", line,
        ...                        dates="2026-03-24")
        >>> later = mp.Planner(timetable.edit().add(night).apply())
        >>> later.profile("Rennes", "Le Mans", date="2026-03-24").last.legs[0].train_number
        '8699'
        """
        rows, taken = [], set(self.draft.text[:, ID])
        for trip in trips:
            if not isinstance(trip, PlannedTrip):
                raise InvalidQuery(f"add({trip!r}): give mobiplan.PlannedTrip(...)")
            row = row_of(self.timetable, self.draft, trip, self._days(trip.dates), taken)
            taken.add(row.text[0, ID])
            rows.append(row)
        names = ", ".join(str(trip.number or trip.id) for trip in trips)
        return self._done(self.draft.joined(*rows), f"added {names}")

    def shift(
        self, by: times.DurationLike, *, dates: DatesLike | None = None, **selected: NamesLike
    ) -> Edit:
        """Let the selected trips run later by a duration, or earlier (``"-5 min"``).

        Parameters
        ----------
        by : duration
            How much later.
        dates : day or several, optional
            Service days; all if left out.
        **selected
            ``trips``, ``trains``, ``lines``, ``brands``, ``modes``: as `Edit` says.

        Raises
        ------
        InvalidQuery, OutsideCalendar
            Also if a trip would begin before its service day.
        """
        seconds = _signed(by)
        draft, rows = self.draft.apart(on := self._on(selected, dates))
        mine = np.isin(draft.of_call(), rows)
        calls = draft.calls.copy()
        calls[mine, ARRIVAL : DEPARTURE + 1] += seconds
        if (calls[mine, ARRIVAL] < 0).any():
            raise InvalidQuery(
                f"shift({by!r}): a trip would begin before its service day; remove it and add it "
                "on the day before"
            )
        return self._done(draft._replace(calls=calls), f"shifted {_words(selected, on)} by {by}")

    def retime(
        self,
        calls: Mapping[str, ClockLike | tuple[ClockLike, ClockLike]],
        *,
        dates: DatesLike | None = None,
        **selected: NamesLike,
    ) -> Edit:
        """Give the selected trips other times at some of their stops.

        Parameters
        ----------
        calls : mapping
            Place -> departure, or (arrival, departure).
        dates : day or several, optional
            Service days; all if left out.
        **selected
            ``trips``, ``trains``, ``lines``, ``brands``, ``modes``: as `Edit` says.

        Raises
        ------
        InvalidQuery
            If a trip does not call at a place, or its times would run backward.
        UnknownStation, AmbiguousStation, OutsideCalendar
            If a place or a day is not the timetable's.
        """
        draft, rows = self.draft.apart(on := self._on(selected, dates))
        new, of_call = draft.calls.copy(), draft.of_call()
        mine = np.isin(of_call, rows)
        for place, value in calls.items():
            here = mine & np.isin(new[:, STOP], stops_named(self.timetable, place, "retime"))
            missing = np.setdiff1d(rows, of_call[here])
            if len(missing):
                raise InvalidQuery(
                    f"retime({place!r}: ...): trip {draft.text[missing[0], ID]!r} does not call "
                    "there"
                )
            both = value if isinstance(value, tuple) else (value, value)
            new[here, ARRIVAL], new[here, DEPARTURE] = (clock(one, "retime") for one in both)
        for row in rows.tolist():
            part = slice(draft.ptr[row], draft.ptr[row + 1])
            refuse_backward(new[part, ARRIVAL : DEPARTURE + 1], f"trip {draft.text[row, ID]!r}")
        return self._done(draft._replace(calls=new), f"retimed {_words(selected, on)}")

    def close(
        self,
        station: str | Sequence[str] | None = None,
        *,
        between: tuple[ClockLike, ClockLike] | None = None,
        dates: DatesLike | None = None,
        **selected: NamesLike,
    ) -> Edit:
        """Close stations, or lines, all day or between two hours.

        At a closed station trains pass: nobody boards or alights. Of closed lines (or whatever is
        selected) no trip runs that would be under way in those hours. Hours that end before they
        begin reach into the next day; `dates` are the calendar days on which they begin.

        A name closes the stations that a question by this name means, so a city's name closes
        those in the city and not its airport's. The edit's `steps`, which it shows, say which they
        are, and which others whose names begin so stay open. In the edited timetable the city's
        name may come to mean these, because a name is not taken for a place without trains.

        Parameters
        ----------
        station : str or several, optional
            Names or ids.
        between : (begin, end), optional
            Clock times, the end excluded.
        dates : day or several, optional
            Calendar days; all if left out.
        **selected
            ``trips``, ``trains``, ``lines``, ``brands``, ``modes``: as `Edit` says.

        Raises
        ------
        InvalidQuery, UnknownStation, AmbiguousStation, OutsideCalendar
            If nothing is selected, or a name or a day is not the timetable's.

        Examples
        --------
        >>> import mobiplan as mp
        >>> edit = mp.sample().edit().close("Le Mans", between=("10:00", "16:00"))
        >>> planner = mp.Planner(edit.apply())
        >>> day = planner.profile("Le Mans", "Rennes", date="2026-03-24")
        >>> any(10 <= journey.departure.hour < 16 for journey in day)
        False
        >>> mp.sample().edit().close("Lyon").steps
        ('closed Lyon (Lyon Part Dieu, Lyon Perrache; not Lyon Saint-Exupéry TGV)',)
        """
        names = [station] if isinstance(station, str) else list(station or ())
        if bool(names) == bool(selected):
            raise InvalidQuery("close: name a station, or select trips (lines='...'), one of both")
        begin, length, hours = 0, DAY_S, ""
        if between is not None:
            begin, end = (clock(one, "between") % DAY_S for one in between)
            length = (end - begin) % DAY_S or DAY_S
            hours = f" between {between[0]} and {between[1]}"
        draft = self.draft
        if selected:
            on = self._on(selected, None)
            shut = np.zeros_like(on)
            first, last = (
                draft.calls[draft.ptr[:-1], ARRIVAL],
                draft.calls[draft.ptr[1:] - 1, DEPARTURE],
            )
            for later in _spells(draft, begin):
                opens = begin + later * DAY_S
                there = (first < opens + length) & (last >= opens)
                shut |= there[:, None] & self._days(dates, -later)
            return self._done(draft.without(on & shut), f"closed {_words(selected, on)}{hours}")
        stops = np.concatenate([stops_named(self.timetable, name, "close") for name in names])
        for later in _spells(draft, begin):  # a run of one day may be there on the next

            def closed(draft: Draft, side: int, opens: int = begin + later * DAY_S) -> Bool:
                time = draft.calls[:, side]
                shut: Bool = np.isin(draft.calls[:, STOP], stops)
                return shut & (time >= opens) & (time < opens + length)

            there = closed(draft, ARRIVAL) | closed(draft, DEPARTURE)
            trips = np.isin(np.arange(len(draft.text)), draft.of_call()[there])
            draft, rows = draft.apart(trips[:, None] & self._days(dates, -later))
            mine, calls = np.isin(draft.of_call(), rows), draft.calls.copy()
            for side, flag in ((ARRIVAL, DROP_OFF), (DEPARTURE, PICKUP)):
                calls[mine & closed(draft, side), flag] = 1
            draft = draft._replace(calls=calls)
        said = ", ".join(_meant(self.timetable, name) for name in names)
        return self._done(draft, f"closed {said}{hours}")

    def apply(self) -> Timetable:
        """Return the edited timetable.

        Raises
        ------
        InvalidQuery
            If no trip is left.
        """
        if not self.steps:
            return self.timetable
        if not self.draft.runs.any():
            raise InvalidQuery(f"no trip is left: {'; '.join(self.steps)}")
        return timetable_of(self.timetable, self.draft)

    # ------------------------------------------------------------------ names and days

    def _done(self, draft: Draft, step: str) -> Edit:
        return Edit(self.timetable, draft, (*self.steps, step))

    def _days(self, dates: DatesLike | None, later: int = 0) -> Bool:
        """Return the days that are meant (n_days,), each so many days later."""
        n_days = self.draft.runs.shape[1]
        if dates is None:
            return np.ones(n_days, dtype=bool)
        several = [dates] if isinstance(dates, str | dt.date) else list(dates)
        if not several:
            raise InvalidQuery("dates=[] names no day: leave dates out for all days")
        days = []
        for date in (times.parse_date(one, "dates") for one in several):
            days.append((date - self.timetable.first_date).days)
            if not 0 <= days[-1] < n_days:
                raise self.timetable.outside(date)
        return np.isin(np.arange(n_days), np.array(days) + later)

    def _on(self, selected: Mapping[str, NamesLike], dates: DatesLike | None) -> Bool:
        """Return on which days the selected trips run (n, n_days)."""
        if not selected:
            raise InvalidQuery(
                "which trips? select them by trips= (ids), trains= (numbers), lines=, brands= or "
                "modes="
            )
        draft, routes = self.draft, self.timetable.routes
        number = [name.lstrip("0") or name for name in draft.text[:, NUMBER]]
        columns: dict[str, tuple[Sequence[Sequence[str]], Any]] = {
            "trips": ([draft.text[:, ID].tolist()], None),
            "trains": ([draft.text[:, NUMBER].tolist(), number], None),
            "lines": ([routes.short_name[:], routes.long_name[:], routes.id[:]], ROUTE),
            "brands": ([self.timetable.brands], BRAND),
            "modes": ([self.timetable.kinds], KIND),
        }
        chosen = np.ones(len(draft.text), dtype=bool)
        for key, value in selected.items():
            if key not in columns:
                raise InvalidQuery(f"{key}={value!r}: trips are selected by {', '.join(columns)}")
            names = [value] if isinstance(value, str | int) else list(value)
            known, fact = columns[key]
            rows = np.array([row for name in names for row in rows_named(str(name), known, key)])
            column = np.arange(len(draft.text)) if fact is None else draft.facts[:, fact]
            chosen &= np.isin(column, rows)
        on: Bool = draft.runs & chosen[:, None] & self._days(dates)
        if not on.any():
            raise InvalidQuery(f"no trip runs that is meant by {_words(selected, None)}")
        return on


def _spells(draft: Draft, begin: int) -> range:
    """Return how many days after a service day something may happen that begins at a clock time."""
    time = draft.calls[:, ARRIVAL : DEPARTURE + 1]
    lowest, highest = int(time.min(initial=0)), int(time.max(initial=0))
    return range((lowest - begin) // DAY_S, (highest - begin) // DAY_S + 1)


def _words(selected: Mapping[str, NamesLike], on: Bool | None) -> str:
    words = ", ".join(f"{key} {value}" for key, value in selected.items())
    return words if on is None else f"{words} ({counted(int(on.any(axis=1).sum()), 'trip')})"


def _meant(timetable: Timetable, name: str) -> str:
    """Say which stations a name means, and of which others it is the beginning of the name."""
    if timetable.stops.id.row(name) is not None:
        return name
    names = timetable.names
    meant = names.resolve(name)
    called = [
        match.station
        for match in names.find(name, limit=len(names.ids))
        if match.how in ("name", "city", "prefix") and match.score > PART_OF_A_WORD
    ]
    others = [row for row in called if row not in meant and names.weight[row]]
    if not others and [names.names[row] for row in meant] == [name]:
        return name
    said = ", ".join(names.names[row] for row in meant)
    return f"{name} ({said}{'; not ' * bool(others)}{', '.join(names.names[k] for k in others)})"


def _signed(by: times.DurationLike) -> int:
    """Return a duration that may be negative [s]."""
    if isinstance(by, dt.timedelta):
        return int(by.total_seconds())
    earlier = isinstance(by, str) and by.strip().startswith("-")
    length = times.parse_duration(by.strip()[1:] if earlier else by, "by")
    return -length if earlier else length
