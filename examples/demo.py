"""The main job on the bundled feed: files in, journeys out. Run by `make demo`."""

import tempfile
from pathlib import Path

import mobiplan as mp

print("The bundled feed is SYNTHETIC and not for travel; see data/README.md.\n")

timetable = mp.sample()
print(timetable, "\n")

print(timetable.find("gare de lyon", limit=3).to_string(index=False), "\n")

planner = mp.Planner(timetable)
print(planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00").best, "\n")
print("The last way home tonight:")
print(planner.latest_departure("Paris", "Quimper", date="2026-03-24").best, "\n")
print("A night train:")
print(planner.earliest_arrival("Paris", "Briançon", depart="2026-03-24 19:00").best, "\n")

with tempfile.TemporaryDirectory() as folder:
    saved = Path(folder) / "sample.timetable"
    timetable.save(saved)
    print("Saved, and opened again by memory map:", mp.load(saved))
