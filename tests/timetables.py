"""A small language for toy feeds, so that toy timetables read like timetables.

    feed = toy(
        trip("A 08:00", "B 08:30/08:32", "C 09:10", number="8601", brand="TGV INOUI"),
        trip("B:2 08:40", "D 09:00 no boarding"),
        transfer("B", "B", minutes=5),
        place("X", metres=300, north_of="B"),
    )
    planner = feed.planner()

A feed is GTFS text (`feed.files`) and goes through the whole real pipeline: zip, `mobiplan.load`.

A *call* is a place, a time or two (arrival/departure; "-" leaves them blank) and marks: "no
boarding", "no alighting", "boarding by phone", "boarding via driver", "alighting by phone",
"alighting via driver", "about" (timepoint 0), with commas between. A *place* "A" is a stop
without parent, its own station; "A:1" and "A:2" are stops under the station "A". Places lie far
apart, so that no footpath arises by accident. The default date is Tuesday 2026-06-02, the zone
Europe/Paris; a trip's brand is its agency's name, its line its route, its number its short name.
"""

from __future__ import annotations

import csv
import io
import math
import random
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mobiplan as mp
from mobiplan.timetable.timetable import Timetable

DATE = "2026-06-02"
ZONE = "Europe/Paris"
_DEGREE_M = 111_195.0  # of latitude
_MARKS = {
    "no boarding": ("pickup_type", "1"),
    "boarding by phone": ("pickup_type", "2"),
    "boarding via driver": ("pickup_type", "3"),
    "no alighting": ("drop_off_type", "1"),
    "alighting by phone": ("drop_off_type", "2"),
    "alighting via driver": ("drop_off_type", "3"),
    "about": ("timepoint", "0"),
}


@dataclass(frozen=True)
class _Item:
    """One line of the language, kept as it was written so that a failing feed can be read."""

    word: str
    args: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        parts = [repr(arg) for arg in self.args]
        parts += [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{self.word}({', '.join(parts)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print the fields


def trip(*calls: str, **options: Any) -> _Item:
    """One trip.

    Options: number, id (default: the number, else t1, t2, ...), brand ("TER"), line ("L"),
    route_type (2), dates (one text or several), service (a `calendar`'s name), headsign, block,
    sequence (the stop_sequence of each call), wheelchair and bicycle (1 yes, 2 no),
    every=("06:00", "07:00", minutes) for frequencies with exact times, about_every=(...) without.
    """
    return _Item("trip", calls, options)


def transfer(origin: str = "", destination: str = "", **options: Any) -> _Item:
    """One row of transfers.txt.

    Options: type (2 where a minimum is given, else 0), minutes or seconds, from_line, to_line,
    from_trip, to_trip.
    """
    return _Item("transfer", (origin, destination), options)


def place(name: str, **options: Any) -> _Item:
    """Where a place lies, if it matters: at=(lat, lon), or metres=..., north_of=... another.

    Further: title (its name), parent, location_type, timezone, wheelchair, platform.
    """
    return _Item("place", (name,), options)


def calendar(name: str, days: str, first: str, last: str, **options: Any) -> _Item:
    """One service: days "1111100" from Monday on, added and removed dates."""
    return _Item("calendar", (name, days, first, last), options)


def toy(*items: _Item, **options: Any) -> ToyFeed:
    """Return a feed. Options: zone, dates (for trips that say none), files (raw text by name)."""
    return ToyFeed(items, options)


@dataclass(frozen=True)
class ToyFeed:
    """A feed as text."""

    items: tuple[_Item, ...]
    options: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        lines = [repr(item) for item in self.items]
        lines += [f"{name}={value!r}" for name, value in self.options.items()]
        return "toy(\n    " + ",\n    ".join(lines) + ",\n)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    @property
    def files(self) -> dict[str, str]:
        """File name -> text."""
        return _Writer(self).files()

    def write(self, path: Path) -> Path:
        """Write a zip, or a folder where `path` does not end in .zip."""
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                for name, text in self.files.items():
                    archive.writestr(name, text)
        else:
            path.mkdir(parents=True, exist_ok=True)
            for name, text in self.files.items():
                (path / name).write_text(text, encoding="utf-8")
        return path

    def load(self, rules: mp.TransferRules | None = None) -> Timetable:
        """Load the feed the way a user does."""
        with tempfile.TemporaryDirectory() as folder:
            return mp.load(self.write(Path(folder) / "toy.zip"), transfer_rules=rules)

    def planner(self, rules: mp.TransferRules | None = None) -> mp.Planner:
        """Return a planner on the loaded feed."""
        return mp.Planner(self.load(rules))

    def shuffled(self, seed: int) -> ToyFeed:
        """Return a feed with the rows of every file, and its columns, in another order."""
        return ToyFeed((), {"files": shuffled(self.files, seed)})


def shuffled(files: dict[str, str], seed: int) -> dict[str, str]:
    """Return GTFS text files with rows and columns in another order."""
    chance = random.Random(seed)
    mixed = {}
    for name, text in files.items():
        header, *rows = list(csv.reader(io.StringIO(text)))
        chance.shuffle(rows)
        order = list(range(len(header)))
        chance.shuffle(order)
        mixed[name] = _text([[row[k] for k in order] for row in [header, *rows]])
    return mixed


def told(journeys: mp.JourneySet) -> str:
    """What a journey set's best says: "8601 A 08:00 B 08:30, 77 B 08:40 D 09:00", "" if empty."""
    if not journeys:
        return ""
    return ", ".join(
        f"{leg.train_number or leg.mode} {leg.from_name} {leg.departure:%H:%M} "
        f"{leg.to_name} {leg.arrival:%H:%M}"
        for leg in journeys.best.legs
    )


class _Writer:
    """Turns items into the rows of each file."""

    def __init__(self, feed: ToyFeed) -> None:
        self.options = feed.options
        self.zone = feed.options.get("zone", ZONE)
        self.dates = _dates(feed.options.get("dates", DATE))
        self.of = {
            word: [item for item in feed.items if item.word == word]
            for word in ("trip", "transfer", "place", "calendar")
        }

    def files(self) -> dict[str, str]:
        if "files" in self.options and not any(self.of.values()):
            return dict(self.options["files"])
        trips, stop_times, frequencies, services = self._trips()
        tables = {
            "agency.txt": self._agencies(),
            "stops.txt": self._stops([row["stop_id"] for row in stop_times]),
            "routes.txt": self._routes(),
            "trips.txt": trips,
            "stop_times.txt": stop_times,
            "frequencies.txt": frequencies,
            "transfers.txt": self._transfers(),
        }
        files = {name: _table(rows) for name, rows in tables.items() if rows}
        files.update(self._calendar(services))
        files.update(self.options.get("files", {}))
        return files

    def _trips(self) -> tuple[list[dict[str, str]], ...]:
        trips, stop_times, frequencies = [], [], []
        services: dict[str, list[str]] = {}
        for n, item in enumerate(self.of["trip"], start=1):
            options = {"number": "", "brand": "TER", "line": "L", "headsign": "", "block": ""}
            options |= item.options
            trip_id = options.get("id") or options["number"] or f"t{n}"
            dates = _dates(options["dates"]) if "dates" in options else self.dates
            service = options.get("service")
            if service is None:
                service = "on " + " ".join(dates)
                services[service] = dates
            trips.append(
                {
                    "route_id": _route(item),
                    "service_id": service,
                    "trip_id": trip_id,
                    "trip_headsign": options["headsign"],
                    "trip_short_name": options["number"],
                    "block_id": options["block"],
                    "wheelchair_accessible": str(options.get("wheelchair", "")),
                    "bikes_allowed": str(options.get("bicycle", "")),
                }
            )
            sequence = options.get("sequence", range(len(item.args)))
            for call, number in zip(item.args, sequence, strict=True):
                stop_times.append({"trip_id": trip_id, "stop_sequence": str(number)} | _call(call))
            for word, exact in (("every", "1"), ("about_every", "0")):
                if word in options:
                    first, end, minutes = options[word]
                    frequencies.append(
                        {
                            "trip_id": trip_id,
                            "start_time": _clock(first),
                            "end_time": _clock(end),
                            "headway_secs": str(minutes * 60),
                            "exact_times": exact,
                        }
                    )
        return trips, stop_times, frequencies, services  # type: ignore[return-value]

    def _agencies(self) -> list[dict[str, str]]:
        brands = sorted({item.options.get("brand", "TER") for item in self.of["trip"]})
        return [
            {
                "agency_id": brand,
                "agency_name": brand,
                "agency_url": "https://example.org",
                "agency_timezone": self.zone,
            }
            for brand in brands
        ]

    def _routes(self) -> list[dict[str, str]]:
        routes = {}
        for item in self.of["trip"]:
            options = item.options
            routes[_route(item)] = {
                "route_id": _route(item),
                "agency_id": options.get("brand", "TER"),
                "route_short_name": options.get("line", "L"),
                "route_type": str(options.get("route_type", 2)),
            }
        return list(routes.values())

    def _stops(self, called_at: Iterable[str]) -> list[dict[str, str]]:
        told = {item.args[0]: item.options for item in self.of["place"]}
        called = dict.fromkeys([*called_at, *(name for name in told if ":" in name)])
        parents = dict.fromkeys(name.split(":")[0] for name in called if ":" in name)
        clash = sorted(set(called) & set(parents))
        if clash:
            raise ValueError(f"{clash[0]!r} is a stop and a station of stops: call at 'A:1'")
        roots = sorted({*called, *parents, *told} - {name for name in called if ":" in name})
        where: dict[str, tuple[float, float]] = {}
        for k, name in enumerate(roots):
            where[name] = told.get(name, {}).get("at", (42.0 + k // 20 * 0.5, k % 20 * 0.5))
        for name, options in told.items():
            if "metres" in options:
                lat, lon = where[options["north_of"]]
                where[name] = (round(lat + options["metres"] / _DEGREE_M, 7), lon)
        rows = []
        for name in [*roots, *(stop for stop in called if ":" in stop)]:
            options = told.get(name, {})
            lat, lon = where.get(name, where[name.split(":")[0]])
            lat, lon = options.get("at", (lat, lon))
            rows.append(
                {
                    "stop_id": name,
                    "stop_name": options.get("title", name.split(":")[0]),
                    "stop_lat": "" if math.isnan(lat) else f"{lat:.7f}",
                    "stop_lon": "" if math.isnan(lon) else f"{lon:.7f}",
                    "location_type": str(options.get("location_type", int(name in parents))),
                    "parent_station": options.get("parent", name.partition(":")[0] * (":" in name)),
                    "stop_timezone": options.get("timezone", ""),
                    "wheelchair_boarding": str(options.get("wheelchair", "")),
                    "platform_code": options.get("platform", ""),
                }
            )
        return rows

    def _transfers(self) -> list[dict[str, str]]:
        rows = []
        for item in self.of["transfer"]:
            options = item.options
            seconds = options.get("seconds")
            if seconds is None and "minutes" in options:
                seconds = options["minutes"] * 60
            rows.append(
                {
                    "from_stop_id": item.args[0],
                    "to_stop_id": item.args[1],
                    "from_route_id": self._line(options.get("from_line", "")),
                    "to_route_id": self._line(options.get("to_line", "")),
                    "from_trip_id": options.get("from_trip", ""),
                    "to_trip_id": options.get("to_trip", ""),
                    "transfer_type": str(options.get("type", 0 if seconds is None else 2)),
                    "min_transfer_time": "" if seconds is None else str(seconds),
                }
            )
        return rows

    def _line(self, line: str) -> str:
        found = {_route(item) for item in self.of["trip"] if item.options.get("line") == line}
        if line and len(found) != 1:
            raise ValueError(f"line {line!r} is that of {len(found)} routes")
        return found.pop() if line else ""

    def _calendar(self, services: dict[str, list[str]]) -> dict[str, str]:
        names = "monday tuesday wednesday thursday friday saturday sunday".split()
        weeks, dates = [], []
        for item in self.of["calendar"]:
            name, days, first, last = item.args
            week = dict(zip(names, days, strict=True))
            period = {"start_date": _plain(first), "end_date": _plain(last)}
            weeks.append({"service_id": name, **week, **period})
            for kind, option in (("1", "added"), ("2", "removed")):
                for date in _dates(item.options.get(option, ())):
                    dates.append({"service_id": name, "date": _plain(date), "exception_type": kind})
        for name, on in services.items():
            dates += [{"service_id": name, "date": _plain(d), "exception_type": "1"} for d in on]
        tables = {"calendar.txt": weeks, "calendar_dates.txt": dates}
        return {name: _table(rows) for name, rows in tables.items() if rows}


def _route(item: _Item) -> str:
    options = item.options
    parts = [options.get("brand", "TER"), options.get("line", "L")]
    if options.get("route_type", 2) != 2:
        parts.append(str(options["route_type"]))
    return " ".join(parts)


def _call(text: str) -> dict[str, str]:
    name, times, *marks = text.split(" ", 2)
    arrival, _, departure = times.partition("/")
    row = {"stop_id": name, "arrival_time": _clock(arrival)}
    row["departure_time"] = _clock(departure or arrival)
    row |= {"pickup_type": "", "drop_off_type": "", "timepoint": ""}
    for mark in marks[0].split(", ") if marks else ():
        column, value = _MARKS[mark]
        row[column] = value
    return row


def _clock(text: str) -> str:
    if text == "-":
        return ""
    return text if text.count(":") == 2 else f"{text}:00"


def _dates(dates: str | Sequence[str]) -> list[str]:
    return dates.split() if isinstance(dates, str) else list(dates)


def _plain(date: str) -> str:
    return date.replace("-", "")


def _table(rows: list[dict[str, str]]) -> str:
    return _text([list(rows[0]), *([row[name] for name in rows[0]] for row in rows)])


def _text(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
