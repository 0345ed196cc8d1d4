"""What Keras models of several networks share: saving, seeds, several optimisers.

A subclass names its parts in four tables, and `compile`, `save` and `load_model` then treat it like
any Keras model.
"""

from typing import Any, ClassVar, Self

import keras

__all__ = ["Composite"]


class Composite(keras.Model):
    """A Keras model made of several networks, saved and loaded as one.

    Attributes of the class, for a subclass to set:
        NETWORKS: attributes that hold a network; `__init__` takes each under the same name.
        OPTIONS: the other arguments of `__init__` → the attribute that holds the value.
        SEEDS: a name in the saved file → the attribute that holds a seed generator, which Keras
            does not save. A loaded model then draws what the saved one would have drawn next.
        OPTIMIZERS: attributes that hold an optimiser.
    """

    NETWORKS: ClassVar[tuple[str, ...]] = ()
    OPTIONS: ClassVar[dict[str, str]] = {}
    SEEDS: ClassVar[dict[str, str]] = {}
    OPTIMIZERS: ClassVar[tuple[str, ...]] = ("optimizer",)

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """The optimisers of the compiled model, as many as it trains with."""
        found = (getattr(self, name, None) for name in self.OPTIMIZERS)
        return [each for each in found if each is not None]

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to build the same, untrained model."""
        networks = {name: getattr(self, name) for name in self.NETWORKS}
        return {
            **super().get_config(),
            **{name: keras.saving.serialize_keras_object(net) for name, net in networks.items()},
            **{option: getattr(self, name) for option, name in self.OPTIONS.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The model that `get_config` described."""
        networks = {
            name: keras.saving.deserialize_keras_object(config[name]) for name in cls.NETWORKS
        }
        return cls(**(config | networks))

    def get_compile_config(self) -> dict[str, Any] | None:
        """The optimisers, for `load_model`; None before `compile`."""
        if self.OPTIMIZERS == ("optimizer",) or not self.compiled:
            return super().get_compile_config()
        found = {name: getattr(self, name) for name in self.OPTIMIZERS}
        return {name: keras.saving.serialize_keras_object(each) for name, each in found.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with the optimisers that `get_compile_config` described."""
        if self.OPTIMIZERS == ("optimizer",):
            super().compile_from_config(config)
        else:
            self.compile(**keras.saving.deserialize_keras_object(config))

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Add where each seed generator stands: Keras does not save them."""
        for name, attribute in self.SEEDS.items():
            store[name] = getattr(self, attribute).state.numpy()

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Take the draws up where `save_own_variables` left them."""
        for name, attribute in self.SEEDS.items():
            getattr(self, attribute).state.assign(store[name])
