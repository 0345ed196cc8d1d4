"""What is a label worth? Classifiers of texts with and without pre-training: `make bench-labels`.

Two tasks: "author", of 100 characters (four authors; the tests are from the last fifth of each
text), and "dynasty", Tang or Song from one quatrain of seven characters a line. The models:

    TF-IDF    weighted n-grams of characters
    SVD       the same n-grams, cut to the 50 directions in which unlabelled texts differ most
    causal    the small GPT, pre-trained to foretell the next character; after 0 s: random weights
    masked    its blocks without the causal mask, pre-trained to restore hidden characters
    shipped   causal, with the weights of tools/make/train_authors.py

What the labels train ("trained"): logistic regression on what a model makes of the texts, "layer",
of a network the means over the characters of what comes out of each block; or "all" weights of a
network, which begin where that regression ends (Kumar et al. 2022, arXiv:2202.10054).

No pre-training sees a label or a test text. Its seconds are processor seconds of one core, those of
compiling among them. For authors there are five networks with random weights, and three that have
read for a minute, "causal": seeds 3 and 4 share the first two. Of all others there is one, so that
what scatters there is only the draw of labels and the order of batches.

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
from sklearn.preprocessing import StandardScaler, normalize

from aigc_lib import recipes, text, verse
from aigc_lib.budget import TimeBudget, half_cosine
from aigc_lib.gpt import GPT, Masked
from bench.rows import aligned, mean_sd, run

KEY = ("task", "model", "trained", "seconds", "labels", "seed")
SEEDS, MANY, CURVE = range(5), (20, 100, 1000), (20, 50, 100, 200, 500, 1000)
MADE = {("author", "causal", 0): 5, ("author", "causal", 60): 3}  # networks; of others one
READ = recipes.AUTHOR_SECONDS
CELLS = [  # task, models, what is trained, seconds of pre-training, labels
    ("author", ("TF-IDF", "SVD", "causal"), "layer", 0, CURVE),
    ("author", ("causal", "masked"), "layer", 60, CURVE),
    ("author", ("shipped",), "layer", READ, CURVE),
    ("author", ("shipped",), "all", READ, (20, 100)),
    ("dynasty", ("TF-IDF", "SVD", "causal"), "layer", 0, MANY),
    ("dynasty", ("causal",), "layer", 120, MANY),
]
WANTED = [
    (task, model, trained, seconds, n, seed)
    for task, models, trained, seconds, labels in CELLS
    for model in models
    for seed in SEEDS
    for n in labels
]
GRAMS = {"author": 4, "dynasty": 2}  # characters of the longest n-gram
STRENGTH = {"TF-IDF": 10, "SVD": 3}  # C of the regression; of networks below
NETWORK = 0.003
DIRECTIONS, TOKENS, BATCH = 50, 1024, 25
STEPS = {20: 20, 100: 40}  # of training all weights


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


# What is made of the texts before a label is seen


@cache
def counted(name: str) -> dict[str, tuple[Any, Any]]:
    """Model → numbers of the labelled texts and of the tests, by counting."""
    this = task(name)
    weigh = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, GRAMS[name]),
        lowercase=False,
        sublinear_tf=True,
        min_df=2,
    )
    both = weigh.fit_transform(this.texts), weigh.transform(this.tests)
    cut = TruncatedSVD(DIRECTIONS, random_state=0).fit(both[0])
    return {"TF-IDF": both, "SVD": tuple(normalize(cut.transform(each)) for each in both)}


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
        timer, batch = TimeBudget(seconds, half_cosine), TOKENS // rows.shape[1]
        learner.fit(rows, batch, epochs=1000, verbose=0, callbacks=[timer])
    return learner.network.get_weights()


@cache
def looking(name: str, masked: bool) -> tuple[keras.Model, keras.Model]:
    """A network, and a model on its layers: ids → `recipes.text_vectors`."""
    network = reader(name, masked).network
    return network, recipes.text_vectors(network)


@cache
def seen(name: str, model: str, seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray, Any]:
    """What a network makes of labelled texts and of tests, each number scaled; the scale."""
    this, (network, look) = task(name), looking(name, model == "masked")
    network.set_weights(weights(name, model, seconds, seed))
    both = [
        look.predict(this.encoded(texts), batch_size=128, verbose=0)
        for texts in (this.texts, this.tests)
    ]
    scale = StandardScaler().fit(both[0])
    return *map(scale.transform, both), scale


# Labels


def own(name: str, model: str, seconds: float, seed: int) -> int:
    """Which of the networks a seed has."""
    return seed % MADE.get((name, model, seconds), 1)


def regression(name: str, model: str, seconds: float, n: int, seed: int) -> LogisticRegression:
    """A regression on n labelled texts."""
    labels = task(name).labels
    if model in STRENGTH:
        x, _ = counted(name)[model]
    else:
        x, *_ = seen(name, model, seconds, own(name, model, seconds, seed))
    chosen = drawn(labels, n, seed)
    strength = STRENGTH.get(model, NETWORK)
    return LogisticRegression(C=strength, max_iter=500).fit(x[chosen], labels[chosen])


def regress(name: str, model: str, seconds: float, n: int, seed: int) -> float:
    """Accuracy of the regression."""
    if model in STRENGTH:
        _, tests = counted(name)[model]
    else:
        _, tests, _ = seen(name, model, seconds, own(name, model, seconds, seed))
    return regression(name, model, seconds, n, seed).score(tests, task(name).answers)


@cache
def compiled(name: str, n: int) -> tuple[keras.Model, keras.Model]:
    """A network and the classifier on its layers: compiled once for all draws of n labels."""
    network = reader(name, masked=False).network
    classes = len(np.unique(task(name).labels))
    model = recipes.text_classifier(network, classes, STEPS[n])
    model.optimizer.build(model.trainable_variables)
    return network, model


def tune(name: str, model: str, seconds: float, n: int, seed: int) -> float:
    """Accuracy after all weights of a network were trained, from the regression on."""
    this, (network, classifier) = task(name), compiled(name, n)
    network.set_weights(weights(name, model, seconds, own(name, model, seconds, seed)))
    *_, scale = seen(name, model, seconds, own(name, model, seconds, seed))
    found = regression(name, model, seconds, n, seed)
    kernel = found.coef_ / scale.scale_
    classifier.layers[-1].set_weights([kernel.T, found.intercept_ - kernel @ scale.mean_])
    for variable in classifier.optimizer.variables:
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
    for name in left:
        task_name, model, trained, *rest = name
        accuracy = {"layer": regress, "all": tune}[trained](task_name, model, *rest)
        yield dict(zip(KEY, name, strict=True)) | {"accuracy": accuracy}


def table(rows: list[dict]) -> str:
    """A line for each task, model and budget; a column for each number of labels."""
    columns, lines = ("task", "model", "trained", "seconds"), []
    for cell in dict.fromkeys(tuple(row[column] for column in columns) for row in rows):
        here = [row for row in rows if tuple(row[column] for column in columns) == cell]
        each = [[row["accuracy"] for row in here if row["labels"] == n] for n in CURVE]
        lines.append((*cell, *(mean_sd(values, ".3f", ".3f") for values in each)))
    return aligned((*columns, *map(str, CURVE)), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
