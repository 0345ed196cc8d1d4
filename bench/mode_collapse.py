"""Which remedies bring lost modes back, at equal seconds? `make bench-modes`.

    ring      8 modes, radius 1, σ 0.01     seven methods, 60 s a run
    grid      25 modes, spacing 2, σ 0.05   the same and two controls, 60 s a run
    stacked   100 pairs of digits           the baseline and three readings of "AGN", 180 s a run
    balanced  the same, equal step sizes    the baseline and R3GAN, 60 s a run, three seeds

Mixtures and scoring are those of Lin et al. 2017 (PacGAN): 2500 samples, of high quality within
3 σ of a centre. The pairs of digits follow the stacked digits of Metz et al. 2016, with two
digits in place of three and their handicap: a discriminator of a quarter of the width. The
generator's step size is four times the discriminator's, the default of `GAN`, which was found
for a discriminator of full width; "balanced" takes this second handicap away.

A step of PacGAN sees 2 or 4 times as many samples. "batch 256" and "batch 512" are the controls:
the baseline, single samples, as many a step. What they gain is not due to the packs.

Within a task all methods have the same generator, step sizes, batches and seconds. The seconds
are of one core: two runs go side by side, each with one thread, timed by `TimeBudget`. A run in
which NaN turned up, or no sample is of high quality, counts as diverged.

About 90 minutes for all rows.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import data, digits, metrics, mixtures, modes, penalties, recipes
from aigc_lib.budget import TimeBudget, hold_then_fall
from aigc_lib.gan import GAN
from aigc_lib.networks import dcgan_discriminator, dcgan_generator, two_discriminators
from bench.rows import aligned, mean_sd, run

KEY = ("task", "method", "seed")
SECONDS = {"ring": 60, "grid": 60, "stacked": 180, "balanced": 60}
STEP_SIZES = {"stacked": (1e-3, 4e-3), "balanced": (1e-3, 1e-3)}  # discriminator, generator
SEEDS, DRAWN, BATCH = range(5), 2500, 128
MIXTURES = {"ring": (mixtures.ring_centres(), 0.01), "grid": (mixtures.grid_centres(), 0.05)}

R1, R2 = penalties.r1(0.05), penalties.r2(0.05)
METHODS = {
    "non-saturating": {},
    "WGAN-GP": {"loss": "wasserstein", "penalty": penalties.gradient_penalty(1.0)},
    "R1": {"penalty": R1},
    "R3GAN": {"loss": "relativistic", "penalty": (R1, R2)},
    "D2GAN": {"loss": "dual"},
    "PacGAN2": {"packing": 2},
    "PacGAN4": {"packing": 4},
    "batch 256": {},
    "batch 512": {},
}
SAMPLES = {"PacGAN2": 256, "PacGAN4": 512, "batch 256": 256, "batch 512": 512}  # a step; else BATCH
TESTED = {
    "ring": tuple(method for method in METHODS if not method.startswith("batch")),
    "grid": tuple(METHODS),
    "stacked": ("non-saturating", "R3GAN", "D2GAN", "PacGAN2"),
    "balanced": ("non-saturating", "R3GAN"),
}
WANTED = [
    (task, method, seed)
    for task in SECONDS
    for seed in (SEEDS[:3] if task == "balanced" else SEEDS)
    for method in TESTED[task]
]


def pair_gan(task: str, method: str, seed: int) -> GAN:
    """The GAN of that method for pairs of digits, with the step sizes of the task."""
    keras.utils.set_random_seed(seed)
    options = METHODS[method]
    generator, channels = dcgan_generator(channels=2), 2 * options.get("packing", 1)
    discriminator = dcgan_discriminator(width=4, channels=channels)
    if options.get("loss") == "dual":
        other = dcgan_discriminator(width=4, channels=channels)
        discriminator = two_discriminators(discriminator, other)
    gan = GAN(generator, discriminator, **options, ema_decay=0.99, seed=seed)
    gan.compile(*(keras.optimizers.Adam(rate, 0.0, 0.99) for rate in STEP_SIZES[task]))
    return gan


def compiled(task: str, method: str, seed: int) -> GAN:
    """The GAN of that method for that task."""
    if task in MIXTURES:
        return recipes.point_gan(seed, **METHODS[method])
    return pair_gan(task, method, seed)


def batches(task: str, size: int, seed: int) -> tf.data.Dataset:
    """Batches for ever: pairs of digits, or 4000 batches of points in shuffled order."""
    if task in MIXTURES:
        points = mixtures.mixture(4000 * size, seed, *MIXTURES[task])
        return data.batches_of_points(points, size, seed).repeat()
    images = data.to_signed(data.load_mnist()[0][0])
    return data.batches(data.stacked_digits(images, 25_600, seed), size, seed).repeat()


def counts(task: str, samples: np.ndarray) -> np.ndarray:
    """Samples of high quality in each mode."""
    if task not in MIXTURES:
        return digits.pair_counts(samples)
    return modes.mode_counts(samples, *MIXTURES[task])


@cache
def mode_shares(task: str) -> np.ndarray | None:
    """Shares of the modes in the data; None stands for equal ones."""
    if task in MIXTURES:
        return None
    shares = metrics.histogram(data.load_mnist()[0][1], classes=10)
    return np.outer(shares, shares).ravel()


def row(task: str, method: str, seed: int) -> dict:
    """One training and its score."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    gan, timer = compiled(task, method, seed), TimeBudget(SECONDS[task], hold_then_fall)
    size = SAMPLES.get(method, BATCH)
    some = [timer, keras.callbacks.TerminateOnNaN()]  # then the row says that it diverged
    gan.fit(batches(task, size, seed), steps_per_epoch=4000, epochs=1000, verbose=0, callbacks=some)
    samples = gan.sample(DRAWN, seed=1)
    found = {"task": task, "method": method, "seed": seed, "seconds": round(timer.spent, 1)}
    found["steps"] = timer.steps
    if not np.isfinite(samples).all():
        return found | {"diverged": True}
    good = counts(task, samples)
    if not good.any():
        return found | {"diverged": True}
    score = modes.mode_score(good, DRAWN, mode_shares(task))
    return found | {"diverged": False, **score._asdict(), "counts": good.tolist()}


def measure(left: list[tuple]) -> Iterator[dict]:
    """Two runs at a time, each a process of its own: one thread, no graph of an earlier one."""
    with ProcessPoolExecutor(2, get_context("spawn"), max_tasks_per_child=1) as pool:
        for ended in as_completed([pool.submit(row, *name) for name in left]):
            yield ended.result()


def table(rows: list[dict]) -> str:
    """Mean ± standard deviation over the seeds of the runs that did not diverge."""
    lines = []
    for task, method in dict.fromkeys((row["task"], row["method"]) for row in rows):
        here = [r for r in rows if (r["task"], r["method"]) == (task, method)]
        alive = [r for r in here if not r["diverged"]]
        cells = [
            mean_sd([r[name] for r in alive], form, form)
            for name, form in (("modes", ".1f"), ("high_quality", ".3f"), ("reverse_kl", ".3f"))
        ]
        pace = np.mean([1000 * r["seconds"] / r["steps"] for r in here])
        lost = f"{len(here) - len(alive)} of {len(here)}"
        lines.append((f"{task}, {method}", *cells, lost, f"{pace:.2f}"))
    head = ("task, method", "modes", "high quality", "reverse KL", "lost", "ms/step")
    return aligned(head, lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
