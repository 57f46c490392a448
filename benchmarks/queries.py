"""Seeded queries: uniform over stations and the day, or by passenger numbers."""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mobiplan as mp
from mobiplan import times
from mobiplan.journeys.itinerary import Place


@dataclass(frozen=True)
class Query:
    """From a station to another, not before an instant."""

    origin: int  # row in Timetable.stations
    destination: int
    depart: dt.datetime  # aware


def uniform(timetable: mp.Timetable, date: dt.date, n: int, seed: int = 2026) -> list[Query]:
    """Return `n` queries, uniform over the stations with trains on `date` and over its minutes.

    The origin has a train that one may board on the date, the destination one that one may
    leave; whether there is a journey between them is left to chance.
    """
    leaves, arrives = _served(timetable, date)
    return _drawn(timetable, date, n, seed, leaves / leaves.sum(), arrives / arrives.sum())


def by_passengers(
    timetable: mp.Timetable, date: dt.date, n: int, passengers: Path, seed: int = 2026
) -> list[Query]:
    """Return `n` queries, stations drawn by their passengers in a year, uniform over the day.

    Parameters
    ----------
    passengers : path
        SNCF's ``frequentation-gares.csv``; its last year counts. Stations abroad and coach stops
        are not in it and are never drawn.
    """
    with open(passengers, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    # The platform writes "total_voyageurs_2024", or "Total Voyageurs 2024" with use_labels=true.
    spelled = {name.lower().replace(" ", "_"): name for name in rows[0]}
    code = spelled.get("code_uic_complet") or spelled["code_uic"]
    year = spelled[max(name for name in spelled if re.fullmatch(r"total_voyageurs_\d{4}", name))]
    count_of: dict[str, float] = {}
    for row in rows:
        uic = row[code].strip().zfill(8)[-8:]
        count_of[uic] = count_of.get(uic, 0.0) + float(row[year] or 0)
    counts = np.array([count_of.get(uic, 0.0) for uic in timetable.stations.code])
    leaves, arrives = _served(timetable, date)
    leaves, arrives = leaves * counts, arrives * counts
    return _drawn(timetable, date, n, seed, leaves / leaves.sum(), arrives / arrives.sum())


def place(timetable: mp.Timetable, station: int) -> Place:
    """Return a station as `Planner.place` does: what a query takes with its names resolved."""
    return Place(timetable.stations.name[station], (station,), (0,))


def _served(
    timetable: mp.Timetable, date: dt.date
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 1.0 for the stations where one may board, and where one may alight, on a date."""
    calls, trips, hops = timetable.calls, timetable.trips, timetable.hops
    runs = timetable.active[trips.service, timetable.require_date(date)] != 0
    call = hops.call[runs[hops.trip]]
    station = timetable.stops.station[calls.stop]
    leaves, arrives = np.zeros((2, len(timetable.stations.lat)))
    leaves[station[call[calls.pickup[call] != 1]]] = 1.0
    arrives[station[call[calls.drop_off[call + 1] != 1] + 1]] = 1.0
    return leaves, arrives


def _drawn(
    timetable: mp.Timetable,
    date: dt.date,
    n: int,
    seed: int,
    leaves: NDArray[np.float64],
    arrives: NDArray[np.float64],
) -> list[Query]:
    dice = np.random.default_rng(seed)
    tz = times.zone(timetable.timezones[0])
    first, end = times.calendar_day(date, tz)
    made: list[Query] = []
    while len(made) < n:
        origin = int(dice.choice(len(leaves), p=leaves))
        destination = int(dice.choice(len(arrives), p=arrives))
        minute = int(dice.integers((end - first) // 60))
        if origin != destination:
            made.append(Query(origin, destination, times.local_time(first + 60 * minute, tz)))
    return made
