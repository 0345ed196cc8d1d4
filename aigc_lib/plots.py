"""The figures of the course: grids of images, curves of a training, maps of codes."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_lib import checks
from aigc_lib._tones import COLOURS, INK

__all__ = ["COLOURS", "INK", "image_grid", "latent_map", "training_curves", "use_style"]


def use_style() -> None:
    """Set the course's look for all figures that follow.

    They have no ground of their own: axes, labels and curves read on white and on dark pages.
    """
    plt.rcParams.update(
        {
            "axes.prop_cycle": plt.cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "grid.color": INK,
            **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor"), INK),
            **dict.fromkeys(("xtick.color", "ytick.color", "patch.edgecolor"), INK),
            "figure.dpi": 120,
            **dict.fromkeys(("figure.facecolor", "axes.facecolor"), "none"),
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "legend.frameon": False,
        }
    )


def image_grid(
    images: ArrayLike,
    columns: int = 8,
    low: float = -1.0,
    high: float = 1.0,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    inches: float = 0.62,
) -> Figure:
    """Images side by side, row by row, grey or in colour.

    Of grey images `low` is drawn as white paper and `high` as black ink; of coloured ones, red,
    green and blue, `low` is dark and `high` is light, as on a screen.

    Args:
        images: shape (n, height, width), or (n, height, width, channels) with 1 channel or,
            in colour, 3.
        columns: images in a row.
        low, high: the scale of the pixels; what lies outside is drawn as the nearer of the two.
        row_labels: one text for each row, or none.
        column_labels: one text for each column, or none.
        inches: width of one image.

    Raises:
        ValueError: no image, another shape, NaN, low ≥ high, or labels that do not match rows or
            columns.
        TypeError: a number of another kind, or one text in place of several labels.
    """
    columns, inches = checks.whole(columns, "columns"), checks.number(inches, "inches", above=0)
    low = checks.number(low, "low")
    high = checks.number(high, "high", above=low)
    images = checks.array(images)
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    coloured = images.ndim == 4 and images.shape[-1] == 3
    if not (coloured or images.ndim == 3) or images.size == 0:
        raise ValueError(
            f"expected images of shape (n, height, width), with an axis of 1 or 3 channels or "
            f"none, and each size ≥ 1, but got {images.shape}."
        )
    checks.finite(images)
    height, width, *channels = images.shape[1:]
    rows = -(-len(images) // columns)
    for labels, wanted, what in ((row_labels, rows, "row"), (column_labels, columns, "column")):
        if isinstance(labels, str) or not hasattr(labels, "__len__"):
            raise TypeError(f"expected a list of {what} labels, but got {labels!r}.")
        if len(labels) not in (0, wanted):
            raise ValueError(f"expected {wanted} {what} labels or none, but got {len(labels)}.")

    gap = 2  # pixels of paper between images
    paper = high if coloured else low
    across, down = columns * (width + gap), rows * (height + gap)
    sheet = np.full((down, across, *channels), paper, dtype="float32")
    for i, image in enumerate(images):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image

    size = (inches * columns + 1.2 * bool(row_labels), inches * rows + 0.3 * bool(column_labels))
    fig, ax = plt.subplots(figsize=size)
    if coloured:
        ax.imshow(np.clip((sheet - low) / (high - low), 0, 1), interpolation="nearest")
    else:
        ax.imshow(sheet, cmap="gray_r", vmin=low, vmax=high, interpolation="nearest")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.set_xticks((np.arange(len(column_labels)) + 0.5) * (width + gap), column_labels)
    ax.set_yticks((np.arange(len(row_labels)) + 0.5) * (height + gap), row_labels)
    ax.tick_params(length=0)
    return fig


def training_curves(
    history: Mapping[str, Sequence[float]], xlabel: str = "epoch", loss: str = "non-saturating"
) -> Figure:
    """Both losses and the discriminator's accuracy over a GAN's training.

    Dotted lines: what they read when the discriminator can only guess, D = 1/2, or D₁ = D₂ = 1
    for the loss "dual".

    Args:
        history: `d_loss`, `g_loss` and `d_accuracy` in 0 … 1, one value an epoch, as in
            `gan.fit(…).history`. NaN leaves a gap.
        xlabel: what one step along the axis is.
        loss: the GAN's, a name in `losses.GAN_LOSSES`.

    Raises:
        ValueError: one of the three is not there, has another length or no value; another loss.
        TypeError: something else than a mapping.
    """
    curves = _curves(history)
    steps = np.arange(1, len(curves["d_loss"]) + 1)
    unit, guessing = _guessing(loss)
    fig, (losses, accuracy) = plt.subplots(1, 2, figsize=(9, 3.4))
    for i, name in enumerate(("d_loss", "g_loss")):
        losses.plot(steps, curves[name], "os"[i] + "-", color=COLOURS[i], label=name)
        losses.axhline(guessing[i], color=COLOURS[i], linestyle=":")
    lowest = np.nanmin([*curves["d_loss"], *curves["g_loss"], *guessing])
    bottom = None if lowest < 0 else 0  # None: as low as the curves go
    losses.set(xlabel=xlabel, ylabel=f"loss{unit}", ylim=(bottom, None))
    losses.legend()
    accuracy.plot(steps, curves["d_accuracy"], "^-", color=COLOURS[2])
    accuracy.axhline(0.5, color=COLOURS[2], linestyle=":")
    least = 0.0 if np.nanmin(curves["d_accuracy"]) < 0.4 else 0.4
    accuracy.set(xlabel=xlabel, ylabel="discriminator's accuracy", ylim=(least, 1))
    return fig


def _curves(history: Mapping[str, Sequence[float]]) -> dict[str, np.ndarray]:
    """The three curves of a history, or the errors of `training_curves`."""
    names = ("d_loss", "g_loss", "d_accuracy")
    if not isinstance(history, Mapping):
        raise TypeError(
            f"expected a history, name → values, but got {type(history).__name__}. Pass "
            "gan.fit(...).history."
        )
    missing = set(names) - set(history)
    if missing:
        raise ValueError(
            f"expected a history with d_loss, g_loss and d_accuracy, but {sorted(missing)} "
            f"is missing from {sorted(map(str, history))}. Pass gan.fit(...).history."
        )
    curves = {name: checks.array(history[name]).astype(float) for name in names}
    shapes = {name: curve.shape for name, curve in curves.items()}
    if len(set(shapes.values())) > 1 or any(curve.ndim != 1 for curve in curves.values()):
        raise ValueError(f"expected one value an epoch in each of the three, but got {shapes}.")
    if any(np.isnan(curve).all() for curve in curves.values()):  # none at all, too
        raise ValueError(f"expected at least one value in each, but got {curves}: no curve.")
    return curves


def _guessing(loss: str) -> tuple[str, list[float]]:
    """The unit of a GAN's losses, and what both read when the discriminator can only guess."""
    from aigc_lib.losses import DUAL, GAN_LOSSES, IN_NATS  # TensorFlow loads here, if at all

    pair = GAN_LOSSES[checks.choice(loss, "loss", GAN_LOSSES)]
    dual = loss in DUAL  # there D = softplus(a) is a score, α p/q and β q/p at best: 1
    logits = np.full((1, 2), np.log(np.expm1(1.0))) if dual else np.zeros((1, 1))
    unit = " (nats)" if loss in IN_NATS else ""
    return unit, [float(each(logits, logits)) for each in pair]


def latent_map(codes: ArrayLike, labels: ArrayLike) -> Figure:
    """Codes of two numbers as points, coloured by label; each label stands at its median.

    Args:
        codes: shape (n, 2).
        labels: integers from 0 to 9, shape (n,).

    Raises:
        ValueError: another shape, NaN, or labels that are no digits or do not match the codes.
    """
    codes, labels = checks.array(codes), checks.array(labels)
    if codes.ndim != 2 or codes.shape[1] != 2 or labels.shape != codes.shape[:1]:
        raise ValueError(
            f"expected codes of shape (n, 2) and labels of shape (n,), but got {codes.shape} and "
            f"{labels.shape}. Longer codes need a projection first."
        )
    checks.finite(codes)
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() > 9:
        raise ValueError(
            f"expected integer labels from 0 to 9, but got {labels.dtype}, {labels.min()} … "
            f"{labels.max()}."
        )
    fig, ax = plt.subplots(figsize=(6, 5.4))
    ax.scatter(*codes.T, c=labels, cmap="tab10", vmin=-0.5, vmax=9.5, s=3, alpha=0.5)
    for label in np.unique(labels):
        middle = np.median(codes[labels == label], axis=0)
        box = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "black"}
        ax.text(  # colour is not all
            *middle, str(label), ha="center", va="center", color="black", bbox=box
        )
    ax.set(xlabel="z₁", ylabel="z₂", aspect="equal")
    return fig
