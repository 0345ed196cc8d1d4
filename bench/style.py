"""What are cycles, mapping networks and styles worth, judged by hidden answers? `make bench-style`.

    emoji    1636 emoji in two drawing styles, translated without pairs, with pairs, and by what
             needs no training; judged on 400 pairs (bench/translation.py)
    digits   MNIST at 8 × 8 translated to UCI's digits: accuracy of three nearest neighbours that
             know UCI's alone; the class after the way there, and after the way back
    style    the same generator with a mapping network, without it (w = z), and that of chapter 12:
             quality, lengths of walks, truncation, mixing (bench/codes.py)

Every training has its own seconds of one core; two of them run side by side, each with one thread,
timed by `TimeBudget`. Those of one seed follow one another, so that they are slowed alike.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing import get_context
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import recipes, style_recipes
from bench.codes import style_rows
from bench.rows import aligned, interval, mean_sd, run
from bench.translation import DIGITS, EMOJI, STYLES, UNTRAINED, digit_rows, emoji_rows

KEY = ("question", "model", "detail", "seed")
SEEDS = range(5)
ROWS: dict[str, Callable[[str, int, Any], Iterator[dict]]] = {
    "emoji": emoji_rows,
    "style": style_rows,
    "digits": digit_rows,
}
MAPPING = {"mapping 4": 4, "mapping 0": 0}  # layers
NOISE = 2 * 8 / 255  # σ of "CycleGAN, noise" in training: 8 of 255, of signed pixels
DETAILS = {"emoji": tuple(STYLES), "digits": ("MNIST to UCI",), "style": ("MNIST",)}
MODELS = {"emoji": EMOJI, "style": ("real", *MAPPING, "plain"), "digits": (*DIGITS, "UCI")}
FREE = tuple(model for model in DIGITS if "CycleGAN" not in model)
ONCE = (*UNTRAINED, *FREE, "UCI", "real")  # what needs no training
WANTED = [
    (question, model, detail, seed)
    for question, models in MODELS.items()
    for seed in SEEDS
    for model in models
    for detail in DETAILS[question]
    if seed == 0 or model not in ONCE
]


def training(name: tuple) -> tuple[str, str, int]:
    """Both directions of a pair of styles come from one."""
    question, model, _, seed = name
    return question, model, seed


def compiled(question: str, model: str, seed: int) -> keras.Model | None:
    """What is to be trained; None where nothing is."""
    if model in ONCE:
        return None
    if question == "emoji":
        noise = NOISE if model == "CycleGAN, noise" else 0.0
        return style_recipes.emoji_cyclegan(seed, noise=noise)
    if question == "digits":
        return style_recipes.digit_cyclegan(seed)
    if model == "plain":
        return recipes.digit_gan(seed=seed)
    return style_recipes.style_gan(MAPPING[model], seed)


def rows_of(question: str, model: str, seed: int) -> list[dict[str, Any]]:
    """The rows of one training."""
    keras.utils.clear_session()
    name = {"question": question, "model": model, "seed": seed}
    gan = compiled(question, model, seed)
    return [name | found for found in ROWS[question](model, seed, gan)]


def one_thread() -> None:
    """Let TensorFlow use one thread; only before it has begun to work."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def measure(left: list[tuple]) -> Iterator[dict]:
    """Two trainings at a time, each in a process with one thread."""
    trainings = dict.fromkeys(map(training, left))
    with ProcessPoolExecutor(2, get_context("spawn"), one_thread) as pool:
        for ended in as_completed([pool.submit(rows_of, *each) for each in trainings]):
            yield from ended.result()


# The table

Seeds = dict[int, dict[str, Any]]  # seed → row


def chosen(rows: list[dict], question: str, model: str, detail: str) -> Seeds:
    """The rows that have a score."""
    name = question, model, detail
    here = [row for row in rows if tuple(row[column] for column in KEY[:-1]) == name]
    return {row["seed"]: row for row in here if not row.get("diverged")}


def of(column: str) -> Callable[[dict], Any]:
    """What gives that column of a row; None where a row has none."""
    return lambda row: row.get(column)


def untouched(column: str) -> Callable[[dict], Any]:
    """What gives a column of truncation where nothing is truncated, at ψ = 1."""
    return lambda row: row[column][row["psi"].index(1.0)]


COLUMNS = {
    "emoji": "psnr l1 retrieval blurred_psnr blurred_l1 blurred_retrieval changed cycle_psnr "
    "cycle_l1 steps seconds",
    "digits": "accuracy relabelled back cycle_l1 steps seconds",
    "style": "FD-LeNet confident missing chord path_z path_w path_z_ends path_w_ends mix_count "
    "mix_chance steps seconds",
}
SHOWN = {
    question: {name: of(name) for name in names.split()} for question, names in COLUMNS.items()
}
SHOWN["style"] |= {name: untouched(f"psi_{name}") for name in ("precision", "recall")}


def scores(rows: list[dict], question: str) -> str:
    """A line for each model, its seeds together."""
    lines = []
    for model, detail in product(MODELS[question], DETAILS[question]):
        here = chosen(rows, question, model, detail).values()
        each = [[value(row) for row in here] for value in SHOWN[question].values()]
        cells = [mean_sd([x for x in some if x is not None], ".4g", ".2g") for some in each]
        lines.append((f"{model}, {detail}", len(here), *cells))
    return aligned((question, "n", *SHOWN[question]), lines)


COMPARED = [  # question, rivals of which the best counts, model, columns
    ("emoji", tuple(UNTRAINED), "CycleGAN", "psnr l1 retrieval"),
    ("emoji", tuple(UNTRAINED), "CycleGAN", "blurred_psnr blurred_l1 blurred_retrieval"),
    ("emoji", ("with pairs",), "CycleGAN", "psnr l1 retrieval cycle_psnr"),
    ("emoji", ("CycleGAN",), "CycleGAN, noise", "psnr l1 retrieval cycle_psnr"),
    *(("digits", FREE, model, "accuracy") for model in DIGITS if model not in FREE),
    *(("digits", (DIGITS[m],), f"{m}, CycleGAN", "accuracy") for m in ("crop", "upright")),
    ("style", ("plain",), "mapping 4", "FD-LeNet"),
    ("style", ("plain",), "mapping 0", "FD-LeNet"),
    ("style", ("mapping 0",), "mapping 4", "FD-LeNet"),
]
LOWER = ("l1", "blurred_l1", "FD-LeNet")  # is better


def differences(some: Seeds, others: Seeds, column: str) -> list[float]:
    """Of each seed, or of each from the one row of a model that needs no training."""
    if {row["model"] for row in others.values()} & {*ONCE}:
        return [row[column] - others[0][column] for row in some.values()]
    return [some[seed][column] - others[seed][column] for seed in sorted({*some} & {*others})]


def strongest(rows: list[dict], question: str, models: tuple, detail: str, column: str) -> str:
    """The model with the best score, the mean over its seeds."""
    found = {model: chosen(rows, question, model, detail).values() for model in models}
    scored = {model: [r[column] for r in some if column in r] for model, some in found.items()}
    means = {model: np.mean(values) for model, values in scored.items() if values}
    pick = min if column in LOWER else max
    return pick(means, key=means.__getitem__, default=models[0])


def comparisons(rows: list[dict]) -> Iterator[str]:
    """A line for each: the mean difference with Student's interval, seeds paired."""
    for question, rivals, model, columns in COMPARED:
        for detail, column in product(DETAILS[question], columns.split()):
            rival = strongest(rows, question, rivals, detail, column)
            both = (chosen(rows, question, each, detail) for each in (model, rival))
            found = differences(*both, column)
            low, high = interval(found)
            said = f"{mean_sd(found)}, 95 % {low:+.3g} … {high:+.3g}"
            yield f"{model} - {rival}, {detail}, {column}: {said}"


RATIOS = [  # model, over, under: a generator that draws few things has short walks everywhere
    *((model, f"path_z{ends}", f"path_w{ends}") for model in MAPPING for ends in ("", "_ends")),
    *((model, "path_w", "chord") for model in MAPPING),
    *((model, "path_z", "chord") for model in (*MAPPING, "plain")),
]


def ratio(rows: list[dict], model: str, over: str, under: str) -> tuple[float, float, float]:
    """Of two lengths of one generator: geometric mean over the seeds, ends of its interval."""
    here = chosen(rows, "style", model, "MNIST").values()
    logs = [np.log(row[over] / row[under]) for row in here if {over, under} <= {*row}]
    middle, low, high = np.exp([np.mean(logs) if logs else np.nan, *interval(logs)])
    return float(middle), float(low), float(high)


def ratios(rows: list[dict]) -> Iterator[str]:
    """A line for each of RATIOS."""
    for name in RATIOS:
        middle, low, high = ratio(rows, *name)
        yield f"{name[0]}, {name[1]} / {name[2]}: {middle:.3g}, 95 % {low:.3g} … {high:.3g}"


def curves(rows: list[dict], question: str, x: str, columns: str) -> str:
    """A line for each model and column that is a list, one number for each of x."""
    lines, head = [], []
    for model, detail in product(MODELS[question], DETAILS[question]):
        here = [r for r in chosen(rows, question, model, detail).values() if x in r]
        for column in columns.split() if here else ():
            cells = [
                mean_sd(each, ".3g", ".1g") for each in zip(*(r[column] for r in here), strict=True)
            ]
            lines.append((f"{model}, {detail}, {column}", here[0][x], cells))
            head = max(head, here[0][x], key=len)
    placed = [
        (name, *(dict(zip(xs, cells, strict=True)).get(each, "") for each in head))
        for name, xs, cells in lines
    ]
    return aligned((x, *head), placed)


def table(rows: list[dict]) -> str:
    """A line for each model, for each comparison, and for each curve."""
    said = [scores(rows, question) for question in MODELS]
    said += [*comparisons(rows), *ratios(rows)]
    said.append(curves(rows, "emoji", "noise", "noise_l1 noise_psnr noise_moved noise_moved_true"))
    said.append(curves(rows, "emoji", "bits", "bits_l1 bits_psnr bits_moved bits_moved_true"))
    said.append(curves(rows, "style", "psi", "psi_precision psi_recall psi_FD"))
    said.append(curves(rows, "style", "mix_layer", "mix_coarse mix_fine mix_neither"))
    return "\n".join(said)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table, training)
