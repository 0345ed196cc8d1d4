"""Draw vae-holes.webp: the holes in the plane of codes close as β rises (chapter 31).

    python -m tools.make.animate_vae_holes

One VAE of two latent numbers is trained on while β goes up, from nearly an autoencoder to the
VAE itself: about three minutes on two processor cores.
"""

import keras
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.pyplot import subplots
from scipy.spatial import cKDTree

from aigc_lib import data, networks, plots
from aigc_lib.vae import VAE
from tools.make import moving

FRAMES, STEPS, BATCH, SHOWN, DRAWN = 24, 150, 128, 1500, 2000
NEAR = 0.2  # a draw with no code so near lies in a hole


def betas() -> np.ndarray:
    """β of each frame, from 0.0001 to 1 by equal factors."""
    return np.geomspace(1e-4, 1, FRAMES)


def frames() -> tuple[list[np.ndarray], np.ndarray]:
    """The codes of the first test images after each β's steps, (SHOWN, 2) each; their labels."""
    keras.utils.set_random_seed(0)
    (train, _), (test, labels) = data.load_mnist()
    batches = data.batches(data.to_unit(train), BATCH, seed=0).repeat()
    test = data.to_unit(test[:SHOWN])
    vae = VAE(networks.mlp_encoder(2, 256), networks.mlp_decoder(2, 256), seed=0)
    vae.beta = betas()[0]
    codes = []
    vae.compile(keras.optimizers.Adam(2e-3))
    vae.fit(batches, steps_per_epoch=10 * STEPS, verbose=0)
    for beta in betas():
        vae.beta = float(beta)
        vae.compile(vae.optimizer)  # β is part of the compiled step
        vae.fit(batches, steps_per_epoch=STEPS, verbose=0)
        codes.append(vae.encoder.predict(test, verbose=0)[0])
        print(f"β {beta:.3f}: {holes(codes[-1]):.0%} in holes, spread {codes[-1].std():.1f}")
    return codes, labels[:SHOWN]


def holes(codes: np.ndarray) -> float:
    """Share of draws from N(0, I) that have no code near them."""
    draws = np.random.default_rng(0).standard_normal((DRAWN, 2))
    return float((cKDTree(codes).query(draws)[0] > NEAR).mean())


def draw(beta: float, codes: np.ndarray, labels: np.ndarray) -> Figure:
    """One frame: codes coloured by digit, and the circle in which 95 % of the prior lies."""
    fig, ax = subplots(figsize=(3.8, 4.1))
    ax.set_facecolor("white")  # opaque: alpha of many small points would take a megabyte
    ax.scatter(*codes.T, c=labels, cmap="tab10", vmin=-0.5, vmax=9.5, s=5)
    radius = np.sqrt(-2 * np.log(0.05))
    ax.add_patch(Circle((0, 0), radius, fill=False, color=plots.INK, linewidth=2))
    ax.set(xlim=(-4, 4), ylim=(-4, 4), aspect="equal", xlabel="z₁", ylabel="z₂")
    ax.grid(False)
    ax.set_title(f"β = {beta:.1g}\n{holes(codes):.0%} of the draws have no code near", fontsize=11)
    return fig


def main() -> None:
    """Train and draw."""
    plots.use_style()
    codes, labels = frames()
    rows = zip(betas(), codes, strict=True)
    moving.write("vae-holes", [moving.picture(draw(b, c, labels)) for b, c in rows], 220, 30)


if __name__ == "__main__":
    main()
