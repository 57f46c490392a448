"""Questions: which of two options to offer, so that the answer teaches most.

The expected information of a question is by how much the doubt about its answer exceeds the doubt
that would remain if the traveller were known: much where those who may be asked would answer
surely but differently (Lindley 1956, "On a measure of the information provided by an experiment";
Houlsby, Huszár, Ghahramani, Lengyel 2011, "Bayesian active learning for classification and
preference learning"). Questions that would change the next plan at once, by the expected regret
they save, were tried too: one answer seldom changes a plan, and they taught less than random ones.
"""

from __future__ import annotations

import numpy as np

from mobiplan.traveller.choices import Booleans, Floats


def information(apart: Floats, costs: Floats) -> Floats:
    """Return how many bits the answer to each question is expected to tell about a traveller.

    Parameters
    ----------
    apart : (P, K) float64
        Amounts of the first option less those of the second, for each of P questions.
    costs : (D, K) float64
        Draws of what a unit of each feature costs the traveller (`Belief.alike_in_care`).

    Returns
    -------
    (P,) float64
        Between 0 and 1.

    Examples
    --------
    Half of those who may be asked care for money alone, half for time alone: the first question
    parts them, the second does not.

    >>> costs = np.array([[9.0, 0.0], [0.0, 9.0]])
    >>> information(np.array([[1.0, -1.0], [1.0, 1.0]]), costs).round(2)
    array([1., 0.])
    """
    with np.errstate(over="ignore"):
        first = 1.0 / (1.0 + np.exp(apart @ costs.T))  # (P, D)
    gain = _doubt(first.mean(axis=1)) - _doubt(first).mean(axis=1)
    return np.asarray(np.maximum(gain, 0.0))


def _doubt(probability: Floats) -> Floats:
    """Return the entropy of a yes or no, in bits."""
    tiny = np.finfo(np.float64).tiny
    yes, no = np.maximum(probability, tiny), np.maximum(1.0 - probability, tiny)
    return np.asarray(-(yes * np.log2(yes) + no * np.log2(no)))


def undominated(amounts: Floats) -> Booleans:
    """Return which options no other is as good as in everything and better in something, (N,).

    Of options alike in everything the first stays.

    >>> undominated(np.array([[60.0, 1.0], [70.0, 0.0], [70.0, 1.0], [60.0, 1.0]])).tolist()
    [True, True, False, False]
    """
    one, other = amounts[:, None, :], amounts[None, :, :]
    no_worse = np.asarray((other <= one).all(axis=2))  # [i, j]: j is as good as i in everything
    first = np.arange(len(amounts))
    stays = no_worse.T & (first[:, None] <= first)  # alike, and the first of them
    beaten = np.asarray(no_worse & ~stays)
    return np.asarray(~beaten.any(axis=1))
