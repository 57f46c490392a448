"""Measure, print the tables and write RESULTS.md; see README.md beside this file.

python benchmarks/run.py                 all of it, about 15 minutes
python benchmarks/run.py --quick         fewer queries and runs, nothing written
python benchmarks/run.py --only routing  one part; implies --quick
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import comparing
import feeds
import learning
import loading
import many
import memory
import queries
import routing
import scaling
import table
from rows import ROWS

import mobiplan as mp

RESULTS = Path(__file__).with_name("RESULTS.md")
Show = Callable[[str, object], None]


def route_queries(show: Show, quick: bool) -> None:
    timetable, date = mp.load(feeds.NATIONAL.paths()), feeds.NATIONAL.date
    n = 100 if quick else 1000
    passes = 3 if quick else 5
    uniform = queries.uniform(timetable, date, n)
    plain, own = mp.Planner(timetable, mp.TransferRules.plain(300)), mp.Planner(timetable)
    measured = routing.beside_the_reference(plain, uniform, passes=passes, same_model=True)
    show("The reference's own model: 300 s in every station", routing.table_of(measured))
    measured = routing.beside_the_reference(own, uniform, passes=passes)
    show("mobiplan's rules: minima, closing doors, footpaths", routing.table_of(measured))
    if feeds.PASSENGERS.is_file():
        likely = queries.by_passengers(timetable, date, n, feeds.PASSENGERS)
        measured = routing.beside_the_reference(own, likely, ROWS[:3], passes, matrices=False)
        show("The same, stations by their passengers", routing.table_of(measured))
    show("Engines", routing.engines(own, uniform[: n // 10]))


def peers(show: Show, quick: bool) -> None:
    timetable, date = mp.load(feeds.NATIONAL.paths()), feeds.NATIONAL.date
    n = 5 if quick else comparing.MOST // 2
    asked = queries.uniform(timetable, date, n)
    if feeds.PASSENGERS.is_file():
        likely = queries.by_passengers(timetable, date, n, feeds.PASSENGERS)
        asked = list(chain.from_iterable(zip(asked, likely, strict=True)))
    show("Beside other routers", comparing.beside_the_peers(timetable, asked))


def size(show: Show, quick: bool) -> None:
    networks = scaling.measure(20, 2) if quick else scaling.measure()
    text = scaling.table_of(networks)
    if find_spec("matplotlib") is None:
        text += "\n\nNo plot: matplotlib is not installed (`make peers`)."
    elif not quick:
        scaling.plot(networks)
        text += f"\n\n![The table as a plot]({scaling.PLOT.name})"
    show("Cost against size", f"Medians in µs, mobiplan's rules, two service days.\n\n{text}")


def peak_memory(show: Show, quick: bool) -> None:
    show("Memory", table.bounds_table(memory.measure()))


def learned(show: Show, quick: bool) -> None:
    people = learning.real_people(seeds=1 if quick else 5)
    show("Real people, foretold from their first answers", people)
    show("Learning, how fast", table.bounds_table(learning.speed()))


def at_once(show: Show, quick: bool) -> None:
    rows = many.measure(0.04, 2) if quick else many.measure()
    show("Many questions at once", table.bounds_table(rows))


def from_files(show: Show, quick: bool) -> None:
    rows = loading.measure(3 if quick else 7)
    show("From files to the first answer", table.bounds_table(rows))


PARTS = {
    "routing": route_queries,
    "peers": peers,
    "many": at_once,
    "scaling": size,
    "memory": peak_memory,
    "loading": from_files,
    "learning": learned,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer runs, RESULTS.md stays")
    options.add_argument("--only", choices=PARTS, help="one part; implies --quick")
    chosen = options.parse_args()
    quick = chosen.quick or chosen.only is not None
    load_before = os.getloadavg()[0]
    texts = []

    def show(title: str, text: object) -> None:
        texts.append(f"## {title}\n\n{text}\n")
        print(f"\n{texts[-1]}", flush=True)

    for name, part in PARTS.items():
        if chosen.only in (None, name):
            part(show, quick)
    if quick:
        return
    RESULTS.write_text(
        "# Benchmark results\n\n"
        "Made by `make bench`; the protocol is in [README.md](README.md). Times are those of whole "
        "public calls, ratios those of medians to the reference's, measured in turns with it.\n\n"
        f"{table.machine()}. Other work on the machine: load average {load_before:.1f} before, "
        f"{os.getloadavg()[0]:.1f} after (a quiet run ends near 1).\n\n" + "\n".join(texts),
        encoding="utf-8",
    )
    print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
