"""How good samples are, in pure numbers: from probabilities, labels and shares of classes."""

import numpy as np
from scipy.special import rel_entr

__all__ = ["classifier_score", "histogram", "missing_classes", "total_variation"]


def classifier_score(probabilities: np.ndarray) -> float:
    """exp E KL(p(class | x) ‖ p(class)): high if each sample is clear and all classes occur.

    Args:
        probabilities: shape (n, classes), rows sum to 1.

    Returns:
        A number from 1 to the number of classes. A generator that draws one perfect image of
        each class has the highest score.

    Raises:
        ValueError: rows that are no probabilities.

    Source: the inception score with our classifier, Salimans et al. 2016,
        https://arxiv.org/abs/1606.03498
    """
    p = np.asarray(probabilities, float)
    if p.ndim != 2 or len(p) == 0 or p.min() < 0 or not np.allclose(p.sum(axis=1), 1, atol=1e-4):
        raise ValueError(
            f"expected probabilities of shape (n, classes) whose rows sum to 1, but got shape "
            f"{p.shape}. Logits have to go through a softmax first."
        )
    return float(np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean()))


def histogram(labels: np.ndarray, classes: int) -> np.ndarray:
    """Share of each class among integer labels of shape (n,): shape (classes,), sums to 1."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or len(labels) == 0 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"expected integer labels of shape (n,), n ≥ 1, but got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"expected labels from 0 to {classes - 1}, but got {labels.min()} … {labels.max()}."
        )
    return np.bincount(labels, minlength=classes) / len(labels)


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    """½ Σ |p - q| of two histograms: the share that would have to change class, in 0 … 1."""
    return float(np.abs(np.subtract(p, q)).sum() / 2)


def missing_classes(p: np.ndarray, q: np.ndarray) -> int:
    """How many classes of the real histogram p have less than a tenth of their share in q.

    A tenth rather than nothing: the classifier takes some shape for every class.
    """
    return int((np.asarray(q) < np.asarray(p) / 10).sum())
