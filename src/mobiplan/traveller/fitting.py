"""Fitting: one traveller's weights, and how they differ by context, from choices and a belief.

Block 0 of the parameters is the traveller; each context's own block lies around it. A belief of
several taste groups is fitted group by group, and choices shift how probable each group is.
Notation: G groups, K features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mobiplan.traveller.belief import Belief
from mobiplan.traveller.choices import NO_CONTEXT, Choices, Floats, Integers
from mobiplan.traveller.logit import Differences, Fit, maximise, most_likely


class Fitted(NamedTuple):
    """What `ChoiceModel` knows after fitting."""

    features: tuple[str, ...]
    prior: Belief | None
    contexts: tuple[str, ...]
    data: Differences
    fits: tuple[Fit, ...]  # one for each group of the prior
    shares: Floats  # (G,)  how probable each group is after the choices


def solved(
    features: tuple[str, ...],
    prior: Belief | None,
    contexts: tuple[str, ...],
    data: Differences,
    context_spread: float,
    starts: Sequence[Floats] | None = None,
) -> Fitted:
    """Fit choices, each in the block of its context; by maximum likelihood without a prior.

    Parameters
    ----------
    features : tuple of str
        K names.
    prior : Belief or None
        About these features.
    contexts : tuple of str
    data : Differences
    context_spread : float
        How much contexts differ, relative to the prior's standard deviations.
    starts : sequence of (1, (1 + contexts) * K) float64, optional
        Where to begin, for each group.
    """
    if prior is None:
        fit = most_likely(data, features, starts[0] if starts else None)
        return Fitted(features, prior, contexts, data, (fit,), np.ones(1))
    blocks = 1 + len(contexts)
    together = np.ones((blocks, blocks))
    apart = np.diag([0.0] + [context_spread**2] * len(contexts))
    between = np.linalg.inv(together + apart)
    fits = tuple(
        maximise(
            data,
            prior.positive,
            np.tile(mean, blocks),
            np.kron(between, np.linalg.inv(covariance)),
            start=starts[g] if starts else None,
        )
        for g, (mean, covariance) in enumerate(zip(prior.means, prior.covariances, strict=True))
    )
    height = np.log(prior.shares) + [fit.log_evidence[0] for fit in fits]
    shares = np.exp(height - height.max())
    return Fitted(features, prior, contexts, data, fits, shares / shares.sum())


def contexts_of(choices: Choices) -> tuple[str, ...]:
    """Return the contexts that choices name."""
    return tuple(sorted(set(choices.contexts) - {NO_CONTEXT}))


def blocks_of(choices: Choices, contexts: tuple[str, ...]) -> Integers:
    """Return the block of each situation: 0, or one more than its context's position."""
    block = {context: 1 + i for i, context in enumerate(contexts)}
    return np.array([block.get(context, 0) for context in choices.contexts], np.int64)
