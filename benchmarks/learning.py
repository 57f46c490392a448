"""Learning: real people foretold from their first answers, and how long fits take."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import feeds
import numpy as np
import pandas as pd
from table import Row, markdown

import mobiplan as mp
from mobiplan import lab
from mobiplan.lab.learners import pooled, with_population

CHOICES = feeds.SHARED / "choices"
SURVEYS: dict[str, tuple[Callable[[Path], pd.DataFrame], str]] = {
    "Dutch trains, 235 people": (lab.dutch_trains, "train_trips_nl_1987.csv.gz"),
    "Swissmetro, 752 people": (lab.swissmetro, "swissmetro_1998.csv.gz"),
}
ANSWERS = (0, 1, 2, 4, 8)
LEARNERS = {"one logit for all": pooled, "a population, then the person": with_population}


def real_people(seeds: int = 5) -> str:
    """Foretell what follows a person's first answers, five folds of people, dealt `seeds` times."""
    cells = []
    for name, (read, file) in SURVEYS.items():
        if not (CHOICES / file).is_file():
            cells.append([name, "", "left out: the survey is not there", *[""] * len(ANSWERS)])
            continue
        report = lab.run(lab.replay(name, read(CHOICES / file), seeds=seeds), LEARNERS)
        for learner in LEARNERS:
            for metric, words in (("log_loss", "log-loss"), ("top_1", "accuracy")):
                values = [report.value(name, learner, n, metric) for n in ANSWERS]
                cells.append([name, learner, words, *(f"{value:.3f}" for value in values)])
    return markdown(["survey", "learner", "answers known", *map(str, ANSWERS)], cells)


def speed(runs: int = 20) -> list[Row]:
    """Time a fit of 2,000 situations of 5 options, and one choice more."""
    rng = np.random.default_rng(5)
    shown = lab.POPULATIONS["alike"](1, 0)[0].choose(offers(rng, 2001, 5), 1)
    known, one_more = shown[shown["situation"] < 2000], shown[shown["situation"] == 2000]
    prior = mp.Traveller.preset("standard")
    model = mp.learn(known, prior=prior)
    fit = _median_ms(lambda: mp.learn(known, prior=prior), runs)
    update = _median_ms(lambda: model.update(one_more), runs)
    return [
        Row.bounded("fit of 2,000 situations of 5 options", fit, f"{fit:.1f} ms", 50, "ms"),
        Row.bounded("one choice more", update, f"{update:.1f} ms", 5, "ms"),
    ]


def offers(rng: np.random.Generator, n: int, size: int) -> pd.DataFrame:
    """Return `n` situations of `size` journeys each, made up."""
    rows = n * size
    return pd.DataFrame(
        {
            "situation": np.repeat(np.arange(n), size),
            "option": np.tile(np.arange(size), n),
            "riding": rng.uniform(60, 300, rows),
            "waiting": rng.uniform(0, 60, rows),
            "walking": rng.uniform(0, 20, rows),
            "transfers": rng.integers(0, 4, rows).astype(float),
            "euros": rng.uniform(10, 120, rows),
        }
    )


def _median_ms(call: Callable[[], object], runs: int) -> float:
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)
