"""Drafts: a timetable's trips as tables that can be edited, and the timetable made of them.

Stations, stops, lines and brands stay as they are; trips, their calls, their dates and the
published rules that name trips change. A draft says of each trip on which days it runs, so that a
trip that is edited on some of its days becomes two.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobiplan.timetable.arrays import (
    Bool,
    Calls,
    Int32,
    Int64,
    PublishedTransfers,
    Trips,
    frozen,
    spread,
)
from mobiplan.timetable.strings import Strings

if TYPE_CHECKING:
    from mobiplan.timetable.timetable import Timetable

#: Columns of `Draft.text`, of `Draft.facts` and of `Draft.calls`.
TEXT = ("id", "number", "headsign")
FACTS = ("route", "brand", "kind", "zone", "source", "block", "wheelchair", "bicycle")
CALLS = Calls._fields
ID, NUMBER, HEADSIGN = range(3)
ROUTE, BRAND, KIND, ZONE, SOURCE, BLOCK, WHEELCHAIR, BICYCLE = range(8)
STOP, ARRIVAL, DEPARTURE, PICKUP, DROP_OFF, APPROXIMATE = range(6)

#: A row of `PublishedTransfers` with the ids of trips, "" any, in the place of their rows.
Rule = tuple[Any, ...]
_RULE_TRIPS = [PublishedTransfers._fields.index(name) for name in ("from_trip", "to_trip")]


class Draft(NamedTuple):
    """Trips that are being edited."""

    text: NDArray[np.object_]  # (n, 3) of TEXT
    facts: Int32  # (n, 8) of FACTS, as in `Trips`
    runs: Bool  # (n, n_days) True = runs on first_date + day
    ptr: Int64  # (n + 1,) calls of trip t are ptr[t] : ptr[t + 1]
    calls: Int32  # (n_calls, 6) of CALLS, as in `Calls`
    rules: tuple[Rule, ...]

    def of_call(self) -> Int64:
        """Return the trip of each call (n_calls,)."""
        return np.repeat(np.arange(len(self.text)), np.diff(self.ptr))

    def take(self, rows: NDArray[np.integer[Any]]) -> Draft:
        """Return some of the trips, in the order of `rows`."""
        sizes = np.diff(self.ptr)[rows]
        row, place = spread(sizes)
        calls = self.calls[self.ptr[:-1][rows][row] + place]
        ptr = np.concatenate([[0], np.cumsum(sizes)])
        return Draft(self.text[rows], self.facts[rows], self.runs[rows], ptr, calls, self.rules)

    def joined(self, *others: Draft) -> Draft:
        """Return these trips and then those of other drafts, with the rules of all."""
        every = (self, *others)
        sizes = np.concatenate([np.diff(draft.ptr) for draft in every])
        return Draft(
            np.concatenate([draft.text for draft in every]),
            np.concatenate([draft.facts for draft in every]),
            np.concatenate([draft.runs for draft in every]),
            np.concatenate([[0], np.cumsum(sizes)]),
            np.concatenate([draft.calls for draft in every]),
            tuple(dict.fromkeys(rule for draft in every for rule in draft.rules)),
        )

    def without(self, on: Bool) -> Draft:
        """Return the draft in which trips do not run on the days `on` (n, n_days)."""
        draft = self._replace(runs=self.runs & ~on)
        return draft.take(np.flatnonzero(draft.runs.any(axis=1) | ~self.runs.any(axis=1)))

    def apart(self, on: Bool) -> tuple[Draft, Int64]:
        """Set trips apart as they run on the days `on` (n, n_days); also return their rows.

        A trip that runs on other days too becomes two, with the published rules of both.
        """
        touched = self.runs & on
        rest = self.runs & ~on
        whole = touched.any(axis=1) & ~rest.any(axis=1)
        some = np.flatnonzero(touched.any(axis=1) & rest.any(axis=1))
        if not len(some):
            return self, np.flatnonzero(whole)
        named: dict[str, str] = {}
        taken = set(self.text[:, ID])
        for name in self.text[some, ID]:
            new = f"{name} (edited)"
            while new in taken:
                new += "*"
            taken.add(new)
            named[name] = new
        draft = self._replace(runs=np.where(np.isin(np.arange(len(rest)), some)[:, None],
                                            rest, self.runs))  # fmt: skip
        others = self.take(some)._replace(runs=touched[some], rules=_renamed(self.rules, named))
        others.text[:, ID] = [named[name] for name in others.text[:, ID]]
        rows = np.concatenate([np.flatnonzero(whole), len(self.text) + np.arange(len(some))])
        return draft.joined(others), rows


def _renamed(rules: tuple[Rule, ...], named: dict[str, str]) -> tuple[Rule, ...]:
    """Return what rules say of trips under other names; both trips of a rule may have one."""
    found = []
    for rule in rules:
        one, other = (rule[place] for place in _RULE_TRIPS)
        for come in {one, named.get(one, one)}:
            for go in {other, named.get(other, other)}:
                new = list(rule)
                new[_RULE_TRIPS[0]], new[_RULE_TRIPS[1]] = come, go
                found.append(tuple(new))
    return tuple(dict.fromkeys(found))


def draft_of(timetable: Timetable) -> Draft:
    """Lay the trips of a timetable out for editing."""
    trips = timetable.trips
    text = np.empty((len(trips.route), len(TEXT)), dtype=object)
    for column, name in enumerate(TEXT):
        text[:, column] = list(getattr(trips, name))
    published = timetable.published
    columns = [column.tolist() for column in published]
    for place in _RULE_TRIPS:
        columns[place] = ["" if row < 0 else trips.id[row] for row in columns[place]]
    return Draft(
        text,
        np.stack([getattr(trips, name) for name in FACTS], axis=1).astype(np.int32),
        timetable.active[trips.service] != 0,
        trips.call_ptr.astype(np.int64),
        np.stack(list(timetable.calls), axis=1).astype(np.int32),
        tuple(zip(*columns, strict=True)),
    )


def timetable_of(timetable: Timetable, draft: Draft) -> Timetable:
    """Return a timetable with the stations of one and the trips of a draft.

    Rows are in the order that `mobiplan.load` gives them, whatever was edited first.
    """
    from mobiplan.timetable.build import count_departures, make_hops, number_trains
    from mobiplan.timetable.groups import make_groups
    from mobiplan.timetable.minima import Network

    prefixes = [f"{source.name}:" for source in timetable.sources]
    sources = draft.facts[:, SOURCE].tolist()
    ids = [
        (source, name.removeprefix(prefixes[source]), name)
        for source, name in zip(sources, draft.text[:, ID], strict=True)
    ]
    draft = draft.take(np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64))
    packed = np.packbits(draft.runs, axis=1)
    _, first, service = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    columns: dict[str, Any] = {
        name: Strings.of(draft.text[:, k].tolist()) for k, name in enumerate(TEXT)
    }
    for k, name in enumerate(FACTS):
        columns[name] = draft.facts[:, k].astype(getattr(timetable.trips, name).dtype)
    trips = Trips(
        **columns,
        service=service.reshape(-1).astype(np.int32),
        call_ptr=draft.ptr.astype(np.int32),
    )
    kept: Any = timetable.calls
    calls = Calls(*(draft.calls[:, k].astype(kept[k].dtype) for k in range(len(CALLS))))
    active = draft.runs[first].astype(np.uint8)
    active.flags.writeable = False
    hops = make_hops(
        trips, calls, timetable.stops, number_trains(draft.text[:, NUMBER].tolist()),
        timetable.kinds,
    )  # fmt: skip
    counted = count_departures(hops, trips, calls, timetable.stops, active)
    departures = np.zeros_like(timetable.stations.departures)
    departures[: len(counted)] = counted
    stations = frozen(timetable.stations._replace(departures=departures))
    published = _published(draft)
    edited = dataclasses.replace(
        timetable,
        stations=stations,
        trips=frozen(trips),
        calls=frozen(calls),
        hops=frozen(hops),
        published=frozen(published),
        active=active,
    )
    network = Network(*(getattr(edited, name) for name in Network._fields))
    groups, exceptions = make_groups(network, edited.footpaths, edited.rules)
    return dataclasses.replace(edited, groups=frozen(groups), exceptions=frozen(exceptions))


def _published(draft: Draft) -> PublishedTransfers:
    """Return the published rules whose trips there still are, in the order of `load`."""
    row = {name: k for k, name in enumerate(draft.text[:, ID])} | {"": -1}
    rules = []
    for rule in draft.rules:
        trips = [row.get(rule[place]) for place in _RULE_TRIPS]
        if None not in trips:
            new = list(rule)
            for place, trip in zip(_RULE_TRIPS, trips, strict=True):
                new[place] = trip
            rules.append(new)
    columns = np.array(sorted(rules), dtype=np.int32).reshape(-1, len(PublishedTransfers._fields)).T
    named: dict[str, Any] = dict(zip(PublishedTransfers._fields, columns, strict=True))
    named["type"] = named["type"].astype(np.int8)
    return PublishedTransfers(**named)
