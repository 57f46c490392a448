"""The conditional logit: likelihood of choices, Newton's method, Laplace's approximation.

An option costs ``amounts @ costs``; the one taken is taken with probability proportional to
``exp(-cost)`` (McFadden 1974, "Conditional logit analysis of qualitative choice behavior"). The
solver sees many independent people at once: each has one parameter vector, made of one block of K
parameters per context, and a Gaussian prior on all of it; with no prior this is maximum
likelihood. Notation: P people, C blocks per person, B = P·C blocks, K features, q = C·K.

A parameter is a cost itself, or, where `positive`, its logarithm. In costs the problem is concave
and has one answer. In logarithms it need not be concave: Newton then falls back on the expected
information, which is always definite, and halves its step until the posterior rises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mobiplan.errors import InvalidChoices
from mobiplan.traveller.choices import Booleans, Choices, Floats, Integers

MOST_STEPS = 100
CONVERGED = 1e-12  # squared length of a step in standard deviations; the next squares it again
LONGEST_STEP = 3.0  # of a logarithm: a factor of 20
FEW_BLOCKS = 16  # up to here a matrix product per block is faster than sums over all blocks
SEPARATED = 1e-9  # information on some mix of standardised features, per row, that is none


class Differences(NamedTuple):
    """Each option's amounts less those of the option that was taken, grouped by block.

    R rows: all but the chosen of the situations that leave a choice, S' situations.
    """

    amounts: Floats  # (R, K)
    first: Integers  # (S',)  first row of each situation
    block: Integers  # (S',)  rising
    weight: Floats  # (S',)  how many times the choice counts


class Fit(NamedTuple):
    """A mode and the curvature there."""

    mode: Floats  # (P, q)
    curvature: Floats  # (P, q, q)  negative Hessian of the log posterior: the inverse covariance
    log_likelihood: Floats  # (P,)
    log_evidence: Floats  # (P,)  Laplace's; -inf without a prior


def differences(
    choices: Choices, features: Sequence[str], block: Integers | None = None
) -> Differences:
    """Return what the likelihood needs of `choices`: `features` in this order, 0 where absent.

    Parameters
    ----------
    choices : Choices
    features : sequence of str
    block : (S,) int64, optional
        Block of each situation; all in block 0 if left out.
    """
    place = {name: k for k, name in enumerate(choices.features)}
    amounts = np.zeros((len(choices.amounts), len(features)))
    for k, name in enumerate(features):
        if name in place:
            amounts[:, k] = choices.amounts[:, place[name]]
    sizes = np.diff(choices.first)
    less = amounts - np.repeat(amounts[choices.chosen], sizes, axis=0)
    other = np.ones(len(amounts), np.bool_)
    other[choices.chosen] = False
    useful = (sizes > 1) & (choices.weight > 0)
    kept = less[other & np.repeat(useful, sizes)]
    counts = sizes[useful] - 1
    blocks = np.zeros(len(sizes), np.int64) if block is None else block
    return _by_block(kept, counts, blocks[useful], choices.weight[useful])


def joined(one: Differences, other: Differences) -> Differences:
    """Return the choices of both."""
    counts = [np.diff(each.first, append=len(each.amounts)) for each in (one, other)]
    return _by_block(
        np.concatenate([one.amounts, other.amounts]),
        np.concatenate(counts),
        np.concatenate([one.block, other.block]),
        np.concatenate([one.weight, other.weight]),
    )


def _by_block(amounts: Floats, counts: Integers, block: Integers, weight: Floats) -> Differences:
    """Sort situations by block, each keeping its rows."""
    if (np.diff(block) < 0).any():
        order = np.argsort(block, kind="stable")
        starts = np.cumsum(counts) - counts
        ends = np.cumsum(counts[order])
        rows = np.arange(len(amounts)) + np.repeat(
            starts[order] - (ends - counts[order]), counts[order]
        )
        amounts, counts, block, weight = amounts[rows], counts[order], block[order], weight[order]
    return Differences(amounts, (np.cumsum(counts) - counts).astype(np.int64), block, weight)


def likelihood(data: Differences, costs: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log-likelihood (B,), its gradient (B, K) and the information (B, K, K) at `costs`.

    Parameters
    ----------
    data : Differences
    costs : (B, K) float64
        Cost per unit of each feature, by block.
    """
    n_blocks, n_features = costs.shape
    value, gradient = np.zeros(n_blocks), np.zeros((n_blocks, n_features))
    information = np.zeros((n_blocks, n_features, n_features))
    if not len(data.first):
        return value, gradient, information
    counts = np.diff(data.first, append=len(data.amounts))
    gain = -np.einsum("rk,rk->r", data.amounts, np.repeat(costs[data.block], counts, axis=0))
    # The chosen option's own term is exp(0): subtract the largest exponent, as always.
    top = np.maximum(np.maximum.reduceat(gain, data.first), 0.0)
    odds = np.exp(gain - np.repeat(top, counts))
    total = np.exp(-top) + np.add.reduceat(odds, data.first)
    share = odds / np.repeat(total, counts)
    value += np.bincount(data.block, -data.weight * (top + np.log(total)), n_blocks)
    weighted = data.amounts * (share * np.repeat(data.weight, counts))[:, None]
    slope = np.add.reduceat(weighted, data.first)  # (S', K)
    bounds = np.searchsorted(data.block, np.arange(n_blocks + 1))
    rows = np.append(data.first, len(data.amounts))[bounds]
    centred = slope / np.sqrt(data.weight)[:, None]
    if n_blocks <= FEW_BLOCKS:
        for b in range(n_blocks):
            inside = slice(rows[b], rows[b + 1])
            own = centred[bounds[b] : bounds[b + 1]]
            gradient[b] = slope[bounds[b] : bounds[b + 1]].sum(axis=0)
            information[b] = data.amounts[inside].T @ weighted[inside] - own.T @ own
        return value, gradient, information
    block_of_row = np.repeat(data.block, counts)
    for k in range(n_features):
        gradient[:, k] = np.bincount(data.block, slope[:, k], n_blocks)
        for j in range(k + 1):
            second = np.bincount(block_of_row, data.amounts[:, j] * weighted[:, k], n_blocks)
            second -= np.bincount(data.block, centred[:, j] * centred[:, k], n_blocks)
            information[:, j, k] = information[:, k, j] = second
    return value, gradient, information


def maximise(
    data: Differences,
    positive: Booleans,
    mean: Floats,
    precision: Floats,
    *,
    people: int = 1,
    start: Floats | None = None,
) -> Fit:
    """Find the mode of each person's posterior, and the curvature there.

    Parameters
    ----------
    data : Differences
        Person p's context c is block ``p * C + c``.
    positive : (K,) bool
        Where the parameter is the logarithm of the cost.
    mean : (q,) float64
        Prior mean of the parameters, C blocks of K.
    precision : (q, q) float64
        Inverse of the prior covariance; zero for maximum likelihood.
    people : int
    start : (P, q) float64, optional
        Where to begin; the prior mean if left out.

    Raises
    ------
    InvalidChoices
        If Newton's method does not converge, which without a prior means that there is no maximum.
    """
    n_features, size = len(positive), len(mean)
    logs = np.tile(positive, size // n_features)
    corner = np.arange(size)

    def posterior(theta: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Log posterior, log-likelihood, gradient, and negative Hessian: exact and expected."""
        with np.errstate(over="ignore", invalid="ignore"):
            costs = np.where(logs, np.exp(np.where(logs, theta, 0.0)), theta)
            value, slope, information = likelihood(data, costs.reshape(-1, n_features))
            log_likelihood = value.reshape(people, -1).sum(axis=1)
            by_cost = slope.reshape(people, size)
            scale = np.where(logs, costs, 1.0)
            blocks = np.zeros((people, size, size))
            for c in range(size // n_features):
                part = slice(c * n_features, (c + 1) * n_features)
                blocks[:, part, part] = information.reshape(people, -1, n_features, n_features)[
                    :, c
                ]
            expected = blocks * scale[:, :, None] * scale[:, None, :] + precision
            exact = expected.copy()
            exact[:, corner, corner] -= np.where(logs, by_cost * costs, 0.0)
            less = theta - mean
            pull = less @ precision
            height = log_likelihood - 0.5 * np.einsum("pq,pq->p", less, pull)
            return height, log_likelihood, by_cost * scale - pull, exact, expected

    theta = np.tile(mean, (people, 1)) if start is None else start.copy()
    height, log_likelihood, gradient, exact, expected = posterior(theta)
    for _ in range(MOST_STEPS):
        definite = np.linalg.eigvalsh(exact)[:, 0] > 0 if logs.any() else np.ones(people, np.bool_)
        curvature = np.where(definite[:, None, None], exact, expected)
        step = _solve(curvature, gradient)
        longest = np.abs(np.where(logs, step, 0.0)).max(axis=1)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, LONGEST_STEP))[:, None]
        distance = np.einsum("pq,pqr,pr->p", step, curvature, step)
        fraction = np.ones(people)
        for _ in range(40):
            after = theta + fraction[:, None] * step
            state = posterior(after)
            # Close to the mode a gain is smaller than what rounding leaves of the sum.
            lower = ~(state[0] >= height - 1e-10 * (1.0 + np.abs(height)))
            if not lower.any():
                break
            fraction[lower] /= 2
        theta = after
        height, log_likelihood, gradient, exact, expected = state
        if (distance < CONVERGED).all() and (fraction == 1.0).all():
            break
    else:
        raise InvalidChoices(
            f"no best weights found in {MOST_STEPS} steps: the choices have no finite optimum; "
            "give a prior"
        )
    definite = np.linalg.eigvalsh(exact)[:, 0] > 0
    curvature = np.where(definite[:, None, None], exact, expected)
    evidence = np.full(people, -np.inf)
    if precision.any():
        evidence = height + 0.5 * (
            np.linalg.slogdet(precision)[1] - np.linalg.slogdet(curvature)[1]
        )
    return Fit(theta, curvature, log_likelihood, evidence)


def _solve(curvature: Floats, gradient: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0])
    except np.linalg.LinAlgError:
        raise InvalidChoices(
            "the choices leave some weights wholly open: give a prior, or drop a feature"
        ) from None


def most_likely(data: Differences, features: Sequence[str], start: Floats | None = None) -> Fit:
    """Return the maximum-likelihood fit: linear costs, no prior, one person without contexts.

    Parameters
    ----------
    data : Differences
    features : sequence of str
        Their K names, for messages.
    start : (1, K) float64, optional
        Where to begin; zero if left out.

    Raises
    ------
    InvalidChoices
        If a feature does not vary, if features move together, or if some mix of features alone
        foretells every choice (then the likelihood rises without end).
    """
    spread = (
        np.sqrt(np.mean(data.amounts**2, axis=0)) if len(data.amounts) else np.zeros(len(features))
    )
    flat = [name for name, value in zip(features, spread, strict=True) if value == 0]
    if flat:
        raise InvalidChoices(
            f"{', '.join(map(repr, flat))} never differ between the options of a situation: "
            "nothing to learn; drop them or give a prior"
        )
    standard = data._replace(amounts=data.amounts / spread)
    size = len(features)
    if start is None:
        _, _, information = likelihood(standard, np.zeros((1, size)))
        _refuse_open(information[0], data, features, "move together in every situation: drop one")
    none = np.zeros(size, np.bool_)
    begin = None if start is None else start * spread
    fit = maximise(standard, none, np.zeros(size), np.zeros((size, size)), start=begin)
    _refuse_open(
        fit.curvature[0], data, features, "alone foretell every choice that depends on them"
    )
    return fit._replace(mode=fit.mode / spread, curvature=fit.curvature * spread[:, None] * spread)


def _refuse_open(information: Floats, data: Differences, features: Sequence[str], why: str) -> None:
    """Raise, naming the features, if some mix of them has no information."""
    values, vectors = np.linalg.eigh(information)
    if not values[0] > SEPARATED * data.weight.sum():
        loads = np.abs(vectors[:, 0])
        names = [name for name, load in zip(features, loads, strict=True) if load > 0.1]
        raise InvalidChoices(f"{', '.join(map(repr, names))} {why}; or give a prior")
