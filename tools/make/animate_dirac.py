"""Draw dirac.webp: the spiral of the smallest GAN, and the way home with a penalty (chapter 21).

python -m tools.make.animate_dirac
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from aigc_lib import plots
from tools.make import moving

STEPS, FRAMES, H, GAMMA = 500, 56, 0.1, 0.5
RUNS = {"both at once": 0.0, "with a penalty": GAMMA}  # → weight of the penalty on ψ


def path(gamma: float) -> np.ndarray:
    """(θ, ψ) after 0 … STEPS simultaneous steps of size H, from (1, 0); shape (STEPS + 1, 2)."""
    points = [(1.0, 0.0)]
    for _ in range(STEPS):
        theta, psi = points[-1]
        push = 1 / (1 + np.exp(-psi * theta))
        points.append((theta + H * psi * push, psi - H * (theta * push + gamma * psi)))
    return np.array(points)


def panel(ax: Axes, points: np.ndarray, name: str, colour: str) -> None:
    """One game: the way so far, where the players are now, and their distance from the goal."""
    ax.plot(0, 0, "o", color=plots.INK, markersize=9, fillstyle="none", markeredgewidth=1.5)
    ax.plot(*points.T, color=colour, linewidth=1.2)
    ax.plot(*points[-1], "o", color=colour, markersize=7)
    ax.set(xlim=(-2.1, 2.1), ylim=(-2.1, 2.1), aspect="equal", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    distance = np.hypot(*points[-1])
    ax.set_title(f"{name}\ndistance {distance:.2f}", fontsize=11, color=plots.INK)
    ax.set(xlabel="generator θ", ylabel="discriminator ψ")


def draw(step: int, paths: dict[str, np.ndarray]) -> Figure:
    """One frame: a panel for each game."""
    fig, axes = subplots(1, 2, figsize=(5.2, 3.1))
    for ax, (name, points), colour in zip(axes, paths.items(), plots.COLOURS[1::-1], strict=True):
        panel(ax, points[: step + 1], name, colour)
    fig.suptitle(f"step {step}", fontsize=11)
    return fig


def main() -> None:
    """A few seconds."""
    plots.use_style()
    paths = {name: path(gamma) for name, gamma in RUNS.items()}
    stops = np.rint(np.linspace(0, STEPS, FRAMES)).astype(int)
    moving.write("dirac", [moving.picture(draw(step, paths)) for step in stops])


if __name__ == "__main__":
    main()
