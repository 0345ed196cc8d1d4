"""How far do losses lie apart on the ring, and the seeds of one loss? `python -m bench.loss_race`.

The race of chapter 22: ten settings, five seeds each. Both networks have two hidden layers of
128, the noise four numbers; 1500 steps with batches of 128, Adam 1e-3 with β₁ 0.5 and β₂ 0.99 for
both players, the averaged generator of `GAN`. 2500 points are scored as in Lin et al. 2017: of
high quality within 3 σ of a centre, a mode is covered by one such point. A run in which NaN
turned up counts as diverged, with no mode and no quality.

Chapter 22 trains the first seed of each setting itself and reads all five from here. About three
minutes for all rows.
"""

from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from aigc_lib import data, losses, mixtures, modes, penalties
from aigc_lib.gan import GAN
from aigc_lib.networks import mlp
from bench.rows import aligned, mean_sd, run

KEY = ("setting", "seed")
SIGMA, STEPS, BATCH, DRAWN, SEEDS = 0.05, 1500, 128, 2500, range(5)
R1_R2 = penalties.r1(0.1), penalties.r2(0.1)
SETTINGS = {  # name → loss, penalty
    "minimax": ("minimax", ()),
    "non-saturating": ("non-saturating", ()),
    "least-squares": ("least-squares", ()),
    "hinge": ("hinge", ()),
    "Wasserstein + GP 10": ("wasserstein", penalties.gradient_penalty(10)),
    "relativistic": ("relativistic", ()),
    "relativistic + R1 + R2": ("relativistic", R1_R2),
    "Wasserstein + GP 0.1": ("wasserstein", penalties.gradient_penalty(0.1)),
    "Wasserstein, no penalty": ("wasserstein", ()),
    "least-squares, target 0": ("least-squares", ()),  # and `towards_undecided`
}
WANTED = [(setting, seed) for setting in SETTINGS for seed in SEEDS]


def towards_undecided(fake_logits):
    """The generator's loss with the target of the theorem of Mao et al. 2016: undecided."""
    return ops.mean(fake_logits**2) / 2


def row(setting: str, seed: int) -> dict:
    """One training and its score."""
    loss, penalty = SETTINGS[setting]
    keras.utils.set_random_seed(seed)
    gan = GAN(mlp(4, 2), mlp(2, 1), loss, penalty, seed=seed)
    if setting == "least-squares, target 0":
        gan.generator_loss = losses.of_fakes(towards_undecided)
    gan.compile(*(keras.optimizers.Adam(1e-3, 0.5, 0.99) for _ in range(2)), steps_per_execution=50)
    points = mixtures.ring(200 * BATCH, seed=0, sigma=SIGMA)
    batches = data.batches_of_points(points, BATCH, seed).repeat().take(STEPS)
    gan.fit(batches, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    drawn = gan.sample(DRAWN, seed=1)
    found = {"setting": setting, "seed": seed}
    if not np.isfinite(drawn).all():
        return found | {"diverged": True, "modes": 0, "high_quality": 0.0}
    counts = modes.mode_counts(drawn, mixtures.ring_centres(), SIGMA)
    score = modes.mode_score(counts, DRAWN)
    return found | {
        "diverged": False,
        "modes": score.modes,
        "high_quality": score.high_quality,
        "counts": counts.tolist(),
    }


def measure(left: list[tuple]) -> Iterator[dict]:
    """One run after the other, as in the chapter."""
    for name in left:
        yield row(*name)


def table(rows: list[dict]) -> str:
    """Each run's modes and quality, then mean ± standard deviation over the seeds."""
    lines = []
    for setting in dict.fromkeys(row["setting"] for row in rows):
        here = [row for row in rows if row["setting"] == setting]
        quality = [row["high_quality"] for row in here]
        covered = " ".join(str(row["modes"]) for row in here)
        each = " ".join(f"{share:.2f}" for share in quality)
        lines.append((setting, covered, each, mean_sd(quality, ".2f", ".2f")))
    return aligned(("setting", "modes", "high quality", "mean ± sd"), lines)


if __name__ == "__main__":
    run(__file__, KEY, WANTED, measure, table)
