"""A model of text that only counts: interpolated counts of characters after their contexts."""

import math

import numpy as np
from numpy.typing import ArrayLike

from aigc_lib import _texts, checks

SMOOTHINGS = ("witten-bell", "kneser-ney")


def discounts(counts: np.ndarray) -> np.ndarray:
    """D(0), D(1), D(2), D(3 and more) of modified Kneser–Ney smoothing, from counts.

    D(j) = j - (j + 1) Y n(j + 1) / n(j), Y = n(1) / (n(1) + 2 n(2)), where n(j) counts are j. Where
    one of n(1) … n(4) is 0, as for single characters, all are a half. None is below 0.05, so that
    no character is impossible.
    """
    _, n1, n2, n3, n4 = np.bincount(counts.clip(max=5), minlength=6)[:5]
    if min(n1, n2, n3, n4) == 0:
        return np.array([0, 0.5, 0.5, 0.5])
    y = n1 / (n1 + 2 * n2)
    exact = [1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
    return np.array([0, *np.clip(exact, 0.05, [1, 2, 3])])


class CountModel:
    """Probability of a character from counts after the 0, 1, …, order - 1 characters before it.

    In the training text, the context h (the last k characters) was followed by c, which gives c a
    weight S(h, c); L(h) is the weight of all that was not seen there, given to the model with one
    character less:

        p_k(c | h) = (S(h, c) + L(h) p_{k-1}(c | h')) / (sum of S(h, ·) + L(h)),  h' = h[1:]

    and p = 1 / vocabulary below all of them. A context that was never seen leaves p as it is.

    Args:
        order: n of "n-gram": 1 counts single characters, 2 looks at one before, …; 0 gives every
            character the same probability, so that it reads log(vocabulary) nats.
        smoothing: "witten-bell": S(h, c) = N(h, c), how often c followed h, and L(h) how many
            different characters did. "kneser-ney": S(h, c) = C - D(C), L(h) the sum of what was
            taken off; C = N(h, c) for the longest context, below it the number of different
            characters that were seen before hc, and D(1), D(2), D(3) for 3 and more come from
            how many C are 1, 2, 3, 4.

    Raises:
        TypeError, ValueError: an order that is no whole number of at least 0, another smoothing.

    Source: Witten & Bell 1991, https://doi.org/10.1109/18.87000, method C, interpolated;
        Chen & Goodman 1999, https://doi.org/10.1006/csla.1999.0128, modified Kneser–Ney.
    """

    # The distinct runs of k characters in the text are numbered 0, 1, … in sorted order. A run of
    # k + 1 is (run of k, next character); its key is run · vocabulary + character. So contexts of
    # any length stay small numbers, and all runs of one context lie side by side.

    def __init__(self, order: int, smoothing: str = "witten-bell") -> None:
        self.order = checks.whole(order, "order", least=0)
        self.smoothing = checks.choice(smoothing, "the smoothing", SMOOTHINGS)
        self.vocabulary = 0
        self._keys: list[np.ndarray] = []  # [k]: keys of the runs of k + 1 characters, sorted
        self._seen: list[np.ndarray] = []  # [k]: S(h, c) of each of them
        self._unseen: list[np.ndarray] = []  # [k]: L(h) of each run h of k characters
        self._all: list[np.ndarray] = []  # [k]: the sum of S(h, ·), and L(h)

    def fit(self, ids: ArrayLike, vocabulary: int) -> "CountModel":
        """Count the characters of a text after their contexts; returns the model.

        Args:
            ids: whole numbers from 0 to vocabulary - 1, shape (n,).
            vocabulary: how many characters there are.

        Raises:
            ValueError, TypeError: ids that do not fit, or none.
        """
        vocabulary = checks.whole(vocabulary, "vocabulary")
        ids = _texts.ids(ids, vocabulary)
        if len(ids) == 0:
            raise ValueError("expected a text to count in, but got no ids: no data.")
        self.vocabulary = vocabulary
        self._keys, self._seen, self._unseen, self._all = [], [], [], []
        counts: list[np.ndarray] = []
        # the run of k characters before each one from k on, and the run that ends with it
        before = ending = np.zeros(len(ids), int)
        for k in range(min(self.order, len(ids))):
            keys, first, run, times = np.unique(
                before * vocabulary + ids[k:],
                return_index=True,
                return_inverse=True,
                return_counts=True,
            )
            if k and self.smoothing == "kneser-ney":
                # each longer run once, where it first comes: which of those above does it end on?
                counts[-1] = np.bincount(ending[first], minlength=len(counts[-1]))
            self._keys.append(keys)
            counts.append(times)
            before, ending = run[:-1], run[1:]
        contexts = 1
        for keys, times in zip(self._keys, counts, strict=True):
            context = keys // vocabulary
            if self.smoothing == "kneser-ney":
                off = discounts(times)[times.clip(max=3)]
                seen, unseen = times - off, np.bincount(context, off, contexts)
            else:
                seen, unseen = times, np.bincount(context, minlength=contexts)
            self._seen.append(seen)
            self._unseen.append(unseen)
            self._all.append(np.bincount(context, seen, contexts) + unseen)
            contexts = len(keys)
        return self

    def probabilities(self, context: ArrayLike) -> np.ndarray:
        """Probability of each character after a context, shape (vocabulary,), sum 1.

        Args:
            context: ids of the text so far; the last order - 1 of them count.

        Raises:
            ValueError: ids that do not fit, or a model that was not fitted.
        """
        self._check_fitted()
        context = _texts.ids(context, self.vocabulary)
        p = np.full(self.vocabulary, 1 / self.vocabulary)
        for k in range(min(len(self._keys), len(context) + 1)):
            run = 0
            for depth, character in enumerate(context[len(context) - k :]):
                run = int(self._find(depth, np.array(run), character))
            if run < 0 or self._all[k][run] == 0:
                break  # then no longer context was seen either
            ends = np.searchsorted(self._keys[k], np.array([run, run + 1]) * self.vocabulary)
            seen = np.zeros(self.vocabulary)
            seen[self._keys[k][slice(*ends)] % self.vocabulary] = self._seen[k][slice(*ends)]
            p = (seen + self._unseen[k][run] * p) / self._all[k][run]
        return p

    def nats(self, ids: ArrayLike) -> np.ndarray:
        """-log p of each character of a text, given those before it in this text, shape (n,).

        Raises:
            ValueError: ids that do not fit, or a model that was not fitted.
        """
        self._check_fitted()
        ids = _texts.ids(ids, self.vocabulary)
        p = np.full(len(ids), 1 / self.vocabulary)
        before = np.zeros(len(ids), int)  # as in `fit`; -1: a run that was never seen
        for k in range(min(len(self._keys), len(ids))):
            run = self._find(k, before, ids[k:])
            known = (before >= 0) & (self._all[k][before] > 0)
            context = before[known]
            seen = np.where(run < 0, 0, self._seen[k][run])[known]
            lower = p[k:][known]
            p[k:][known] = (seen + self._unseen[k][context] * lower) / self._all[k][context]
            before = run[:-1]
        return -np.log(p)

    def generate(
        self, prompt_ids: ArrayLike, n: int, seed: int, temperature: float = 1.0
    ) -> np.ndarray:
        """Draw n characters, each from p^(1 / temperature), normalised, after those before it.

        Args:
            prompt_ids: ids of the text so far, shape (m,); may be empty.
            n: how many characters.
            seed: the same seed gives the same text.
            temperature: 1: p itself; below: likelier characters gain; 0: always the likeliest.

        Returns:
            the n new ids, int32.

        Raises:
            ValueError, TypeError: ids that do not fit, a model that was not fitted, n below 1,
                a temperature below 0.
        """
        self._check_fitted()
        prompt = _texts.ids(prompt_ids, self.vocabulary)
        n = checks.whole(n, "n")
        temperature = checks.number(temperature, "temperature", least=0)
        rng = np.random.default_rng(checks.whole(seed, "seed", least=0))
        text = [*prompt.tolist()]
        for _ in range(n):
            p = self.probabilities(text[max(len(text) - self.order + 1, 0) :])
            if temperature == 0:
                text.append(int(p.argmax()))
                continue
            weights = np.exp((np.log(p) - math.log(p.max())) / temperature)
            text.append(int(rng.choice(len(p), p=weights / weights.sum())))
        return np.array(text[len(prompt) :], "int32")

    def _find(self, k: int, run: np.ndarray, character: np.ndarray) -> np.ndarray:
        """Numbers of the runs of k + 1 characters (run, character); -1 for those never seen."""
        if k == len(self._keys):
            return np.full_like(run, -1)
        keys = run * self.vocabulary + character
        place = np.searchsorted(self._keys[k], keys).clip(max=len(self._keys[k]) - 1)
        return np.where((run >= 0) & (self._keys[k][place] == keys), place, -1)

    def _check_fitted(self) -> None:
        if self.vocabulary == 0:
            raise ValueError(
                "expected a model that has counted a text, but got one that was never fitted. "
                "Call fit(ids, vocabulary) first."
            )
