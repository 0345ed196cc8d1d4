"""Measure the two ends of every table of metrics: aigc_lib/judging_bounds.json. `make bounds`.

floor     the first 10 000 training images: real digits, and all of them copies
ceiling   10 000 images of uniform noise
"""

import json

import numpy as np

from aigc_lib import data, metrics

if __name__ == "__main__":
    (x_train, _), _ = data.load_mnist()
    noise = np.random.default_rng(0).uniform(-1, 1, (metrics.JUDGED, 28, 28, 1))
    ends = {
        "floor": metrics.measure(data.to_signed(x_train[: metrics.JUDGED])),
        "ceiling": metrics.measure(noise.astype("float32")),
    }
    metrics.BOUNDS.write_text(json.dumps(ends, indent=1) + "\n")
    print(metrics.table({}))
