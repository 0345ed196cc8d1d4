"""What networks must be before a model is made of them, or an error that says how to mend it."""

import reprlib
from typing import Any

import keras
from keras import layers

from aigc_lib import checks

__all__ = [
    "check_cycle",
    "check_game",
    "check_logits",
    "check_network",
    "check_pair",
    "check_trainable",
]

# What changes only the shape of what came before, or nothing once trained.
_PASSING = (layers.Reshape, layers.Flatten, layers.Concatenate, layers.Dropout, layers.Identity)
_PROBABILITIES = ("sigmoid", "softmax", "hard_sigmoid")


def check_network(network: Any, name: str) -> None:
    """Raise a TypeError unless `network` is a Keras model whose shapes are known.

    A model by subclassing says its shapes only when it is called: it can't be copied or saved here.
    """
    known = getattr(network, "inputs", None) and getattr(network, "outputs", None)
    if not isinstance(network, keras.Model) or not known or len(network.inputs) > 1:
        kind = reprlib.repr(network)
        raise TypeError(
            f"expected the {name} to be a Sequential or functional Keras model with one "
            f"keras.Input, but got {kind}. Begin it with keras.Input(shape), or wrap it: "
            "keras.Sequential([keras.Input(shape), layer])."
        )


def check_trainable(several: bool, **networks: keras.Model) -> None:
    """Raise a ValueError if there is nothing to train.

    Args:
        several: whether each network has to learn; else one of them is enough.
        networks: name → network.
    """
    frozen = [name for name, network in networks.items() if not network.trainable_variables]
    if frozen and (several or len(frozen) == len(networks)):
        raise ValueError(
            f"expected weights to train, but those of the {' and the '.join(frozen)} are all "
            "frozen: nothing would learn there, and what trains against it would win at once. Set "
            ".trainable = True, then compile again."
        )


def check_logits(network: keras.Model, name: str) -> None:
    """Raise a ValueError if an output of the network is a probability.

    The losses read logits a, any number, and take the sigmoid themselves: of a sigmoid's output it
    would lie between 0.5 and 0.73, and no sample could be told from another.
    """
    for tensor in network.outputs:
        end = _last_activation(tensor)
        if end in _PROBABILITIES:
            raise ValueError(
                f"expected a {name} that ends in logits, but got one that ends in a {end}: the "
                "loss takes it itself. Leave the last activation out."
            )


def _last_activation(tensor: keras.KerasTensor) -> str:
    """Name of the function that gave a network's output; "" where there is none."""
    operation, node, place = tensor._keras_history
    if isinstance(operation, keras.Model):  # a network within the network
        inner = getattr(operation, "outputs", None)
        return _last_activation(inner[place]) if inner else ""
    if isinstance(operation, _PASSING) or type(operation).__name__ == "Concatenate":
        inputs = operation._inbound_nodes[node].input_tensors
        found = [_last_activation(each) for each in inputs]
        return next((each for each in found if each in _PROBABILITIES), "")
    activation = getattr(operation, "activation", None)
    if activation is None:
        return _snake(type(operation).__name__)
    if activation is keras.activations.linear and isinstance(operation, layers.Activation):
        return _last_activation(operation._inbound_nodes[node].input_tensors[0])
    return getattr(activation, "__name__", "")


def _snake(name: str) -> str:
    """HardSigmoid → hard_sigmoid."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def check_pair(encoder: keras.Model, decoder: keras.Model, outputs: int) -> None:
    """Raise a ValueError unless a VAE can be made of the two networks.

    Args:
        encoder: samples → [mean, log-variance] of the code, (n, latent_dim) each.
        decoder: (n, latent_dim) → as many `outputs`, the first of the samples' shape.
    """
    check_network(encoder, "encoder")
    check_network(decoder, "decoder")
    checks.whole(outputs, "outputs")
    if (len(encoder.outputs), len(decoder.outputs)) != (2, outputs):
        raise ValueError(
            f"expected an encoder with 2 outputs (mean and log-variance) and a decoder with "
            f"{outputs}, but got {len(encoder.outputs)} and {len(decoder.outputs)}. A Bernoulli "
            "likelihood takes one output of the decoder, a Gaussian one two."
        )
    sizes = [*(code.shape[-1] for code in encoder.outputs), decoder.input_shape[-1]]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"expected one latent_dim, but the encoder gives codes of {sizes[0]} (mean) and "
            f"{sizes[1]} (log-variance) numbers, and the decoder takes {sizes[2]}. Make them equal."
        )
    read, drawn = encoder.inputs[0].shape[1:], decoder.outputs[0].shape[1:]
    if read != drawn:
        raise ValueError(
            f"expected one shape of samples, but the encoder reads {read} and the decoder draws "
            f"{drawn}. Make the shapes equal."
        )


def check_game(
    generator: keras.Model, discriminator: keras.Model, logits: int, packing: int
) -> None:
    """Raise a ValueError or TypeError unless a GAN can be made of the two networks.

    Args:
        generator: noise (n, latent_dim) → samples.
        discriminator: packs of so many samples → so many `logits`, shape (n, logits).
    """
    check_network(generator, "generator")
    check_network(discriminator, "discriminator")
    if len(generator.input_shape) != 2:
        raise ValueError(
            f"expected a generator that reads noise of shape (n, latent_dim), but it reads "
            f"{generator.input_shape}. Begin it with keras.Input((latent_dim,))."
        )
    *size, channels = generator.output_shape[1:]
    if (*size, packing * channels) != discriminator.input_shape[1:]:
        raise ValueError(
            f"expected one shape of samples, but the generator draws {generator.output_shape[1:]} "
            f"and the discriminator reads {discriminator.input_shape[1:]}. Make the shapes equal; "
            "with packs of m the discriminator's last number is m times as large."
        )
    if discriminator.output_shape[1:] != (logits,):
        raise ValueError(
            f"expected a discriminator that gives logits of shape (n, {logits}), as the loss reads "
            f"them, but it gives {discriminator.output_shape}. For the loss 'dual' "
            "networks.two_discriminators joins a pair."
        )
    check_logits(discriminator, "discriminator")


def check_cycle(
    to_b: keras.Model,
    to_a: keras.Model,
    discriminator_a: keras.Model,
    discriminator_b: keras.Model,
) -> None:
    """Raise a ValueError or TypeError unless a CycleGAN can be made of the four networks.

    Args:
        to_b, to_a: pictures → pictures, all of one shape.
        discriminator_a, discriminator_b: such pictures → one logit each, or one for each patch.
    """
    translators = {"to_b": to_b, "to_a": to_a}
    judges = {"discriminator_a": discriminator_a, "discriminator_b": discriminator_b}
    networks = translators | judges
    for name, network in networks.items():
        check_network(network, name)
    if len({id(each) for each in networks.values()}) < 4:
        raise ValueError(
            f"expected four networks, but got one object twice among {', '.join(networks)}: each "
            "domain has a discriminator, each direction a translator of its own. Build another."
        )
    shapes = {
        **{f"{name} reads": each.input_shape[1:] for name, each in networks.items()},
        **{f"{name} draws": each.output_shape[1:] for name, each in translators.items()},
    }
    if len(set(shapes.values())) > 1 or len(to_b.input_shape) != 4:
        said = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(
            f"expected one shape of pictures, (height, width, channels), but {said}. Make them "
            "equal: resize or pad the pictures of one domain, or give both as many channels."
        )
    for name, judge in judges.items():
        given = judge.output_shape
        if len(judge.outputs) > 1 or len(given) not in (2, 4) or given[-1] != 1:
            raise ValueError(
                f"expected a {name} that gives logits of shape (n, 1), or (n, height, width, 1) "
                f"for patches, but it gives {given}. translators.patches builds one."
            )
        check_logits(judge, name)
