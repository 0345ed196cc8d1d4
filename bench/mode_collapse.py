"""Which remedies bring lost modes back, at equal seconds? `make bench-modes`.

    ring      8 modes, radius 1, σ 0.01     seven methods, 60 s a run
    grid      25 modes, spacing 2, σ 0.05   seven methods, 60 s a run
    stacked   100 pairs of digits           the baseline and three readings of "AGN", 180 s a run
    balanced  the same, equal step sizes    the baseline and R3GAN, 60 s a run, three seeds

Mixtures and scoring are those of Lin et al. 2017 (PacGAN): 2500 samples, of high quality within
3 σ of a centre. The pairs of digits follow the stacked digits of Metz et al. 2016, with two
digits in place of three and their handicap: a discriminator of a quarter of the width. The
generator's step size is four times the discriminator's, the default of `GAN`, which was found
for a discriminator of full width; "balanced" takes this second handicap away.

Within a task all methods have the same generator, step sizes, batches and seconds. The seconds
are of one core: two runs go side by side, each with one thread, timed by `TimeBudget`. A run in
which NaN turned up, or no sample is of high quality, counts as diverged.

Each row goes to aigc_lib/mode_collapse.json as soon as it is there; rows that are there are
not made again. Delete the file to make all: about 80 minutes.
"""

import json
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import data, modes, penalties
from aigc_lib.budget import TimeBudget, hold_then_fall
from aigc_lib.gan import GAN
from aigc_lib.networks import dcgan_discriminator, dcgan_generator, mlp, two_judges

RESULTS = Path(data.__file__).parent / "mode_collapse.json"
SECONDS = {"ring": 60, "grid": 60, "stacked": 180, "balanced": 60}
STEP_SIZES = {  # of discriminator and generator
    "ring": (1e-3, 1e-3),
    "grid": (1e-3, 1e-3),
    "stacked": (1e-3, 4e-3),
    "balanced": (1e-3, 1e-3),
}
SEEDS, DRAWN, BATCH = range(5), 2500, 128
MIXTURES = {"ring": (data.ring_centres(), 0.01), "grid": (data.grid_centres(), 0.05)}

R1, R2 = penalties.r1(0.05), penalties.r2(0.05)
METHODS = {
    "non-saturating": {},
    "WGAN-GP": {"loss": "wasserstein", "penalty": penalties.gradient_penalty(1.0)},
    "R1": {"penalty": R1},
    "R3GAN": {"loss": "relativistic", "penalty": (R1, R2)},
    "D2GAN": {"loss": "dual"},
    "PacGAN2": {"packing": 2},
    "PacGAN4": {"packing": 4},
}
TESTED = {
    "ring": tuple(METHODS),
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


def networks(task: str, method: str) -> tuple[keras.Model, keras.Model]:
    """Generator and discriminator; the second reads packs, or is two, where the method says so."""
    packing = METHODS[method].get("packing", 1)

    def discriminator() -> keras.Model:
        if task not in MIXTURES:
            return dcgan_discriminator(width=4, channels=2 * packing)
        return mlp(2 * packing, 1, depth=3)

    judge = discriminator()
    if METHODS[method].get("loss") == "dual":
        judge = two_judges(judge, discriminator())
    return dcgan_generator(channels=2) if task not in MIXTURES else mlp(2, 2, depth=3), judge


def compiled(task: str, method: str, seed: int) -> GAN:
    """The GAN of that method with the step sizes of the task."""
    beta_1, ema_decay, at_once = (0.5, 0.999, 50) if task in MIXTURES else (0.0, 0.99, 1)
    gan = GAN(*networks(task, method), **METHODS[method], ema_decay=ema_decay, seed=seed)
    adams = [keras.optimizers.Adam(rate, beta_1, 0.99) for rate in STEP_SIZES[task]]
    gan.compile(*adams, steps_per_execution=at_once)
    return gan


def batches(task: str, size: int, seed: int) -> tf.data.Dataset:
    """Batches for ever: pairs of digits, or 4000 batches of points in shuffled order."""
    if task not in MIXTURES:
        digits = data.to_signed(data.load_mnist()[0][0])
        return data.batches(data.stacked_digits(digits, 25_600, seed), size, seed).repeat()
    points = data.mixture(4000 * size, seed, *MIXTURES[task]).reshape(4000, size, 2)
    return tf.data.Dataset.from_tensor_slices(points).shuffle(4000, seed=seed).repeat()


def counts(task: str, samples: np.ndarray) -> np.ndarray:
    """Samples of high quality in each mode."""
    if task not in MIXTURES:
        return modes.pair_counts(samples)
    return modes.mode_counts(samples, *MIXTURES[task])


def mode_shares(task: str) -> np.ndarray | None:
    """Shares of the modes in the data; None stands for equal ones."""
    if task in MIXTURES:
        return None
    digits = np.bincount(data.load_mnist()[0][1]) / 60_000
    return np.outer(digits, digits).ravel()


def row(task: str, method: str, seed: int) -> dict:
    """One training and its score."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(seed)
    gan, timer = compiled(task, method, seed), TimeBudget(SECONDS[task], hold_then_fall)
    size = BATCH * gan.packing
    gan.fit(
        batches(task, size, seed), steps_per_epoch=4000, epochs=1000, verbose=0, callbacks=[timer]
    )
    samples = gan.sample(DRAWN, seed=1)
    found = {"task": task, "method": method, "seed": seed, "seconds": round(timer.spent, 1)}
    found["steps"] = timer.steps * gan.steps_per_execution
    if not np.isfinite(samples).all():
        return found | {"diverged": True}
    good = counts(task, samples)
    if not good.any():
        return found | {"diverged": True}
    score = modes.mode_score(good, DRAWN, mode_shares(task))
    return found | {"diverged": False, **score._asdict(), "counts": good.tolist()}


def table(rows: list[dict]) -> str:
    """Mean ± standard deviation over the seeds of the runs that did not diverge."""
    form = "{:9}{:16}{:>13}{:>16}{:>16}{:>9}{:>9}"
    lines = [
        form.format("task", "method", "modes", "high quality", "reverse KL", "lost", "ms/step")
    ]
    for task, method in dict.fromkeys((t, m) for t, m, _ in WANTED):
        here = [r for r in rows if (r["task"], r["method"]) == (task, method)]
        alive = [r for r in here if not r["diverged"]]
        cells = []
        for name, digits in (("modes", 1), ("high_quality", 3), ("reverse_kl", 3)):
            values = [r[name] for r in alive]
            spread = np.std(values, ddof=1) if len(values) > 1 else float("nan")
            mean = np.mean(values) if values else float("nan")
            cells.append(f"{mean:.{digits}f} ± {spread:.{digits}f}")
        pace = np.mean([1000 * r["seconds"] / r["steps"] for r in here])
        cells += [f"{len(here) - len(alive)} of {len(here)}", f"{pace:.2f}"]
        lines.append(form.format(task, method, *cells))
    return "\n".join(lines)


if __name__ == "__main__":
    rows = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    done = {(r["task"], r["method"], r["seed"]) for r in rows}
    left = [each for each in WANTED if each not in done]
    # a process of its own for each run: no graph of an earlier one is left, one thread each
    with ProcessPoolExecutor(2, get_context("spawn"), max_tasks_per_child=1) as pool:
        for ended in as_completed([pool.submit(row, *each) for each in left]):
            rows.append(ended.result())
            rows.sort(key=lambda r: WANTED.index((r["task"], r["method"], r["seed"])))
            RESULTS.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
            print({k: v for k, v in ended.result().items() if k != "counts"}, flush=True)
    print(table(rows))
