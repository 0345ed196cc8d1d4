"""Draw the moving picture that the library ships: ring.webp, and ring.png, its last frame.

    python -m tools.make.animate_ring

Two GANs on the ring of eight, the plain one and R3GAN, with the settings of
bench/mode_collapse.py but a constant step size and no average, so that one sees the generator
itself: about two minutes.
"""

import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from aigc_lib import data, mixtures, modes, penalties, plots, recipes
from tools import files
from tools.make.sums import ASSETS, record

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
    for ax, (name, points), colour in zip(axes, samples.items(), plots.COLOURS, strict=False):
        covered = np.count_nonzero(modes.mode_counts(points, mixtures.ring_centres(), SIGMA))
        ax.plot(*mixtures.ring_centres().T, "o", color="0.75", markersize=13, fillstyle="none")
        ax.plot(*points.T, ".", color=colour, markersize=2)
        ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[-1, 0, 1])
        ax.set(yticks=[-1, 0, 1], title=f"{name}: {covered} of 8")
    fig.suptitle(f"step {step}", fontsize=11)
    return fig


def picture(fig: Figure) -> Image.Image:
    """The figure as pixels."""
    file = io.BytesIO()
    fig.savefig(file, dpi=100)
    plt.close(fig)
    return Image.open(file).convert("RGB")


if __name__ == "__main__":
    plots.use_style()
    runs = {name: training(options) for name, options in METHODS.items()}
    pictures = [
        picture(draw(step, {name: frames[i] for name, frames in runs.items()}))
        for i, step in enumerate(stops())
    ]
    pauses = [100] * (FRAMES - 1) + [2500]  # milliseconds
    options = {"save_all": True, "append_images": pictures[1:], "duration": pauses, "loop": 0}
    with files.replacing(ASSETS / "ring.webp") as part:
        pictures[0].save(part, **options, quality=60, method=6)
    with files.replacing(ASSETS / "ring.png") as part:
        pictures[-1].save(part, optimize=True)
    for name in ("ring.webp", "ring.png"):
        size = (ASSETS / name).stat().st_size
        print(f"{name}: {size / 1e6:.2f} MB, SHA-256 {record(ASSETS / name)}")
