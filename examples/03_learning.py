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
# # From ten answers to a planner of your own
#
# Few people can say how many minutes a change of trains is worth to them. They can say which of two
# journeys they would take. mobiplan turns such answers into weights in *equivalent minutes*, each
# with its doubt, plans with the doubt, and asks what would teach it most. All of it happens in this
# process; nothing about the traveller leaves it.
#
# The timetable is the bundled one: real French stations, **synthetic trains, not for travel**.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

import mobiplan as mp
from mobiplan.lab import planned_trips, regret_by_questions
from mobiplan.lab.simulation import alike

planner = mp.Planner(mp.sample(), data=mp.sample_data())

# %% [markdown]
# ## Before the first answer
#
# Learning begins with a belief: here the standard traveller, each weight within a factor of 2.7
# (90 %). What the standard traveller gives no weight, CO2, nobody invents one for.

# %%
standard = mp.Traveller.preset("standard")
model = mp.learn(None, prior=standard)
print(model.summary())

# %% [markdown]
# ## A question
#
# Of the journeys on these trips, none of which is better than another in everything, `ask` finds
# the pair whose answer tells most about the weights: one that travellers who may be you would
# answer surely, but not alike.

# %%
towns = ["Rennes", "Grenoble", "Strasbourg", "Toulouse", "Saint-Malo", "Lille", "Nantes", "Lyon"]
towns += ["Bordeaux", "Nice"]
trips = [
    (origin, destination, f"2026-03-{24 + k % 5} {7 + k:02d}:00")
    for k, (origin, destination) in enumerate(zip(towns, towns[1:] + towns[:1], strict=True))
]
question = model.ask(planner, trips)
print(question)
print(question.sentence("fr"))
print(f"expected to tell {question.information:.2f} bits of at most 1")

# %% [markdown]
# ## Ten answers
#
# Somebody has to answer. This traveller is simulated, so that we can look up the truth afterwards:
# money is short, a change is no great matter, and now and then the choice is not quite consistent.

# %%
truth = {**standard.weights, "euros": 9.0, "transfers": 7.0, "waiting": 1.0, "walking": 1.5}
rng = np.random.default_rng(2)


def answer(question) -> int:
    """Take what costs less, blurred as choices are."""
    cost = sum(truth[name] * np.array(amounts) for name, amounts in question.features.items())
    return int(np.argmin(0.05 * cost - rng.gumbel(size=2)))


memory = mp.Memory(standard)
asked, doubts = [], [memory.model.belief()]
while len(asked) < 10:
    question = memory.model.ask(planner, trips, asked=asked)
    memory.add(question.answer(answer(question)))
    asked.append(question)
    doubts.append(memory.model.belief())
model = memory.model
print(model.summary())

# %% [markdown]
# The doubt shrinks where answers told something, and stays where none did: nobody walked on these
# trips, and money mattered too much here for changes to show. Bars are 90 % intervals (on a scale
# of factors), the line is the truth.

# %%
figure, axes = plt.subplots(1, 4, figsize=(11, 3.2), layout="constrained")
names = {"euros": "a euro", "before_departure": "a minute before departure"}
names |= {"transfers": "a change", "walking": "a minute on foot"}
for ax, (name, words) in zip(axes, names.items(), strict=True):
    low, high = np.array([doubt.intervals()[name] for doubt in doubts]).T
    centre = [doubt.weights[name] for doubt in doubts]
    ax.vlines(range(len(doubts)), low, high, color="#9bb7d4", linewidth=5)
    ax.plot(centre, "o", color="#1f4e79", markersize=4)
    ax.axhline(truth[name], color="#b5462f", linewidth=1.2)
    ax.set(title=words, xlabel="answers", xticks=[0, 5, 10], yscale="log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
    ax.tick_params(which="both", labelsize=8)
axes[0].set_ylabel("equivalent minutes")
plt.show()

# %% [markdown]
# ## A plan for whom we know so far
#
# A model plans like a traveller. The first journey has the least expected cost; the others are
# there for those who may be travelling as well, and the set says how many of them it serves. Before
# and after the ten answers:

# %%
trip = {"origin": "Lille", "destination": "Toulouse", "depart": "2026-03-27 08:00"}
before = planner.plan(**trip, traveller=mp.learn(None, prior=standard))
after = planner.plan(**trip, traveller=model)
known = planner.plan(**trip, traveller=mp.Traveller.from_weights(truth), draws=0)
for words, journeys in {"before": before, "after ten": after, "truth": known}.items():
    served = "" if words == "truth" else f", set serves {journeys.coverage:.0%}"
    best = journeys.best
    print(f"{words}: {best.departure:%H:%M} to {best.arrival:%H:%M}, {best.price}{served}")

# %%
after

# %% [markdown]
# ## Another context
#
# Who travels for work need not choose as at leisure. Answers given in a context teach mostly that
# context, and the others a little: five choices for work do not erase the ten.

# %%
for _ in range(5):
    question = memory.model.in_context("work").ask(planner, trips, asked=asked)
    dearer = int(np.argmax(question.features["euros"]))  # the employer pays
    memory.add(question.answer(dearer))
    asked.append(question)
for context in (None, "work"):
    weights = memory.model.belief(context).weights
    print(context or "the traveller", f"1 € ≈ {weights['euros']:.1f} min")

# %% [markdown]
# ## Yours, and forgettable
#
# The memory is a text file, a line per choice. A forgotten choice leaves no trace: the model is,
# bit for bit, the one that never saw it.

# %%
with TemporaryDirectory() as folder:
    memory.save(Path(folder) / "me.jsonl")
    text = (Path(folder) / "me.jsonl").read_text().splitlines()
print(len(text), "lines; the last:", text[-1][:96], "...")
memory.forget(asked[0].situation)
print(len(memory.situations), "situations left")

# %% [markdown]
# ## Does it hold for real people?
#
# 235 Dutch train travellers gave 2,929 answers in 1987 (known as the data set "Train" of the R
# package mlogit; it is not part of mobiplan). Each person's first
# answers are learned, with what the other people are like as prior (five parts by person), and the
# rest foretold. Log-loss: the smaller the better; 0.693 is a coin.

# %%
answers = [0, 1, 2, 4, 8]  # of each person, learned before the others are foretold
learned = [0.675, 0.676, 0.658, 0.615, 0.547]  # log-loss of the rest; measured, see below
_, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.plot(answers, learned, "o-", label="own answers, others as prior")
ax.axhline(0.670, color="gray", label="one logit for all")
ax.axhline(np.log(2), color="gray", linestyle=":", label="a coin")
ax.set(xlabel="own answers learned", ylabel="log-loss per answer", xticks=answers)
ax.legend()
plt.show()

# %% [markdown]
# Averages of five deals of the people into five parts, by `mobiplan.lab.replay` and `run` with the
# learners "population" and "pooled"; after eight answers 73 % of the others are foretold, against
# 63 %. On Switzerland's Swissmetro survey (752 people, 1998, nine answers each, the ninth foretold)
# the log-loss falls from 0.857 to 0.740, 0.669, 0.582 and 0.532; one logit for all has 0.865.

# %% [markdown]
# ## And asking well?
#
# `mobiplan.lab` lets simulated travellers answer on real trips. Questions chosen for their
# information need half as many answers as random ones, or fewer.

# %%
lab_trips = planned_trips(40, 1, random_state=2)
people = alike(50, 3, around=lab_trips.weights)
regrets = regret_by_questions(lab_trips, people, n_questions=16)
_, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
for name, regret in regrets.items():
    ax.plot(np.median(regret, axis=0), label=name)
ax.set(xlabel="questions answered", ylabel="median regret [equivalent min]")
ax.legend(title="questions chosen")
plt.show()
