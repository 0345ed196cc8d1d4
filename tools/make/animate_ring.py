"""Draw the moving picture that the library ships: ring.webp, and ring.png, its last frame.

    python -m tools.make.animate_ring

Two GANs on the ring of eight, the plain one and R3GAN, with the settings of
bench/mode_collapse.py but a constant step size and no average, so that one sees the generator
itself: about two minutes.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from aigc_lib import data, mixtures, modes, penalties, plots, recipes
from tools.make import moving

STEPS, FRAMES, SEED, BATCH, SIGMA = 20_000, 48, 1, 128, 0.01
METHODS = {
    "non-saturating": {},
    "R3GAN": {"loss": "relativistic", "penalty": (penalties.r1(0.05), penalties.r2(0.05))},
}


def stops() -> np.ndarray:
    """The steps at which a frame is taken: close at first, later farther apart."""
    return 50 * np.rint(np.linspace(1, (STEPS / 50) ** 0.5, FRAMES) ** 2).astype(int)


def training(options: dict) -> list[np.ndarray]:
    """1000 samples at each stop of one training."""
    gan = recipes.point_gan(SEED, ema_decay=0.0, **options)
    points = mixtures.ring(4000 * BATCH, SEED, sigma=SIGMA)
    real = data.batches_of_points(points, BATCH, SEED).repeat()
    frames, before = [], 0
    for stop in stops():
        gan.fit(real, steps_per_epoch=stop - before, verbose=0)
        frames.append(gan.sample(1000, seed=1))
        before = stop
    return frames


def draw(step: int, samples: dict[str, np.ndarray]) -> Figure:
    """One frame: a panel for each training."""
    fig, axes = plt.subplots(1, 2, figsize=(5.6, 3.2))
    fig.set_facecolor("white")  # opaque: alpha of many small points would take a megabyte
    for ax, (name, points), colour in zip(axes, samples.items(), plots.COLOURS, strict=False):
        covered = np.count_nonzero(modes.mode_counts(points, mixtures.ring_centres(), SIGMA))
        ax.plot(*mixtures.ring_centres().T, "o", color=plots.INK, markersize=13, fillstyle="none")
        ax.plot(*points.T, ".", color=colour, markersize=2)
        ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[-1, 0, 1])
        ax.set(yticks=[-1, 0, 1], title=f"{name}: {covered} of 8")
    fig.suptitle(f"step {step}", fontsize=11)
    return fig


if __name__ == "__main__":
    plots.use_style()
    runs = {name: training(options) for name, options in METHODS.items()}
    pictures = [
        moving.picture(draw(step, {name: frames[i] for name, frames in runs.items()}))
        for i, step in enumerate(stops())
    ]
    moving.write("ring", pictures)
