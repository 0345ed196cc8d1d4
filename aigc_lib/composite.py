"""What Keras models of several networks share: saving, seeds, several optimisers.

A subclass names its parts in four tables, and `save` and `load_model` then treat it like any Keras
model.
"""

from copy import deepcopy
from typing import Any, ClassVar, Self

import keras

__all__ = ["Composite"]

OF_KERAS = ("jit_compile", "steps_per_execution", "run_eagerly")  # options of its `compile`


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

    @property
    def networks(self) -> dict[str, keras.Model]:
        """Its networks by name."""
        return {name: getattr(self, name) for name in self.NETWORKS}

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to build the same, untrained model."""
        networks = self.networks.items()
        return {
            **super().get_config(),
            **{name: keras.saving.serialize_keras_object(net) for name, net in networks},
            **{option: getattr(self, name) for option, name in self.OPTIONS.items()},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The model that `get_config` described; the dict stays as it is."""
        config = deepcopy(config)
        networks = {
            name: keras.saving.deserialize_keras_object(config[name]) for name in cls.NETWORKS
        }
        return cls(**(config | networks))

    def get_compile_config(self) -> dict[str, Any] | None:
        """The optimisers and Keras's own options, for `load_model`; None before `compile`."""
        if not self.compiled:
            return None
        found = {name: getattr(self, name) for name in self.OPTIMIZERS}
        found = {name: keras.saving.serialize_keras_object(each) for name, each in found.items()}
        return found | {name: getattr(self, name) for name in OF_KERAS}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as `get_compile_config` described."""
        known = {name: config[name] for name in (*self.OPTIMIZERS, *OF_KERAS) if name in config}
        self.compile(**keras.saving.deserialize_keras_object(known))

    def seed_states(self) -> dict[str, Any]:
        """Name in the file → state of a seed generator, this model's and its layers' (dropout)."""
        states = {name: getattr(self, attribute).state for name, attribute in self.SEEDS.items()}
        for name, network in self.networks.items():
            found = [v for v in network.variables if v.path.endswith("seed_generator_state")]
            states |= {f"{name}_seed_{i}": variable for i, variable in enumerate(found)}
        return states

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Add where each seed generator stands: Keras does not save them."""
        for name, state in self.seed_states().items():
            store[name] = keras.ops.convert_to_numpy(state.value)

    def load_own_variables(self, store: dict[str, Any]) -> None:
        """Take the draws up where `save_own_variables` left them; older files have fewer."""
        for name, state in self.seed_states().items():
            if name in store:
                state.assign(store[name])
