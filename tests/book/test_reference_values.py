"""The known values of the theory, as the chapters' stored outputs show them."""

import re
from functools import cache

import numpy as np
import pytest

from tools.notebooks import CHAPTERS, read

NUMBER = r"(-?(?:inf|[\d.]+(?:e-?\d+)?))"

# chapter, cell, the printed text around the number #, known value, tolerance
SHOWN = [
    ("20-gan-game", "jsd", r"V\(D\*\) += #", -0.943953, 5e-7),
    ("20-gan-game", "jsd", r"JSD += +#", 0.221171, 5e-7),
    ("20-gan-game", "jsd", r"log 4 += +#", 1.386294, 5e-7),
    ("20-gan-game", "accuracy", r"max\(p, q\) dx += #", 0.7734, 5e-5),
    ("20-gan-game", "end", r"0\.00 +# +0\.6931 +50\.00%", 1.3863, 5e-5),
    ("20-gan-game", "end", r"0\.00 +1\.3863 +# +50\.00%", 0.6931, 5e-5),
    ("20-gan-game", "end", r"0\.00 +1\.3863 +0\.6931 +#%", 50, 5e-3),
    ("20-gan-game", "gradients", r"-10 +#", -4.54e-5, 5e-8),
    ("20-gan-game", "gradients", r"-10 .* #", -0.99995, 5e-6),
    ("21-training-dynamics", "simultaneous-figure", r"500 steps: #", 1.756, 5e-4),
    ("21-training-dynamics", "penalty", r"radius after 500 steps: #", 5e-6, 5e-7),
    ("22-loss-zoo", "float32", r"σ\(20\) = #", 1, 0),
    ("22-loss-zoo", "float32", r"log\(1 - σ\(20\)\) = #", -np.inf, 0),
    ("22-loss-zoo", "float32", r"from the logit: #", -20, 0),
    ("22-loss-zoo", "clip", r"-20\.0 +20\.000 +-1\.000 +#", 16.118, 5e-4),
    ("22-loss-zoo", "clip", r"-20\.0 +20\.000 +-1\.000 +16\.118 +#", 0, 0),
    ("23-article-formulas", "term", r"\nd = 0 +#", 0.693, 5e-4),
    ("23-article-formulas", "term", r"\nd = 5 +#", 0.0067, 5e-5),
    ("30-exact-vae", "kl", r"\|\| N\(0, 1\)\) = #", 0.56315, 5e-6),
    ("30-exact-vae", "monte-carlo", r"\n10000 +\S+ +#", 0.0064, 1e-4),
    ("30-exact-vae", "monte-carlo", r"\n10000 +#", 0.56315, 4 * 0.0064),
    ("30-exact-vae", "monte-carlo", r"\n1000000 +\S+ +#", 0.00064, 1e-5),
    ("30-exact-vae", "monte-carlo", r"\n1000000 +#", 0.56315, 4 * 0.00064),
    ("30-exact-vae", "wide", r"log p\(x\) #", -9.838, 0),
    # the known ones have Monte Carlo noise themselves
    ("30-exact-vae", "wide", r"\n1 +\d+ +#", -10.353, 0.1),
    ("30-exact-vae", "wide", r"\n5 +\d+ +#", -9.912, 0.03),
    ("30-exact-vae", "wide", r"\n50 +\d+ +#", -9.834, 0.02),
    ("30-exact-vae", "wide", r"\n500 +\d+ +#", -9.838, 0.005),
    ("30-exact-vae", "gradients", r"\nreparam.* 2 +#", 4, 0.03),
    ("30-exact-vae", "gradients", r"\nscore.* 2 +#", 30, 0.8),
    ("30-exact-vae", "gradients", r"\nreparameterised +#", 2, 0.008),
    ("30-exact-vae", "dimensions-figure", r"d = 100: variance #", 41412, 0),
]


@cache
def cells(chapter: str) -> list:
    return read(CHAPTERS / f"{chapter}.ipynb").cells


@pytest.mark.parametrize(("chapter", "cell_id", "text", "known", "tolerance"), SHOWN)
def test_known_value_stands_in_the_stored_output(chapter, cell_id, text, known, tolerance):
    (cell,) = (cell for cell in cells(chapter) if cell.id == cell_id)
    shown = [out.get("data", {}).get("text/plain", "") for out in cell.outputs]  # tables
    printed = "\n" + "\n".join(out.get("text", "") for out in cell.outputs) + "\n".join(shown)
    found = re.search(text.replace("#", NUMBER), printed)
    assert found, f"{text!r} is not in the output of {cell_id}:\n{printed}"
    assert float(found[1]) == pytest.approx(known, rel=0, abs=tolerance)
