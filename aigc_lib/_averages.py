"""Networks that follow others: averages of weights over the steps of a training.

Source: Yazıcı et al. 2018, https://arxiv.org/abs/1806.04498
"""

import keras

from aigc_lib import checks


def decay(ema_decay: float) -> float:
    """β of `follow`: a number in [0, 1), or an error."""
    beta = checks.number(ema_decay, "ema_decay", least=0)
    if beta >= 1:
        raise ValueError(f"expected 0 ≤ ema_decay < 1, but got {ema_decay}. Try 0.99.")
    return beta


def copy_of(network: keras.Model) -> keras.Model:
    """Another network with the same weights."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def follow(average: keras.Model, network: keras.Model, beta: float) -> None:
    """w̄ ← β w̄ + (1 - β) w for each weight."""
    for mean, weight in zip(average.weights, network.weights, strict=True):
        mean.assign(beta * mean + (1 - beta) * weight)
