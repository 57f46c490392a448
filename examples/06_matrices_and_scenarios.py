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
# # Who gains by a new train, and who loses?
#
# You work for a region. The council asks what happens if the station of Massy closes for a day of
# works, and whether a direct train would make up for it. You need travel times between towns, for
# different people, before and after. The timetable is the bundled one: real French stations,
# **synthetic trains, not for travel**.

# %%
import geopandas as gpd
import matplotlib.pyplot as plt

import mobiplan as mp
from mobiplan.analysis import compare

planner = mp.Planner(mp.sample(), data=mp.sample_data())
day = "2026-03-24"

# %% [markdown]
# ## Your towns
#
# Points come as a GeoDataFrame in whatever coordinate reference system you have, here Lambert-93,
# with your own ids; the ids come back. (These are the stations moved by 300 metres: one walks.)

# %%
names = ["Rennes", "Nantes", "Le Mans", "Angers", "Tours", "Lyon", "Lille"]
found = [planner.timetable.find(name).iloc[0] for name in names]
towns = gpd.GeoDataFrame(
    {"id": names},
    geometry=gpd.points_from_xy([s["lon"] for s in found], [s["lat"] + 0.0027 for s in found]),
    crs=4326,
).to_crs(2154)

# %% [markdown]
# ## Travel times
#
# A row for each pair, in r5py's column names. With a date the journey of a cell is the shortest of
# the day, with its changes, its price and its CO2.

# %%
cells = planner.matrix(towns, towns, date=day)
cells.iloc[1:5]

# %%
minutes = cells.assign(minutes=cells["travel_time"].dt.total_seconds() / 60)
table = minutes.pivot(index="from_id", columns="to_id", values="minutes").loc[names, names]
fig, ax = plt.subplots(figsize=(6.5, 5))
image = ax.imshow(table, cmap="viridis_r")
ax.set_xticks(range(len(names)), names, rotation=45, ha="right")
ax.set_yticks(range(len(names)), names)
fig.colorbar(image, label="minutes, the shortest of the day")
plt.show()

# %% [markdown]
# ## What one can count on
#
# The shortest journey is luck. Who turns up at any minute between 7 and 10 waits for the next
# train, too: in half of the minutes one is there within travel_time_p50, in nine of ten within
# travel_time_p90. A wide gap is a poor timetable.

# %%
any_time = planner.matrix(
    towns, towns, depart=f"{day} 07:00", window="3 h", values="travel_time", percentiles=[50, 90]
)
any_time["gap"] = any_time["travel_time_p90"] - any_time["travel_time_p50"]
any_time.sort_values("gap", ascending=False).head(4)

# %% [markdown]
# ## For whom
#
# With `travellers` each cell is the best journey of that person's own plan, `cost` what it costs
# them in equivalent minutes: a wheelchair user gets other answers than a commuter.

# %%
people = {
    "commuter": "commuter",
    "budget": "budget",
    "calm": mp.Traveller(transfer="30 min", max_transfers=1),
}
own = planner.matrix(
    ["Rennes", "Nantes"],
    ["Lyon", "Lille"],
    depart=f"{day} 08:00",
    travellers=people,
    values=["travel_time", "transfers", "price", "cost"],
)
own

# %% [markdown]
# ## The works: nobody boards or alights at Massy
#
# `timetable.edit()` changes nothing: every step gives a new edit, `apply()` a new timetable.

# %%
before = planner.timetable
works = before.edit().close("Massy TGV", between=("6:00", "22:00"), dates=day)
works

# %%
pairs = [(one, other) for one in names[:5] for other in names[5:]]
pairs += [(other, one) for one, other in pairs]
after = mp.Planner(works.apply(), data=mp.sample_data())
changed = compare(planner, after, pairs, people, depart=f"{day} 07:00")
changed["outcome"].value_counts()

# %%
changed.sort_values("gain").head(6)[["from_id", "to_id", "traveller", "minutes", "gain", "outcome"]]

# %% [markdown]
# ## A train to make up for it
#
# It is like the trains of its line, runs on the day of the works, and goes from Rennes to Lyon
# without a change.

# %%
ride = planner.earliest_arrival("Rennes", "Lyon", depart=f"{day} 07:00").best.legs[0]
line = before.edit().trips(trains=ride.train_number)[0].line
extra = mp.PlannedTrip(
    [("Rennes", "7:20"), ("Le Mans", "8:05", "8:08"), ("Lyon Part Dieu", "11:10")],
    number="9999",
    line=line,
    dates=day,
)
helped = mp.Planner(works.add(extra).apply(), data=mp.sample_data())
again = compare(after, helped, pairs, people, depart=f"{day} 07:00")
again[again["outcome"] != "same"].sort_values("gain", ascending=False)[
    ["from_id", "to_id", "traveller", "minutes", "gain"]
]

# %%
net = compare(planner, helped, pairs, people, depart=f"{day} 07:00")
by_person = net.groupby("traveller", observed=True)["gain"].sum()
by_person.plot.barh(color="#0088ce")
plt.axvline(0, color="#333", linewidth=0.8)
plt.xlabel("equivalent minutes gained, over all pairs")
plt.show()

# %% [markdown]
# ## More than one machine
#
# Every matrix takes `threads=`, and any executor of `concurrent.futures`; with
# `pip install mobiplan[dask]` that is a cluster's. A timetable that was saved and loaded is sent as
# its folder's name, so that each worker maps it:
#
# ```python
# from dask.distributed import Client
#
# planner.travel_times(depart="2026-03-24 08:00", executor=Client("scheduler:8786").get_executor())
# ```

# %%
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    everywhere = planner.travel_times(depart=f"{day} 08:00", executor=pool)
f"{len(everywhere):,} pairs, {everywhere['travel_time'].notna().mean():.0%} of them within reach"
