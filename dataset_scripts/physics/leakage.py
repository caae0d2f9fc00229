"""How much of a class shows in less than its motion: two plain classifiers on frozen features; numpy only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: What the classifiers choose from by leave-one-out on the training clips.
NEIGHBOURS = (1, 3, 5, 9, 15)
PENALTIES = (1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3, 1e4)


def standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both `(N, D)` with the mean and spread of the training clips; columns that never change become 0."""
    spread = train.std(0)
    spread = np.where(spread > 1e-9, spread, np.inf)
    return (train - train.mean(0)) / spread, (test - train.mean(0)) / spread


def squared(features: np.ndarray) -> np.ndarray:
    """Features and all their products, `(N, D)` to `(N, D + D (D + 1) / 2)`."""
    rows, columns = np.triu_indices(features.shape[1])
    return np.concatenate([features, features[:, rows] * features[:, columns]], 1)


def nearest(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The majority among the nearest training clips.

    Args:
        train: `(N, D)`.
        labels: `(N,)` int.
        test: `(M, D)`.

    Returns:
        `(M,)` predicted labels.
    """
    train, test = standardised(train, test)
    classes = np.unique(labels)

    def votes(distances: np.ndarray, count: int) -> np.ndarray:
        near = labels[np.argsort(distances, 1, kind="stable")[:, :count]]
        return np.asarray(classes[(near[:, :, None] == classes).sum(1).argmax(1)])

    among = _distances(train, train)
    np.fill_diagonal(among, np.inf)
    best = max(NEIGHBOURS, key=lambda count: float((votes(among, count) == labels).mean()))
    return votes(_distances(test, train), best)


def linear(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Ridge regression on one-hot labels; the penalty by its closed leave-one-out error. Shapes as in `nearest`."""
    train, test = standardised(train, test)
    classes = np.unique(labels)
    wanted = (labels[:, None] == classes).astype(float)
    middle = wanted.mean(0)
    values, vectors = np.linalg.eigh(train @ train.T)
    values = np.maximum(values, 0)
    turned = vectors.T @ (wanted - middle)

    def error(penalty: float) -> float:
        kept = values / (values + penalty * len(train))
        hat = np.einsum("nk,k,nk->n", vectors, kept, vectors)
        left = (wanted - middle - vectors @ (kept[:, None] * turned)) / np.maximum(1 - hat, 1e-6)[:, None]
        return float((left**2).mean())

    penalty = min(PENALTIES, key=error)
    dual = vectors @ (turned / (values + penalty * len(train))[:, None])
    return np.asarray(classes[(test @ (train.T @ dual) + middle).argmax(1)])


def best_by_noun(nouns: Sequence[str], labels: Sequence[int]) -> np.ndarray:
    """What the best rule from nouns to classes gets right, one fitted to these very clips, `(N,)` bool."""
    by_noun: dict[str, list[int]] = {}
    for noun, label in zip(nouns, labels, strict=True):
        by_noun.setdefault(noun, []).append(label)
    rule = {noun: max(sorted(set(found)), key=found.count) for noun, found in by_noun.items()}
    return np.array([rule[noun] == label for noun, label in zip(nouns, labels, strict=True)])


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
