"""How every model of the course is trained: what `compile`, `fit` and `evaluate` take.

A subclass says in `samples` what it learns from. What Keras's users expect then works, or is
refused in a sentence where it has no meaning: labels, a loss in `compile`, one rate of several.
"""

from typing import Any, ClassVar, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from aigc_lib import checks, parts, replicas
from aigc_lib._callbacks import StopAtNaN, direct
from aigc_lib.composite import Composite
from aigc_lib.data import cut, cut_apart, cut_in_order
from aigc_lib.watch import Domains, Ids, Wanted, arrays, plain_errors, two, watched

__all__ = ["EVALUATED", "Learner"]

Arrays: TypeAlias = np.ndarray | tuple[np.ndarray, np.ndarray]  # two: one of each domain
Data: TypeAlias = Arrays | tf.data.Dataset
RATES = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
EVALUATED = 500  # samples at once


class Learner(Composite):
    """A model of several networks that learns from samples alone, without labels.

    From those of one domain, x, or of two, (a, b): two arrays of unequal length, or a data set of
    pairs of batches. Row i of a has nothing to do with row i of b; each is shuffled by itself.

    Attributes of the class, for a subclass to set:
        METRICS: what `fit` reports → "max" or "min", which of them is better.
        RIVALS: whether each network must have weights to train; else one of them is enough.

    Attributes of the model, set in `__init__`:
        seed: of the order of batches.
        test_seed: the seed generator of what `evaluate` draws.
    """

    METRICS: ClassVar[dict[str, str]] = {}
    RIVALS = False
    seed: int
    test_seed: keras.random.SeedGenerator

    def samples(self, evaluating: bool = False) -> Wanted:
        """What `fit` learns from, or what `evaluate` looks at."""
        raise NotImplementedError

    def trained_by(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """Each optimiser with the variables that it moves."""
        raise NotImplementedError

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Keras's `compile`; loss and metrics belong to the model.

        Raises:
            ValueError: a loss or metrics, or nothing to train.
        """
        own = ("loss", "metrics", "loss_weights", "weighted_metrics")
        if len(args) > 1 or any(kwargs.get(name) is not None for name in own):
            raise ValueError(
                f"expected no loss and no metrics in compile: {type(self).__name__} has its own "
                f"and reports {', '.join(self.METRICS)}. Leave them out."
            )
        parts.check_trainable(self.RIVALS, **self.networks)
        replicas.check(*self.networks.values())
        super().compile(*(args or [None]), auto_scale_loss=False, **kwargs)

    def build_optimizers(self) -> None:
        """Make what the optimisers remember, so that `load_weights` has a place for it."""
        for optimizer, variables in self.trained_by():
            optimizer.build(variables)

    def ready(self, optimizer: Any, default: keras.optimizers.Optimizer) -> Any:
        """An optimiser from an object, a name or None; with float16 one that scales the loss.

        Raises:
            ValueError, TypeError: no such name, or something else.
        """
        if isinstance(optimizer, str | dict):
            optimizer = keras.optimizers.get(optimizer)
        found = default if optimizer is None else optimizer
        if not isinstance(found, keras.optimizers.Optimizer):
            raise TypeError(
                f"expected an optimiser, such as keras.optimizers.Adam(1e-3) or 'adam', but got "
                f"{found!r}."
            )
        layers = [each for net in self.networks.values() for each in net._flatten_layers()]
        half = any(each.compute_dtype == "float16" for each in layers)
        if half and not isinstance(found, keras.optimizers.LossScaleOptimizer):
            return keras.optimizers.LossScaleOptimizer(found)
        return found

    def fit(
        self,
        x: Data,
        batch_size: int = 128,
        *,
        validation_data: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        callbacks: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Keras's `fit`; an array is checked first and cut into the batches of `data.batches`.

        Each call draws new batches: their order depends on the seed and on the steps so far. A
        data set is watched as it flows (`watch.watched`). NaN among the losses stops the training.

        Args:
            x: samples, floats of any kind, or a data set of their batches; of two domains (a, b),
                of which the shorter begins again until the longer one has ended.
            batch_size: for an array; the incomplete last batch is left out.
            validation_data: samples or a data set, as `evaluate` takes them.
            validation_split: share of the samples at the end of x to evaluate on.
            shuffle: False keeps the order of an array; a data set has an order of its own.
            callbacks, kwargs: as Keras's `fit` takes them.

        Raises:
            ValueError: bad samples, a batch larger than the data, nothing to train, a callback that
                waits for what is not reported or sets one step size of several, NaN.
            TypeError: labels or weights, which no model here learns from.
        """
        self.refuse(kwargs, batch_size)
        parts.check_trainable(self.RIVALS, **self.networks)
        callbacks = self.arranged(callbacks, bool(validation_split or validation_data is not None))
        if validation_split and validation_data is None:
            x, validation_data = self.split(x, validation_split)
        if isinstance(x, tf.data.Dataset):
            batches = watched(x, self.samples())
        else:
            seed = self.seed + self.steps_taken() if shuffle else None
            self.check_packs(batch_size, "a batch_size of ")
            x = self.checked(x)
            cutting = cut_apart if isinstance(x, tuple) else cut
            batches = cutting(x, batch_size, seed)
            if kwargs.get("steps_per_epoch"):
                batches = batches.repeat()
        if validation_data is not None:
            kwargs.setdefault("validation_batch_size", self.evaluated())
            n = kwargs["validation_batch_size"]
            kwargs["validation_data"] = self.held_out(validation_data, n)
        with plain_errors():
            return super().fit(batches, shuffle=False, callbacks=callbacks, **kwargs)

    @property
    def of_two(self) -> bool:
        """Whether it learns from samples of two domains."""
        return isinstance(self.samples(), Domains)

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        """Let Keras look at a batch first, but not at a pair: workers cannot average one."""
        if not self.of_two:  # all networks are built anyway
            super()._maybe_symbolic_build(*args, **kwargs)

    def steps_taken(self) -> int:
        """How many steps the model has trained, in all calls of `fit`; saved with it."""
        return int(replicas.value(self.optimizers[0].iterations)) if self.optimizers else 0

    def evaluate(self, x: Data, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Keras's `evaluate`, with the same draws at every call: equal models score equally.

        Args:
            x: samples, or a data set of their batches.
            batch_size: 500 when None; the draws, and so the score, depend on it.
            kwargs: as Keras's `evaluate` takes them.

        Raises:
            ValueError, TypeError: samples and arguments as in `fit`.
        """
        if not kwargs.get("_use_cached_eval_dataset"):  # `fit` has looked at them
            batch_size = self.evaluated() if batch_size is None else batch_size
            self.refuse(kwargs, batch_size)
            x = self.held_out(x, batch_size)
            if not isinstance(x, tf.data.Dataset):
                self.check_packs(batch_size, "a batch_size of ")
                self.check_packs(len(x), "")
        self.test_seed.state.assign([0, 0])
        with plain_errors():
            return super().evaluate(x, batch_size=batch_size, **kwargs)

    def batch(self, data: Any) -> Any:
        """The samples of what Keras hands to a step, as float32; ids as int32; of two domains both.

        Of two, a data set gives (a, b), which Keras takes for x and y, `train_on_batch` gives x.
        """
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        if self.of_two:
            a, b = x if y is None else (x, y)
            return tf.cast(a, "float32"), tf.cast(b, "float32")
        return tf.cast(x, "int32" if isinstance(self.samples(), Ids) else "float32")

    def evaluated(self) -> int:
        """Samples that `evaluate` looks at together: the draws, and so the score, depend on it."""
        return EVALUATED - EVALUATED % self.samples().packing

    def check_packs(self, n: int, what: str) -> None:
        """Raise a ValueError unless n samples fill a whole number of packs."""
        packing = self.samples().packing
        if n % packing:
            raise ValueError(
                f"expected a multiple of {packing}, the samples in a pack, but got {what}{n}. "
                "Leave some out, or choose another batch_size."
            )

    def refuse(self, options: dict[str, Any], batch_size: Any) -> None:
        """Raise a TypeError for what Keras takes and no model here can use."""
        given = [name for name in ("y", "sample_weight", "class_weight") if name in options]
        given = [name for name in given if options[name] is not None]
        if given or isinstance(batch_size, np.ndarray | tf.Tensor | list | tuple):
            raise TypeError(
                f"expected samples alone, but got {', '.join(given) or 'labels'} too: "
                f"{type(self).__name__} learns without labels and weights. Call "
                f"fit({'(a, b)' if self.of_two else 'x'}, batch_size=…, epochs=…)."
            )
        checks.whole(batch_size, "batch_size")

    def arranged(self, callbacks: Any, validates: bool) -> Any:
        """The callbacks, told which way is up, and one that stops at NaN."""
        if isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = callbacks.callbacks
        several = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
        several = [each for each in several if each is not None]
        if len(self.OPTIMIZERS) > 1 and any(isinstance(each, RATES) for each in several):
            raise ValueError(
                f"expected no callback that sets one learning rate: {type(self).__name__} has "
                f"{len(self.OPTIMIZERS)} optimisers. Give each a schedule of its own, as in "
                "keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps)), or "
                "pass budget.TimeBudget."
            )
        reported = {each.name for each in self.metrics}
        ways = {name: way for name, way in self.METRICS.items() if name in reported}
        validated = {f"val_{name}": way for name, way in ways.items()} if validates else {}
        direct(several, ways | validated)
        gently = any(isinstance(each, keras.callbacks.TerminateOnNaN) for each in several)
        return [*several, StopAtNaN(gently)]

    def checked(self, x: Any, evaluating: bool = False) -> np.ndarray:
        """Samples as float32 arrays, or a ValueError that says what is wrong with them."""
        return arrays(x, self.samples(evaluating))

    def split(self, x: Data, share: float) -> tuple[Arrays, Arrays]:
        """The first samples, and the last ones, a `share` of them; of two domains of each."""
        share = checks.number(share, "validation_split", above=0)
        if isinstance(x, tf.data.Dataset) or share >= 1:
            raise ValueError(
                f"expected an array and a validation_split below 1, but got {type(x).__name__} "
                f"and {share}. Pass validation_data instead."
            )
        if self.of_two:
            (first_a, last_a), (first_b, last_b) = (_split(each, share) for each in two(x))
            return (first_a, first_b), (last_a, last_b)
        return _split(x, share)

    def held_out(self, x: Any, batch_size: int) -> np.ndarray | tf.data.Dataset:
        """Samples for `evaluate`, checked; a data set watched; two domains as a data set."""
        if isinstance(x, list | tuple) and len(x) == 1:
            (x,) = x
        if isinstance(x, tuple) and (not self.of_two or any(isinstance(y, tuple) for y in x)):
            self.refuse({"y": x}, 1)
        if isinstance(x, tf.data.Dataset):
            return watched(x, self.samples(evaluating=True))
        x = self.checked(x, evaluating=True)
        return cut_in_order(x, batch_size) if self.of_two else x


def _split(x: Any, share: float) -> tuple[np.ndarray, np.ndarray]:
    x = checks.array(x)
    kept = int(len(x) * (1 - share))
    return x[:kept], x[kept:]
