"""Trains every model a little, on one device, two, or in two processes; prints what came out."""

import json
import sys
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf
from cases import CASES
from helpers import flat

from aigc_lib import losses, networks, penalties
from aigc_lib.budget import TimeBudget
from aigc_lib.gan import GAN


def strategy(kind: str) -> tf.distribute.Strategy | None:
    """One device, two on this machine, or two processes as TF_CONFIG says."""
    if kind == "workers":
        return tf.distribute.MultiWorkerMirroredStrategy()
    devices = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]) if kind == "mirrored" else None


def batch_normed(seed: int = 0) -> GAN:
    """A GAN whose generator normalises batches."""
    keras.utils.set_random_seed(seed)
    pair = networks.dcgan_generator(4, width=2), networks.dcgan_discriminator(2)
    return GAN(*pair, seed=seed)


def builds() -> dict:
    """Name → builder and samples."""
    found = {name: (case.build, case) for name, case in CASES.items()}
    gan = CASES["point GAN"]
    for loss in sorted(set(losses.GAN_LOSSES) - losses.DUAL):
        options = {"loss": loss, "penalty": penalties.gradient_penalty(1.0)}
        found[loss] = (lambda options=options: gan.build(0, **options)), gan
    return found


def main(kind: str) -> None:
    chosen, found = strategy(kind), {}
    scope = chosen.scope if chosen else nullcontext
    for name, (build, case) in builds().items():
        with scope():
            model = build()
            model.compile(*(keras.optimizers.SGD(0.05) for _ in model.OPTIMIZERS))
        history = model.fit(case.x, 16, epochs=2, shuffle=False, verbose=0).history
        found[f"{name}: history"] = [history[metric] for metric in sorted(history)]
        found[f"{name}: weights"] = float(np.abs(flat(model.get_weights())).sum())
        if kind != "workers":  # each would evaluate a part of its own
            scores = model.evaluate(case.held_out, verbose=0, return_dict=True)
            found[f"{name}: scores"] = [scores[metric] for metric in sorted(scores)]
    with scope():
        model = batch_normed()
        model.compile(*(keras.optimizers.SGD(0.01) for _ in model.OPTIMIZERS))
    images = np.random.default_rng(0).uniform(-1, 1, (16, 28, 28, 1)).astype("float32")
    model.fit(images, 8, shuffle=False, verbose=0)
    found["batch norm"] = float(np.abs(flat(model.get_weights())).sum())
    found["unsynchronised"] = ""
    if chosen:
        z = [keras.Input((2,)), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
        with scope():
            try:
                GAN(keras.Sequential(z), networks.mlp(2, 1, 4, 1)).compile()
            except ValueError as error:
                found["unsynchronised"] = str(error)
    if kind == "workers":
        try:
            model.fit(images, 8, verbose=0, callbacks=[TimeBudget(1)])
        except ValueError as error:
            found["clock"] = str(error)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
