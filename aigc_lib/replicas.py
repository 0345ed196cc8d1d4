"""Several devices, one step: what `tf.distribute` asks of a model's own training step.

Each replica sees a part of the batch. Random numbers are drawn for the whole batch on each of them,
and each takes its own rows, so that a step equals that of one device on the joint batch. Keras adds
the gradients of all replicas up: a loss, a mean over the replica's samples, counts 1/replicas.

Two things are equal in law only: packs, which join samples of one replica, and what a layer draws
itself, such as dropout.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

__all__ = ["check", "count", "own_part", "reported", "several_workers", "value"]


def count() -> int:
    """How many replicas train in step: 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def value(variable: keras.Variable) -> float:
    """The number in a variable, on several devices that of the first."""
    return keras.ops.convert_to_numpy(variable.value).item()


def several_workers() -> bool:
    """Whether other processes take part, perhaps on other machines."""
    strategy = tf.distribute.get_strategy()
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) and count() > 1


def own_part(draw: Callable[[tf.Tensor], tf.Tensor], n: tf.Tensor, axis: int = 0) -> tf.Tensor:
    """The n rows of this replica out of those that `draw` gives for all replicas together.

    Args:
        draw: a number of rows → a tensor of random numbers with so many along the axis.
        n: samples of this replica; as many on each.
        axis: along which the samples lie.
    """
    context = tf.distribute.get_replica_context()
    if count() == 1 or context is None:  # None: no step of all replicas, such as an evaluation
        return draw(n)
    replica = context.replica_id_in_sync_group
    return tf.gather(draw(n * count()), replica * n + tf.range(n), axis=axis)


def reported(logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """What a step reports, in the shape that Keras wants of it.

    With several workers Keras 3 takes the mean along the first axis, which a number has not.
    """
    if several_workers():
        return {name: tf.reshape(value, [1]) for name, value in logs.items()}
    return logs


def check(*networks: keras.Model) -> None:
    """Raise a ValueError if a network would see another batch than on one device."""
    if count() == 1:
        return
    for network in networks:
        for layer in network._flatten_layers():
            alone = isinstance(layer, keras.layers.BatchNormalization) and not layer.synchronized
            if alone:
                raise ValueError(
                    f"expected batch normalisation over all {count()} replicas, but {layer.name!r} "
                    "sees only one's samples. Use BatchNormalization(synchronized=True), as the "
                    "builders of aigc_lib.networks do within strategy.scope()."
                )
