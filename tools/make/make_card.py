"""Draw _static/card.png, the picture that a shared link to the course shows (1200 × 630).

python -m tools.make.make_card
"""

import matplotlib.pyplot as plt

from tools import ROOT, files


def main() -> None:
    """The title above the digits of chapter 12, white on both so that no platform's frame hurts."""
    digits = plt.imread(ROOT / "chapters/images/digits.png")
    figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    figure.text(0.06, 0.80, "Generative models, measured", fontsize=44, weight="bold")
    line = "GANs and VAEs: each formula derived, each claim tested, each cell run."
    figure.text(0.06, 0.68, line, fontsize=19)
    axes = figure.add_axes([0.06, 0.08, 0.88, 0.50])
    axes.imshow(digits)
    axes.axis("off")
    with files.replacing(ROOT / "_static/card.png") as part:
        figure.savefig(part)


if __name__ == "__main__":
    main()
