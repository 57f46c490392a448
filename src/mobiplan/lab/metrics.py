"""How well choices were foretold, and how well weights were found.

A metric takes an `Answer` and returns one number per case of its own kind (a situation, a feature);
a report averages them. None means that the metric does not apply (no true weights, no intervals).
A new metric is a function and a line in `METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobiplan.traveller.choices import Choices, Floats

if TYPE_CHECKING:
    import pandas as pd


class Answer(NamedTuple):
    """What a learner said about one person's held-out choices."""

    choices: Choices  # the held-out choices
    probability: Floats  # (N,)  of each of their rows
    minutes: Floats | None  # (N,)  true cost of each row in equivalent minutes, if known
    weights: Mapping[str, float] | None  # the person's true weights, if known
    model: Any  # what the learner returned
    planned: Floats | None = None  # (trips,)  regret of what was planned for the person, minutes


def top_1(answer: Answer) -> Floats:
    """Whether the option taken was the likeliest; of k alike, 1/k."""
    return _ranked_within(answer, 1)


def top_3(answer: Answer) -> Floats:
    """Whether the option taken was among the three likeliest."""
    return _ranked_within(answer, 3)


def _ranked_within(answer: Answer, places: int) -> Floats:
    first, chosen = answer.choices.first, answer.choices.chosen
    taken = np.repeat(answer.probability[chosen], np.diff(first))
    better = np.add.reduceat(answer.probability > taken, first[:-1], dtype=np.float64)
    alike = np.add.reduceat(answer.probability == taken, first[:-1], dtype=np.float64)
    return np.clip((places - better) / alike, 0.0, 1.0)


def log_loss(answer: Answer) -> Floats:
    """Minus the logarithm of the probability of what was taken."""
    least = np.finfo(np.float64).tiny
    return -np.log(np.maximum(answer.probability[answer.choices.chosen], least))


def regret_min(answer: Answer) -> Floats | None:
    """What taking the likeliest option would cost the person over the truly best, in minutes."""
    if answer.minutes is None:
        return None
    first = answer.choices.first
    best = np.minimum.reduceat(answer.minutes, first[:-1])
    likeliest = [
        int(start + np.argmax(answer.probability[start:end])) for start, end in pairwise(first)
    ]
    return np.asarray(answer.minutes[likeliest] - best)


def coverage_90(answer: Answer) -> Floats | None:
    """Whether the 90 % interval of each weight but the yardstick's holds the true weight."""
    if answer.weights is None or not hasattr(answer.model, "belief"):
        return None
    belief = answer.model.belief(answer.choices.contexts[0] or None)
    intervals = belief.intervals(0.9)
    return np.array(
        [
            low <= answer.weights[name] <= high
            for name, (low, high) in intervals.items()
            if name != belief.yardstick and answer.weights.get(name, 0.0) > 0
        ],
        np.float64,
    )


def planned_regret_min(answer: Answer) -> Floats | None:
    """What the best journey planned would cost the person over the truly best, in minutes."""
    return answer.planned


METRICS: dict[str, Callable[[Answer], Floats | None]] = {
    "log_loss": log_loss,
    "top_1": top_1,
    "top_3": top_3,
    "regret_min": regret_min,
    "coverage_90": coverage_90,
    "planned_regret_min": planned_regret_min,
}


def calibration_curve(probability: Floats, taken: Floats, bins: int = 10) -> pd.DataFrame:
    """Return how often options were taken that were said to be taken so often.

    Parameters
    ----------
    probability : (N,) float64
    taken : (N,) float64
        1 where the option was taken.
    bins : int
        Of equal width, from 0 to 1; the empty ones are left out.

    Returns
    -------
    DataFrame
        said, taken (both averages), options (count); a row per bin.

    Examples
    --------
    >>> import numpy as np
    >>> calibration_curve(np.array([0.25, 0.25, 0.5]), np.array([0.0, 1.0, 0.0]), 2).to_dict("list")
    {'said': [0.25, 0.5], 'taken': [0.5, 0.0], 'options': [2, 1]}
    """
    import pandas as pd

    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    used = count > 0
    said = np.bincount(place, probability, bins)[used] / count[used]
    share = np.bincount(place, taken, bins)[used] / count[used]
    return pd.DataFrame({"said": said, "taken": share, "options": count[used]})
