"""What is a label worth? Classifiers of texts with and without pre-training: `make bench-labels`.

Two tasks: "author", of 100 characters (four authors; the tests are from the last fifth of each
text), and "dynasty", Tang or Song from one quatrain of seven characters a line. The models:

    TF-IDF    weighted n-grams of characters and logistic regression
    SVD       the same n-grams, first cut to the 50 directions in which unlabelled texts differ most
    causal    the small GPT: pre-trained to foretell the next character, then trained as a whole
              with a layer for the classes in the place of its head; after 0 s: from scratch
    masked    its blocks without the causal mask, pre-trained to restore hidden characters
    shipped   causal, with the weights of tools/make/train_authors.py

No pre-training sees a label or a test text. Its seconds are processor seconds of one core. From
scratch each seed has first weights of its own; the minute of "causal" was made three times, seeds
3 and 4 share the first two; other pre-trainings were made once, so that what scatters there is
only the draw of labels and the order of batches.

About half an hour on one core for all rows.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from aigc_lib import recipes, text, verse
from aigc_lib.budget import TimeBudget, half_cosine
from aigc_lib.gpt import GPT, Masked
from bench.rows import aligned, mean_sd, run

KEY = ("task", "model", "seconds", "labels", "seed")
SEEDS, FEW, MANY = range(5), (20, 100), (20, 100, 1000)
CURVE = (20, 50, 100, 200, 500, 1000)
MADE = {("causal", 0): 5, ("causal", 60): 3}  # how many networks; of others one
CELLS = [  # task, models, seconds of pre-training, labels
    ("author", ("TF-IDF", "SVD"), 0, CURVE),
    ("author", ("causal",), 0, FEW),
    ("author", ("shipped",), recipes.AUTHOR_SECONDS, FEW),
    ("author", ("causal", "masked"), 60, FEW),
    ("author", ("causal",), 0, (1000,)),
    ("author", ("shipped",), recipes.AUTHOR_SECONDS, (1000,)),
    ("dynasty", ("TF-IDF", "SVD"), 0, MANY),
    ("dynasty", ("causal",), 0, MANY),
    ("dynasty", ("causal",), 120, MANY),
    ("author", ("causal",), 0, (50, 200, 500)),
]
WANTED = [
    (task, model, seconds, n, seed)
    for task, models, seconds, labels in CELLS
    for model in models
    for seed in SEEDS
    for n in labels
]
COUNTS = {  # task → longest n-gram; model → C of the logistic regression
    "author": 4,
    "dynasty": 2,
    "TF-IDF": 10,
    "SVD": 3,
}
DIRECTIONS, READ, BATCH = 50, 1024, 25
STEPS = {20: 30, 50: 36, 100: 48, 200: 64, 500: 80, 1000: 120}  # of training on so many labels


# The tasks


class Task(NamedTuple):
    """Labelled texts, test texts, and rows of ids to read, (n, length + 1), without labels."""

    texts: list[str]
    labels: np.ndarray
    tests: list[str]
    answers: np.ndarray
    alphabet: text.Alphabet
    rows: np.ndarray

    def encoded(self, texts: list[str]) -> np.ndarray:
        """The ids of some texts of one length."""
        return np.stack([self.alphabet.encode(each) for each in texts])


@cache
def task(name: str) -> Task:
    """The texts of a task; of the authors' tests every second one."""
    if name == "author":
        alphabet = recipes.author_alphabet()
        read = " ".join(part for part, _ in text.authors().values())
        tests, answers = text.passages("test")
        rows = text.windows(alphabet.encode(read), 100, 20)
        return Task(*text.passages("train"), tests[::2], answers[::2], alphabet, rows)
    train, test = ([verse.quatrains(part, 7, of) for of in DYNASTIES] for part in ("train", "test"))
    poems = [f"{begun(poem)}\n" for some in train for poem in some]
    alphabet = text.Alphabet.of("".join(poems), 3000, "□")
    rows = np.stack([alphabet.encode(each) for each in poems])
    return Task(*balanced(train), *balanced(test), alphabet, rows)


DYNASTIES = ("Tang", "Song")


def begun(poem: verse.Quatrain) -> str:
    """A poem behind a line break: what it is foretold from."""
    return f"\n{poem.text}"


def balanced(poems: list[list[verse.Quatrain]]) -> tuple[list[str], np.ndarray]:
    """The texts of as many poems of each kind, drawn at random, and the places of their kinds."""
    rng, each = np.random.default_rng(0), min(map(len, poems))
    chosen = [begun(some[i]) for some in poems for i in rng.permutation(len(some))[:each]]
    return chosen, np.repeat(np.arange(len(poems), dtype="int32"), each)


def drawn(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """The places of n labelled texts, as many of each class."""
    rng, classes = np.random.default_rng(seed), np.unique(labels)
    places = [np.flatnonzero(labels == each) for each in classes]
    return np.concatenate([rng.choice(some, n // len(classes), replace=False) for some in places])


# Counting


@cache
def counted(name: str) -> dict[str, tuple[Any, Any]]:
    """Model → what it makes of the labelled texts and of the tests, before it sees a label."""
    this = task(name)
    weigh = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, COUNTS[name]),
        lowercase=False,
        sublinear_tf=True,
        min_df=2,
    )
    both = weigh.fit_transform(this.texts), weigh.transform(this.tests)
    cut = TruncatedSVD(DIRECTIONS, random_state=0).fit(both[0])
    return {"TF-IDF": both, "SVD": tuple(normalize(cut.transform(each)) for each in both)}


def count(name: str, model: str, n: int, seed: int) -> float:
    """Accuracy of logistic regression on n labelled texts."""
    this, (x, tests) = task(name), counted(name)[model]
    chosen = drawn(this.labels, n, seed)
    regression = LogisticRegression(C=COUNTS[model], max_iter=500)
    found = regression.fit(x[chosen], this.labels[chosen]).predict(tests)
    return float(np.mean(found == this.answers))


# Networks


def reader(name: str, masked: bool, seed: int = 0) -> GPT | Masked:
    """A network that has read nothing yet."""
    this = task(name)
    make = recipes.small_masked if masked else recipes.small_gpt
    return make(len(this.alphabet), this.rows.shape[1] - 1, seed=seed)


@cache
def weights(name: str, model: str, seconds: float, seed: int) -> list[np.ndarray]:
    """Those of a network after so many seconds of reading; no label is in reach."""
    if model == "shipped":
        return recipes.author_gpt().network.get_weights()
    this, learner = task(name), reader(name, model == "masked", seed)
    if seconds:
        rows = this.rows[:, :-1] if model == "masked" else this.rows
        timer, batch = TimeBudget(seconds, half_cosine), READ // rows.shape[1]
        learner.fit(rows, batch, epochs=1000, verbose=0, callbacks=[timer])
    return learner.network.get_weights()


@cache
def compiled(name: str, masked: bool, n: int) -> tuple[keras.Model, keras.Model]:
    """A network and the classifier on its layers: compiled once for all draws of n labels."""
    network = reader(name, masked).network
    classes = len(np.unique(task(name).labels))
    model = recipes.text_classifier(network, classes, STEPS[n])
    model.optimizer.build(model.trainable_variables)
    return network, model


def tune(name: str, model: str, seconds: float, n: int, seed: int) -> float:
    """Accuracy of a network after training on n labelled texts, from pre-trained weights."""
    this, (network, classifier) = task(name), compiled(name, model == "masked", n)
    network.set_weights(weights(name, model, seconds, seed % MADE.get((model, seconds), 1)))
    for variable in (*classifier.layers[-1].variables, *classifier.optimizer.variables):
        variable.assign(keras.ops.zeros_like(variable))
    chosen, batch = drawn(this.labels, n, seed), min(n, BATCH)
    x = this.encoded([this.texts[i] for i in chosen])
    keras.utils.set_random_seed(seed)
    epochs = STEPS[n] * batch // n
    classifier.fit(x, this.labels[chosen], batch, epochs=epochs, verbose=0)
    logits = classifier.predict(this.encoded(this.tests), batch_size=240, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == this.answers))


def measure(left: list[tuple]) -> Iterator[dict]:
    """One row after the other; a pre-training is made once for all rows that share it."""
    for name, model, seconds, n, seed in left:
        if model in ("TF-IDF", "SVD"):
            accuracy = count(name, model, n, seed)
        else:
            accuracy = tune(name, model, seconds, n, seed)
        yield dict(zip(KEY, (name, model, seconds, n, seed), strict=True)) | {"accuracy": accuracy}


def table(rows: list[dict]) -> str:
    """A line for each task, model and budget; a column for each number of labels."""
    lines = []
    for cell in dict.fromkeys((row["task"], row["model"], row["seconds"]) for row in rows):
        here = [row for row in rows if (row["task"], row["model"], row["seconds"]) == cell]
        each = [[row["accuracy"] for row in here if row["labels"] == n] for n in CURVE]
        lines.append((*cell, *(mean_sd(values, ".3f", ".3f") for values in each)))
    return aligned(("task", "model", "s", *map(str, CURVE)), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
