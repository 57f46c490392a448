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
# # What does my journey look like?
#
# You are going from Rennes to Grenoble on a Tuesday morning. Before you read a timetable you want
# to see it: the way on a map, the changes, what else there is, and the station where you change.
# The timetable is the bundled one: real French stations, **synthetic trains, not for travel**.

# %%
import matplotlib.pyplot as plt

import mobiplan as mp

planner = mp.Planner(mp.sample(), data=mp.sample_data())
day = "2026-03-24"

# %% [markdown]
# ## On the map
#
# `explore()` is a map to move and zoom in; put the mouse on a line or a station. It holds all it
# needs, no tiles and no network: `.save("journeys.html")` writes a page that works on a train.

# %%
journeys = planner.plan("Rennes", "Grenoble", depart=f"{day} 08:00")
journeys.explore()

# %% [markdown]
# For paper there is `plot()`. Each leg has its brand's colour, and the legend names it.

# %%
journeys.best.plot()
plt.show()

# %% [markdown]
# ## Where the time goes
#
# The same journeys as bars: on the train, changing, waiting.

# %%
journeys.plot_timeline()
plt.show()

# %% [markdown]
# ## What else there is that day
#
# Every useful departure from Rennes to Lyon: the lower, the sooner there; the dotted lines are
# travel times. A tall step is a gap in the timetable: who misses the train before it is there so
# much later.

# %%
departures = planner.profile("Rennes", "Lyon", date=day)
departures.plot_profile()
plt.show()

# %% [markdown]
# And if sooner is not all that counts: the trains from Nantes to Lyon by travel time and price,
# each with its time of departure. The dot is the lowest price, the stroke goes up to the highest,
# as published or modelled: a range, no offer. No other train beats in both those that are filled
# and joined.

# %%
trains = planner.profile("Nantes", "Lyon", depart=f"{day} 07:00", window="8 h")
trains.plot_pareto("duration", "price")
plt.show()

# %% [markdown]
# ## The line
#
# All trains of the day between Rennes and Le Mans: time runs to the right, the line upwards. A
# steep stroke is a fast train; where two strokes cross, two trains meet.

# %%
timetable = planner.timetable
timetable.plot_marey(["Rennes", "Laval", "Le Mans"], day)
plt.show()

# %% [markdown]
# ## The station where one changes
#
# Its page tells what is there, each fact with its source, and what nobody says is "unknown".

# %%
station = planner.station("Lyon Part Dieu", planner.attributes.access)
station

# %%
station.departures(f"{day} 14:00", n=8)

# %% [markdown]
# Where one gets to without a change, and how long the changes there take:

# %%
station.direct(day).head(8)

# %%
station.transfers().head(6)
