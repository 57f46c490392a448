# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How do I get from one place to another?
#
# mobiplan reads railway timetables (GTFS) and plans journeys inside your own Python process: no
# server, no street map, nothing about the traveller leaves the machine. This notebook takes five
# minutes. It uses the bundled feed: real French stations, **synthetic trains, not for travel**.

# %%
import mobiplan as mp

timetable = mp.sample()
timetable

# %% [markdown]
# ## Find a station
#
# Accents, case, hyphens and small typing errors do not matter; a city's name finds its stations,
# the busiest first.

# %%
timetable.find("st etienne")

# %%
timetable.find("Lyon", limit=4)

# %% [markdown]
# ## Ask for a journey
#
# There is no default "now": say when. `timetable.dates` lists the days that have trains. A time
# without a zone is the railway's own time.

# %%
planner = mp.Planner(timetable)
journeys = planner.earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00")
journeys.best

# %% [markdown]
# The change across Paris is one of a sourced table, and nobody is asked to change trains in 40
# seconds: `mp.TransferRules` states every default, and you can alter it. Who wants 20 minutes for
# each change of trains is sent another way, and arrives a little later:

# %%
calm = mp.TransferRules(small=1200, medium=1200, large=1200)
mp.Planner(timetable, calm).earliest_arrival("Rennes", "Grenoble", depart="2026-03-24 08:00").best

# %% [markdown]
# ## Be there on time, or leave as late as possible

# %%
planner.latest_departure("Quimper", "Paris", arrive="2026-03-24 18:00").best

# %% [markdown]
# ## From the door
#
# A pair of coordinates means a walk to the stations within reach.

# %%
planner.earliest_arrival((48.1095, -1.6793), "Brest", depart="2026-03-24 09:00").best

# %% [markdown]
# ## Trains that part on the way
#
# Some trains leave Paris as one and are split at Rennes; they are published under two numbers.
# mobiplan lists the train once and says in which portion to sit.

# %%
coupled = planner.earliest_arrival("Paris Montparnasse", "Quimper", depart="2026-03-24 08:40")
coupled.best

# %% [markdown]
# ## No answer is an answer
#
# An empty set says why. It never turns into a silent walk or `None`.

# %%
late = planner.earliest_arrival(
    "Rennes", "Grenoble", depart="2026-03-24 08:00", arrive="2026-03-24 11:00"
)
print(len(late), "journeys:", late.diagnosis)

# %% [markdown]
# ## Tables and GeoJSON
#
# Every answer becomes a DataFrame, a dict or GeoJSON.

# %%
journeys.best.to_frame()[["mode", "train_number", "from_name", "departure", "to_name", "arrival"]]

# %%
[feature["geometry"]["type"] for feature in journeys.best.to_geojson()["features"]]

# %% [markdown]
# ## Your own feed
#
# Point `mp.load` at one or several GTFS files; stations that the feeds share are merged. Look at
# `checks`: it says what was odd in the files and what was done about it. A saved timetable opens
# in milliseconds.
#
# ```python
# timetable = mp.load(["sncf_tgv.zip", "sncf_ter.zip"])   # from ressources.data.sncf.com
# timetable.checks
# timetable.save("sncf.timetable")
# planner = mp.Planner(mp.load("sncf.timetable"))
# planner.earliest_arrival("Rennes", "Grenoble", depart=f"{timetable.dates[0]} 08:00")
# ```
