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
# # One trip, four people: who takes which train, and why?
#
# Two people who ask the same question need not get the same answer. mobiplan plans *for a
# person*: each gets the journey that costs **them** least, and can ask why, and why not another
# one.
#
# The timetable and the fares are the bundled ones: real French stations, **synthetic trains and
# made up prices, not for travel**.

# %%
import matplotlib.pyplot as plt
import pandas as pd

import mobiplan as mp

planner = mp.Planner(mp.sample(), data=mp.sample_data())
trip = {"origin": "Saint-Malo", "destination": "Grenoble", "depart": "2026-03-24 07:00"}

# %% [markdown]
# ## The four
#
# What a journey costs is counted in *equivalent minutes*: a minute in an ordinary train is 1,
# and a traveller says how many such minutes anything else is worth. Hugo says it himself; what
# he does not say is as for the standard traveller. The others are presets, each value with its
# source.

# %%
people = {
    "Hugo, in a hurry": mp.Traveller(name="Hugo", euros_per_hour=45, transfers="8 min"),
    "Claire, like most people": mp.Traveller.preset("standard"),
    "the Martins, two children": mp.Traveller.preset("family"),
    "Nour, in a wheelchair": mp.Traveller.preset("wheelchair"),
}
table = pd.DataFrame({who: dict(me.weights) for who, me in people.items()}).T
table = table[["waiting", "transfers", "euros"]].round(2)
table.columns = ["a minute of waiting", "a change", "a euro"]
table["needs"] = [", ".join(limit.words for limit in me.needs.limits()) for me in people.values()]
table

# %% [markdown]
# ## Four plans
#
# Each answer is exact: no journey in the timetable costs this traveller less. Prices are ranges
# that are published or modelled, and never offers.

# %%
plans = {who: planner.plan(**trip, traveller=me) for who, me in people.items()}
table = pd.concat([journeys.to_frame().head(1) for journeys in plans.values()])
table.index = list(plans)
for name in ("departure", "arrival"):
    table[name] = table[name].dt.strftime("%H:%M")


def numbers(journey: mp.Journey) -> str:
    """Name a journey by its trains."""
    return ", ".join(leg.train_number for leg in journey.legs if not leg.is_walk)


table["trains"] = [numbers(journeys.best) for journeys in plans.values()]
shown = ["departure", "arrival", "price_min", "price_max", "co2_kg", "cost", "trains"]
table[shown].round(1)

# %% [markdown]
# Four people, four journeys. Why, each can ask; in English or in French.

# %%
for who, journeys in plans.items():
    print(f"{who}: {journeys.best.why().sentence()}\n")

# %%
print(plans["Nour, in a wheelchair"].best.why().sentence("fr"))

# %% [markdown]
# ## The four compared
#
# Left, how the day goes: dark is aboard, dotted on the way across Paris. Right, what it costs
# each of them, and for what.

# %% tags=["picture"]
GROUPS = {
    "before departure": ["before_departure"],
    "aboard": ["riding"],
    "waiting": ["waiting"],
    "changing": ["transfers", "short_transfer"],
    "not known to suit": ["unsuited"],
    "fare": ["euros"],
}
COLOURS = ["#d9d9d9", "#1f4e79", "#9bb7d4", "#b5462f", "#6a4c93", "#e0a458"]

figure, (day, costs) = plt.subplots(1, 2, figsize=(10, 3), layout="constrained", sharey=True)
for row, journeys in enumerate(plans.values()):
    for leg in journeys.best.legs:
        hours = [time.hour + time.minute / 60 for time in (leg.departure, leg.arrival)]
        style = {"linestyle": ":", "linewidth": 3} if leg.is_walk else {"linewidth": 11}
        day.plot(hours, [row, row], color="#1f4e79", solid_capstyle="butt", **style)
    spent = journeys.best.why().to_frame().set_index("feature")["contribution"]
    left = 0.0
    for (group, features), colour in zip(GROUPS.items(), COLOURS, strict=True):
        minutes = sum(spent[spent.index.str.startswith(tuple(features))])
        label = group if row == 0 else None
        costs.barh(row, minutes, left=left, color=colour, label=label, height=0.6)
        left += minutes
day.set(yticks=range(len(plans)), yticklabels=list(plans), xlabel="hour of the day")
day.set_xticks(range(8, 18))
day.invert_yaxis()
day.grid(axis="x", color="#e4e4e4")
costs.set_xlabel("equivalent minutes")
figure.legend(*costs.get_legend_handles_labels(), loc="outside upper right", ncols=6, frameon=False)
plt.show()

# %% [markdown]
# ## The whole account
#
# `why()` lists what the journey has of each feature, what a unit of it costs, and where both
# numbers come from. The contributions add up to the cost.

# %%
plans["Claire, like most people"].best.why()

# %% [markdown]
# ## Why not the other one?
#
# Claire could leave later, with the Martins, and would not have to cross Paris. `why_not` compares
# the two, and says what would have to change for her to go with them: a weight, the timetable, or
# a fare. Each of these tipping points holds: a little less, and nothing changes.

# %%
claire = plans["Claire, like most people"].best
martins = plans["the Martins, two children"].best
contrast = claire.why_not(martins)
contrast

# %%
contrast.tipping_frame().round(3)

# %% [markdown]
# Do not take its word for it: plan again, for a traveller just beyond the first of them.

# %%
first = contrast.tipping_points[0]
again = contrast.plan_again(first)
print(f"{first.feature}: {first.now:.2f} → {first.beyond:.2f} min")
print("now best:", numbers(again.best))

# %% [markdown]
# With two children one does not cross Paris as fast as Hugo does. That is no matter of cost:

# %%
print(martins.why_not(plans["Hugo, in a hurry"].best))

# %% [markdown]
# ## A few truly different ones
#
# A plan is not only its best journey. The others are each the best for somebody near this
# traveller; labels say what they are good at, and the last line how many such travellers the set
# serves.

# %%
plans["Nour, in a wheelchair"]

# %% [markdown]
# ## When nothing fits
#
# Nour would like to be there in six hours. There is no such journey, and the answer says what is
# the least that would have to give way; it has been tried.

# %%
nour = people["Nour, in a wheelchair"]
none = planner.plan(**trip, traveller=nour.replace(max_duration="6 h"))
print(len(none), "journeys:", none.diagnosis)

# %% [markdown]
# The feed does not say which trains and stations can be used without steps. Unknown is neither
# yes nor no: the preset *prefers* step-free journeys, which hides nothing, but each station and
# train that is not known to suit costs ten minutes; to *require* it leaves only what is known to
# work, and that is nothing here.

# %%
print(planner.plan(**trip, traveller=nour.replace(step_free="require")).diagnosis)

# %% [markdown]
# ## What it rests on

# %%
plans["Claire, like most people"].sources()[["data_set", "date", "licence", "used_for", "note"]]

# %% [markdown]
# A traveller is a small file that a person can read, change and share:
# `people[...].save("me.toml")` and `mp.Traveller.load("me.toml")`. Who does not know what a
# change is worth to them can answer a few questions instead: see `03_learning`.
