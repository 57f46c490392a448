"""Measure, print the table and write RESULTS.md; see README.md beside this file.

python benchmarks/run.py            all of it, about five minutes
python benchmarks/run.py --quick    fewer repetitions, nothing written
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import feeds
import loading
import queries
import routing
import table

import mobiplan as mp

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer runs, RESULTS.md stays")
    options.add_argument("--only", choices=["loading", "routing"], help="one part; implies --quick")
    chosen = options.parse_args()
    quick = chosen.quick or chosen.only is not None
    load_before = os.getloadavg()[0]
    parts = []

    def show(title: str, text: str) -> None:
        parts.append(f"## {title}\n\n{text}\n")
        print(f"\n{parts[-1]}", flush=True)

    if chosen.only != "loading":
        timetable = mp.load(feeds.paths())
        date, n = feeds.NATIONAL_DATE, 200 if quick else 1000
        uniform = queries.uniform(timetable, date, n)
        show(
            "Single queries, uniform over stations and the day",
            str(routing.beside_the_reference(timetable, uniform)),
        )
        if feeds.PASSENGERS.is_file():
            likely = queries.by_passengers(timetable, date, n, feeds.PASSENGERS)
            show(
                "Single queries, stations by their passengers",
                str(routing.beside_the_reference(timetable, likely)),
            )
        show("Engines", str(routing.engines(timetable, uniform[: n // 5])))
    if chosen.only != "routing":
        rows = loading.measure(3 if quick else 7)
        show("From files to the first answer", table.bounds_table(rows))

    text = (
        "# Benchmark results\n\n"
        "Made by `python benchmarks/run.py`; the protocol is in README.md.\n\n"
        f"{table.machine()}. Other work on the machine: load average {load_before:.1f} before, "
        f"{os.getloadavg()[0]:.1f} after (a quiet run ends near 1).\n\n" + "\n".join(parts)
    )
    if not quick:
        RESULTS.write_text(text, encoding="utf-8")
        print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
