"""A model of text that only counts: interpolated counts of characters after their contexts."""

import math

import numpy as np
from numpy.typing import ArrayLike

from aigc_lib import _texts, checks


class CountModel:
    """Probability of a character from counts after the 0, 1, …, order - 1 characters before it.

    In the training text, the context h (the last k characters) was followed N(h) times by a
    character, T(h) different ones among them, and N(h, c) times by c. Each order leans on the
    one below, the more the less it has seen (Witten–Bell):

        p_k(c | h) = (N(h, c) + T(h) p_{k-1}(c | h')) / (N(h) + T(h)),    h' = h without its first

    and p = 1 / vocabulary below all of them. A context that was never seen leaves p as it is.

    Args:
        order: n of "n-gram": 1 counts single characters, 2 looks at one before, …; 0 gives every
            character the same probability, so that it reads log(vocabulary) nats.

    Raises:
        TypeError, ValueError: an order that is no whole number of at least 0.

    Source: Witten & Bell 1991, https://doi.org/10.1109/18.87000, method C, interpolated.
    """

    # The distinct runs of k characters in the text are numbered 0, 1, … in sorted order. A run of
    # k + 1 is (run of k, next character); its key is run · vocabulary + character. So contexts of
    # any length stay small numbers, and all runs of one context lie side by side.

    def __init__(self, order: int) -> None:
        self.order = checks.whole(order, "order", least=0)
        self.vocabulary = 0
        self._keys: list[np.ndarray] = []  # [k]: keys of the runs of k + 1 characters, sorted
        self._counts: list[np.ndarray] = []  # [k]: N(h, c) of each of them
        self._after: list[np.ndarray] = []  # [k]: N(h) of each run h of k characters
        self._kinds: list[np.ndarray] = []  # [k]: T(h)

    def fit(self, ids: ArrayLike, vocabulary: int) -> "CountModel":
        """Count the characters of a text after their contexts; returns the model.

        Args:
            ids: whole numbers from 0 to vocabulary - 1, shape (n,).
            vocabulary: how many characters there are.

        Raises:
            ValueError, TypeError: ids that do not fit, or none.
        """
        self.vocabulary = checks.whole(vocabulary, "vocabulary")
        ids = _texts.ids(ids, self.vocabulary)
        if len(ids) == 0:
            raise ValueError("expected a text to count in, but got no ids: no data.")
        self._keys, self._counts, self._after, self._kinds = [], [], [], []
        before = np.zeros(len(ids), int)  # the run of k characters before each one from k on
        contexts = 1
        for k in range(min(self.order, len(ids))):
            keys, run, counts = np.unique(
                before * self.vocabulary + ids[k:], return_inverse=True, return_counts=True
            )
            self._keys.append(keys)
            self._counts.append(counts)
            context = keys // self.vocabulary
            self._after.append(np.bincount(context, counts, contexts))
            self._kinds.append(np.bincount(context, minlength=contexts))
            before, contexts = run[:-1], len(keys)
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
            if run < 0 or self._after[k][run] == 0:
                break  # then no longer context was seen either
            ends = np.searchsorted(self._keys[k], np.array([run, run + 1]) * self.vocabulary)
            seen = np.zeros(self.vocabulary)
            seen[self._keys[k][slice(*ends)] % self.vocabulary] = self._counts[k][slice(*ends)]
            kinds = self._kinds[k][run]
            p = (seen + kinds * p) / (self._after[k][run] + kinds)
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
            seen = np.where(run < 0, 0, self._counts[k][run])
            after = np.where(before < 0, 0, self._after[k][before])
            kinds = np.where(before < 0, 0, self._kinds[k][before])
            here = (seen + kinds * p[k:]) / np.maximum(after + kinds, 1)
            p[k:] = np.where(after > 0, here, p[k:])
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
