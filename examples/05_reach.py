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
# # Where can I go?
#
# You live in Rennes and are free on Tuesday. Where could you be, in how long, for how much? And
# where would you meet a friend from Lyon? All of it is one question, `planner.reach`, asked in
# several ways. The timetable is the bundled one: real French stations, **synthetic trains, not for
# travel**.

# %%
import matplotlib.pyplot as plt

import mobiplan as mp

planner = mp.Planner(mp.sample(), data=mp.sample_data())
day = "2026-03-24"

# %% [markdown]
# ## As far as four hours go
#
# For each station the shortest journey of the day. The areas are what one reaches on foot in the
# time that is left, at most 1,500 metres from a station (`TransferRules.access_reach_m`): zoom in.

# %%
reach = planner.reach("Rennes", "4 h", date=day)
reach.explore(["1 h", "2 h", "3 h", "4 h"])

# %%
reach.to_frame().drop(columns="geometry").iloc[1:8]

# %% [markdown]
# Each row is a journey that you can look at:

# %%
reach.journey("Tours")

# %% [markdown]
# ## For forty euros, with one change, and within three kilograms of CO2
#
# The limits are exact: a station counts if *some* journey keeps to them, not if the fastest one
# does. Prices are the middle of published or modelled ranges, no offers.

# %%
limits = {
    "as far as 5 h go": {},
    "at most 1 change": {"max_transfers": 1},
    "at most 40 €": {"budget": 40},
    "at most 3 kg CO2": {"max_co2_kg": 3},
    "all limits": {"max_transfers": 1, "budget": 40, "max_co2_kg": 3},
}
reached = {
    words: planner.reach("Rennes", "5 h", date=day, **asked) for words, asked in limits.items()
}
{words: len(stations) for words, stations in reached.items()}

# %% tags=["picture"]
fig, axes = plt.subplots(1, 2, figsize=(13, 5.5))
for ax, words in zip(axes, ("as far as 5 h go", "all limits"), strict=True):
    reached[words].plot(ax=ax).set_title(f"From Rennes, {words}", loc="left")
plt.show()

# %% [markdown]
# ## A day trip: there in the morning, six hours, back in the evening
#
# Out is a reach from home, back is a reach *towards* home (`arrive=`), both by direct trains; the
# rest is a merge.

# %%
out = planner.reach("Rennes", "3 h 30", depart=f"{day} 07:00", max_transfers=0).to_frame()
back = planner.reach("Rennes", "4 h", arrive=f"{day} 22:00", max_transfers=0).to_frame()
trips = out.merge(back, on=["id", "name"], suffixes=("", "_back"))
trips["stay"] = trips["departure_back"] - trips["arrival"]
trips["euros"] = trips["price_min"] + trips["price_min_back"]
trips = trips[(trips["stay"] >= "6 h") & (trips["travel_time"] >= "1 h")]
trips.sort_values("euros")[["name", "arrival", "departure_back", "stay", "euros"]].head(8)

# %% [markdown]
# ## Where to meet
#
# Three friends live in Rennes, Lyon and Lille. Fair is where the one who travels longest travels
# least.

# %%
friends = ["Rennes", "Lyon", "Lille"]
tables = [planner.reach(home, "6 h", date=day).to_frame().set_index("id") for home in friends]
meeting = tables[0][["name"]].copy()
for home, table in zip(friends, tables, strict=True):
    meeting[home] = table["travel_time"]  # stations that one of them cannot reach stay empty
meeting["longest"] = meeting[friends].max(axis=1, skipna=False)
meeting.sort_values("longest").head(5)

# %% [markdown]
# ## How the area grows
#
# `isochrones` are polygons in EPSG:4326, ready for geopandas: here how many square kilometres one
# can walk in, hour by hour, for two people who walk differently and change differently.

# %%
hours = [f"{h} h" for h in range(1, 6)]
for name in ("standard", "slow_walker"):
    areas = planner.reach("Rennes", "5 h", date=day, traveller=name).isochrones(hours)
    plt.plot(areas["limit"].dt.total_seconds() / 3600, areas["area_km2"], marker="o", label=name)
plt.xlabel("travel time (hours)")
plt.ylabel("area within reach (km²)")
plt.legend(frameon=False)
plt.show()
