"""How far does a small GPT come where counting needs seconds? `make bench-words`.

Nats a character on the whole last tenth of the shipped Shakespeare, lower is better. `budget` is
in processor seconds of one core, 0 where no clock ends the work. The questions:

    step sizes          tries for the ablations, with a seed that these do not use
    ablation            no attention; Adam or SGD with momentum for Muon; a constant step size
    size, equal steps   five widths, as many steps each: the wider take longer
    size, equal seconds the same five widths, as many seconds each
    data                five shares of the training text, beside counting on the same characters
    stop words          training text as it is, and without scikit-learn's English stop words
    time                `recipes.small_gpt` and nanoGPT's published CPU sizes, each budget
                        a training of its own; two ways of counting; file compressors

Which way and order of counting is best is chosen on the characters that judge it: the bar is high.
Two trainings run side by side, each with one thread, timed by `TimeBudget`.

About three quarters of an hour for all rows.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from itertools import product
from multiprocessing import get_context
from time import process_time
from types import MappingProxyType
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import recipes
from aigc_lib.budget import TimeBudget, constant, half_cosine
from aigc_lib.gpt import GPT
from aigc_lib.text import Alphabet, CountModel, nats_of_file, shakespeare, windows
from bench.rows import aligned, crossing, interval, mean_sd, run
from bench.texts import some_blocks, stop_share, survives, without_stop_words


class Change(NamedTuple):
    """What a variant changes of the recipe: options of its network, optimiser, schedule."""

    network: Mapping[str, Any] = MappingProxyType({})
    optimizer: Callable[[], keras.optimizers.Optimizer] | None = None  # in Muon's place
    factor: float = 1.0  # times Muon's step size
    schedule: Callable[[float], float] = half_cosine


def adam(rate: float) -> Change:
    """Adam in Muon's place."""
    return Change(optimizer=lambda: keras.optimizers.Adam(rate, beta_2=0.99))


def sgd(rate: float) -> Change:
    """SGD with momentum in Muon's place: one step size for all weights."""
    return Change(optimizer=lambda: keras.optimizers.SGD(rate, momentum=0.9))


KEY = ("question", "model", "variant", "budget", "seed")
SEEDS, TRIED_WITH, ABLATED = range(3), 3, 25  # ABLATED: seconds of an ablation
BUDGETS = (60, 120, 340)
LONG = (340,)  # with dropout: the text is read several times over
BATCH, LENGTH, STEP = {"GPT": 16, "published": 12}, 64, 16  # windows begin at each 16th character
STEPS = 300  # where all take as many
XLA_FROM = 60  # seconds: to compile takes 10 to 20, which the faster steps win back only later
COUNTS = {
    f"{name}, order {order}": (order, smoothing)
    for name, smoothing in {"Witten–Bell": "witten-bell", "Kneser–Ney": "kneser-ney"}.items()
    for order in range(1, 9)
}
BEST_COUNT = "Kneser–Ney, order 7"
COMPRESSORS = {"xz": True, "xz, alone": False, "bz2, alone": False, "gz, alone": False}

# Step sizes that the ablations try, and the best of each, by the tries. "constant": times Muon's.
TRIED = {
    "Adam": {x: adam(x) for x in (1e-3, 3e-3, 6e-3, 12e-3)},
    "SGD": {x: sgd(x) for x in (0.03, 0.1, 0.3, 1.0)},
    "constant": {x: Change(factor=x, schedule=constant) for x in (0.25, 0.5, 1.0)},
}
BEST = {"Adam": 6e-3, "SGD": 0.1, "constant": 1.0}
TRIES = {f"{name}, {x:g}": change for name, some in TRIED.items() for x, change in some.items()}
ABLATIONS = {"recipe": Change(), "no attention": Change({"attention": False})}
ABLATIONS |= {name: TRIED[name][x] for name, x in BEST.items()}
WIDTHS = {f"width {width}": Change({"width": width}) for width in (16, 32, 64, 128, 192)}
DROPOUT = {"dropout": Change({"dropout": 0.1})}  # for trainings of several epochs
CHANGES = ABLATIONS | TRIES | WIDTHS | DROPOUT

SHARES = {"1/16": 1, "1/8": 2, "1/4": 4, "1/2": 8, "1": 16}  # blocks of each 16
TEXTS = ("as it is", "without stop words")

WANTED = [
    *(("step sizes", "GPT", name, 20, TRIED_WITH) for name in TRIES),
    *(("ablation", "GPT", name, ABLATED, seed) for seed in SEEDS for name in ABLATIONS),
    *(("ablation", "GPT", "no attention", seconds, 0) for seconds in BUDGETS[1:]),  # longer
    *(("size, equal steps", "GPT", name, 0, 0) for name in WIDTHS),
    *(("size, equal seconds", "GPT", name, 25, 0) for name in WIDTHS),
    *(("data", "GPT", share, 25, 0) for share in SHARES),
    *(("data", "counting", share, 0, 0) for share in SHARES),
    *(("stop words", "GPT", name, 25, 0) for name in TEXTS),
    *(("stop words", "counting", name, 0, 0) for name in TEXTS),
    *(("stop words", "held out", name, 0, 0) for name in TEXTS),
    *(("time", "counting", name, 0, 0) for name in COUNTS),
    *(("time", "compressor", name, 0, 0) for name in COMPRESSORS),
    *(("time", model, "recipe", seconds, 0) for seconds in BUDGETS for model in BATCH),
    *(("time", "GPT", "dropout", seconds, 0) for seconds in LONG),
]


# Models


@cache
def alphabet() -> Alphabet:
    """The characters of the whole text, the same for every model."""
    return Alphabet.of("".join(shakespeare()))


def compiled(model: str, variant: str = "recipe", seed: int = 0) -> GPT:
    """The recipe with what the variant changes, or the published sizes."""
    if model == "published":
        return recipes.published_gpt(len(alphabet()), seed=seed)
    change = CHANGES[variant]
    gpt = recipes.small_gpt(len(alphabet()), factor=change.factor, seed=seed, **change.network)
    if change.optimizer is not None:
        gpt.compile(change.optimizer())
    return gpt


def trained(
    train: str, budget: int, model: str = "GPT", variant: str = "recipe", seed: int = 0
) -> tuple[GPT, dict[str, Any]]:
    """A GPT after so many seconds, or after STEPS steps where the budget is 0; what it took."""
    gpt, batch = compiled(model, variant, seed), BATCH[model]
    schedule = CHANGES[variant].schedule if model == "GPT" else half_cosine
    if budget:
        timer, length = TimeBudget(budget, schedule), {"epochs": 10_000}
    else:  # the clock only looks on: the schedule follows the steps
        timer = TimeBudget(1e6, lambda _: schedule(timer.steps / STEPS))
        length = {"steps_per_epoch": STEPS}
    gpt.jit_compile = budget >= XLA_FROM
    x = windows(alphabet().encode(train), LENGTH, STEP)
    some = [timer, keras.callbacks.TerminateOnNaN()]  # then the row says that it diverged
    gpt.fit(x, batch, verbose=0, callbacks=some, **length)
    spent = {"seconds": round(timer.spent, 1), "steps": timer.steps, "batch": batch}
    return gpt, spent | {"parameters": gpt.count_params()}


def losses(model: GPT | CountModel, text: str) -> np.ndarray:
    """Nats of each character, given those before it: (n,)."""
    return model.nats(alphabet().encode(text))


def counted(name: str, train: str) -> CountModel:
    """The count model of that name, fitted to a text."""
    return CountModel(*COUNTS[name]).fit(alphabet().encode(train), len(alphabet()))


def counting(train: str, test: str) -> tuple[CountModel, dict[str, Any]]:
    """The count model that is best on the test text, and what it took."""
    found = {}
    for name in COUNTS:
        start = process_time()
        model = counted(name, train)
        nats = losses(model, test).mean()
        found[nats] = model, {"best": name, "seconds": process_time() - start}
    return found[min(found)]


# Rows


def time(model: str, variant: str, budget: int, seed: int) -> dict[str, Any]:
    """Nats after a training, a count or a compression, and what it took.

    "nats_mixed" are those of the mean of a GPT's probabilities and of the best count model's.
    """
    train, test = shakespeare()
    start = process_time()
    if model == "compressor":
        before = train if COMPRESSORS[variant] else ""
        nats = nats_of_file(test, variant.removesuffix(", alone"), primed_by=before)
        return {"nats": nats, "seconds": process_time() - start}
    if model == "counting":
        nats = losses(counted(variant, train), test).mean()
        return {"nats": nats, "seconds": process_time() - start}
    gpt, spent = trained(train, budget, model, variant, seed)
    nats = losses(gpt, test)
    if not np.isfinite(nats).all():
        return {"diverged": True} | spent
    both = np.log(2) - np.logaddexp(-nats, -losses(counted(BEST_COUNT, train), test))
    return {"nats": nats.mean(), "nats_mixed": both.mean()} | spent


def data(model: str, share: str, budget: int, seed: int) -> dict[str, Any]:
    """Nats on the test tenth and on the first characters of the training text, as many."""
    whole, test = shakespeare()
    train = some_blocks(whole, SHARES[share])
    found, spent = trained(train, budget) if model == "GPT" else counting(train, test)
    own = losses(found, train[: len(test)]).mean()
    nats = {"nats": losses(found, test).mean(), "nats_train": own}
    return nats | spent | {"characters": len(train)}


def stop_words(model: str, variant: str, budget: int, seed: int) -> dict[str, Any]:
    """Nats of held-out texts with and without stop words; of the words generated, how many stop.

    "nats" judges the text as it is, "nats_without" the text without stop words. "nats_survivors"
    are those of the same characters where they stand in the text as it is.
    """
    train, test = shakespeare()
    if variant == "without stop words":
        train = without_stop_words(train)
    if model == "held out":
        text = without_stop_words(test) if variant == "without stop words" else test
        return {"stop_share": stop_share(text), "characters": len(text)}
    found, spent = trained(train, budget) if model == "GPT" else counting(train, test)
    of_all = losses(found, test)
    ids = found.generate(alphabet().encode("\n"), 8_000, seed=1)
    return {
        "nats": of_all.mean(),
        "nats_survivors": of_all[survives(test)].mean(),
        "nats_without": losses(found, without_stop_words(test)).mean(),
        "stop_share": stop_share(alphabet().decode(np.ravel(ids))),
        "characters": len(train),
    } | spent


QUESTIONS = {"data": data, "stop words": stop_words}  # the others are judged as "time" is


def row(question: str, model: str, variant: str, budget: int, seed: int) -> dict[str, Any]:
    """One training and its score."""
    keras.utils.clear_session()
    name = dict(zip(KEY, (question, model, variant, budget, seed), strict=True))
    return name | QUESTIONS.get(question, time)(model, variant, budget, seed)


def one_thread() -> None:
    """Let TensorFlow use one thread; only before it has begun to work."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def measure(left: list[tuple]) -> Iterator[dict]:
    """Two rows at a time, each in a process with one thread."""
    with ProcessPoolExecutor(2, get_context("spawn"), one_thread) as pool:
        for ended in as_completed([pool.submit(row, *name) for name in left]):
            yield ended.result()


# The table


def bars(rows: list[dict]) -> dict[str, float]:
    """What needs no training → its best nats."""
    here = [row for row in rows if row["question"] == "time" and row["model"] not in BATCH]
    kinds = [(row["variant"].split(",")[0], row["nats"]) for row in here]
    return {kind: min(nats for each, nats in kinds if each == kind) for kind, _ in kinds}


def added(rows: list[dict], variant: str) -> tuple[float, float, float]:
    """What an ablation adds to the recipe's nats, and the ends of Welch's interval of that."""
    groups = [("ablation", "GPT", name, ABLATED) for name in (variant, "recipe")]
    sides = [[r["nats"] for r in rows if tuple(r[c] for c in KEY[:-1]) == name] for name in groups]
    return (float(np.mean(sides[0]) - np.mean(sides[1])), *interval(*sides))


def table(rows: list[dict]) -> str:
    """A line for each training, its seeds together, then one for each comparison."""
    columns = ("nats", "nats_mixed", "nats_train", "nats_without", "nats_survivors", "stop_share")
    lines = []
    for name in dict.fromkeys(tuple(row[column] for column in KEY[:-1]) for row in rows):
        here = [row for row in rows if tuple(row[column] for column in KEY[:-1]) == name]
        cells = [mean_sd([r[c] for r in here if c in r], ".3f", ".3f") for c in columns]
        steps, seconds = ([r[c] for r in here if c in r] for c in ("steps", "seconds"))
        pace = mean_sd(steps, ".0f", ".0f"), mean_sd(seconds, ".3g", ".1g")
        lines.append((", ".join(name[:3]), name[3] or "–", *pace, *cells))
    head = ("question, model, variant", "budget", "steps", "seconds")
    said = [aligned((*head, *columns), lines)]
    if {row["variant"] for row in rows if row["question"] == "ablation"} == ABLATIONS.keys():
        for name in list(ABLATIONS)[1:]:
            more, low, high = added(rows, name)
            said.append(f"{name}: {more:+.3f} nats, 95 % {low:+.3f} … {high:+.3f}")
    curves: dict[str, list] = {}
    for row in rows:
        if row["question"] == "time" and row["model"] in BATCH:
            curve = curves.setdefault(f"{row['model']}, {row['variant']}", [])
            curve.append((row["budget"], row["nats"]))
    for (name, curve), (rival, bar) in product(curves.items(), bars(rows).items()):
        second = crossing(curve, bar)
        found = "never" if second is None else f"by {second:.0f} s"
        said.append(f"{name} passes the best of {rival}, {bar:.3f}: {found}")
    return "\n".join(said)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
