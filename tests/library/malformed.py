"""Right arguments for every public function, and the ways to spoil each of them.

A new function gets an entry in `CALLS`: its name with its arguments, each a good value and
what is wrong with others, by kind: `array(LOGITS, *FLOATS)`, `whole(3)`, `number(0.5, above=0)`,
`name("r1")`. An argument that takes anything, or is not looked at, is `fine(value)`.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import keras
import numpy as np

import aigc_lib
from aigc_lib import digits, networks, penalties, style
from aigc_lib.transformer import transformer
from aigc_lib.vae import VAE


class Bad(NamedTuple):
    """A value that must be refused, and what of it the message must say, where that is special."""

    value: Any
    said: str | None = None


Argument = tuple[Any, dict[str, Any]]  # a good value; kind of fault → bad one, perhaps as `Bad`

# Good values: multiples of 1/8, which float16 and bfloat16 hold exactly

RNG = np.random.default_rng(0)
STORED = RNG.integers(0, 256, (4, 28, 28), "uint8")
UNIT = (RNG.integers(0, 9, (6, 5)) / 8).astype("float32")
SIGNED = (RNG.integers(-8, 9, (4, 28, 28, 1)) / 8).astype("float32")
PAIRS = np.concatenate([SIGNED, SIGNED[::-1]], axis=-1)
POINTS = (RNG.integers(-24, 25, (40, 2)) / 8).astype("float32")
CENTRES = np.array([[0, 1], [2, 0], [-1, -1]], "float32")
FEATURES = (RNG.integers(-80, 81, (3, 40, 3)) / 8).astype("float32")
LOGITS = np.array([[-2], [-0.5], [0], [0.25], [1], [3]], "float32")
DUAL = np.concatenate([LOGITS, -LOGITS], axis=1)
VECTORS = (RNG.integers(-8, 9, (3, 6, 4)) / 8).astype("float32")
ZERO = np.zeros_like(VECTORS[0])
BITS = (VECTORS[0] > 0).astype("float32")
SHARES = np.array([0.5, 0.25, 0.25])
DENSITY = np.array([0.25, 0.5, 0.75, 0.5])  # on a grid of step 0.5
LABELS = np.array([0, 1, 2, 3, 4, 5])
CODES = VECTORS[0, :, :2]
COUNTS = np.array([5, 0, 3])
HISTORY = {"d_loss": [1.0, 1.25], "g_loss": [0.75, 0.5], "d_accuracy": [0.75, 0.5]}
STYLES = (RNG.integers(-8, 9, (4, 6, 5, 3)) / 8).astype("float32")
DIAGRAM = {
    **{"name": "small", "alt": "A box.", "accent": 0, "columns": 1, "row": 1.0, "box": [1.5, 0.5]},
    **{"nodes": [{"id": "a", "kind": "data", "at": [0, 0], "text": "x"}], "edges": []},
}
METRICS = dict.fromkeys(digits.bounds()["floor"], 0.5)


def discriminator(outputs: int = 1, seen: int = 2) -> keras.Model:
    """Points → logits."""
    return networks.mlp(seen, outputs, width=4, depth=1)


def blind() -> keras.Model:
    """A discriminator whose logits do not depend on the samples."""
    x = keras.Input((2,))
    constant = keras.layers.Lambda(lambda v: keras.ops.zeros((keras.ops.shape(v)[0], 1)))
    return keras.Model(x, constant(x))


D = discriminator()
ENCODER, DECODER = networks.mlp_encoder(3, 4, (2, 2, 1)), networks.mlp_decoder(3, 4, (2, 2, 1))

# Arguments


def fine(good: Any) -> Argument:
    """An argument without a wrong value here."""
    return good, {}


def whole(good: int = 3, least: int = 1, **more: Any) -> Argument:
    """A whole number of at least so much."""
    bad = {"bool": True, "fraction": 2.5, "text": "three", "None": None, "list": [3], "NaN": np.nan}
    return good, {**bad, "below": least - 1, **more}


def number(good: float, above: float | None = None, least: float | None = None) -> Argument:
    """A finite number, above or of at least so much."""
    bad = {"bool": True, "text": "one", "None": None, "list": [1.0], "NaN": np.nan, "inf": np.inf}
    if above is not None:
        bad |= {"edge": above, "below": above - 1}
    if least is not None:
        bad |= {"below": least - 0.5}
    return good, bad


def name(good: str) -> Argument:
    """One of several texts."""
    return good, {"unknown": "no such", "None": None, "number": 3, "list": ["no such"]}


def put(good: np.ndarray, value: float) -> np.ndarray:
    """With this value in the last place."""
    spoilt = good.astype(float if good.dtype.kind != "f" else good.dtype)
    spoilt[(-1,) * spoilt.ndim] = value
    return spoilt


SPOIL: dict[str, Callable[[np.ndarray], Any]] = {
    "None": lambda x: None,
    "text": lambda x: "digits",
    "texts": lambda x: x.astype(str),
    "ragged": lambda x: [x.tolist(), [0.5]],
    "masked": lambda x: np.ma.masked_array(x, x == x.flat[0]),
    "complex": lambda x: x.astype(complex),
    "objects": lambda x: x.astype(object),
    "mapping": lambda x: {"x": x},
    "empty": lambda x: x[:0],
    "whole": lambda x: (8 * x).astype(int),
    "bool": lambda x: x > 0,
    "NaN": lambda x: put(x, np.nan),
    "inf": lambda x: put(x, np.inf),
    "huge": lambda x: Bad(put(x.astype(float), 1e200), "1e+200"),
    "flat": np.ravel,
    "deep": lambda x: x[None],
    "no width": lambda x: x[..., :0],
    "short": lambda x: x[:-1],
    "minus": lambda x: put(x, -1),
    "large": lambda x: put(x, 255),
    "single": lambda x: x[0],
    "number": lambda x: 0.5,
}
ANY = ("None", "text", "texts", "ragged", "masked", "complex", "objects", "mapping", "empty")
FLOATS = (*ANY, "whole", "bool")
FINITE = ("NaN", "inf")


def array(good: np.ndarray, *kinds: str, **more: Any) -> Argument:
    """An array that is spoilt in these ways, and in more."""
    return good, {**{kind: SPOIL[kind](good) for kind in kinds}, **more}


SEED = whole(0, least=0)
SIZE = whole(4)
LOGIT = array(LOGITS, *FLOATS)
PAIR = array(DUAL, *FLOATS, "flat", "single", "number")
REALS = array(LOGITS, *FLOATS, "flat", "deep", "number")
FEATURE = ("NaN", "inf", "huge", "flat", "deep", "no width", *ANY)
PICTURES = array(SIGNED, *FLOATS, *FINITE, "large", "single", "no width", "flat")
PIXELS = array(SIGNED, *FLOATS, "flat", "short", "single")
SAMPLES = array(POINTS[:6], *FLOATS, "flat", "number")
STYLE = array(
    *(STYLES, *FLOATS, *FINITE, "large", "single", "no width", "flat"),
    grey=Bad(STYLES[..., :1], "1"),
)
DIGITS = array(STORED, *ANY, "single", "deep", "no width", "NaN", blank=np.zeros_like(STORED))
BESIDE = array(
    *(UNIT, *ANY, *FINITE, "whole", "flat", "deep", "short", "number"), huge=put(UNIT, 1e200)
)
SHARE = array(SHARES, *ANY, "NaN", "minus", "deep", "number", counts=np.array([3, 4, 5]))
GRID = array(DENSITY, *ANY, "NaN", "minus", "deep", "number", double=Bad(2 * DENSITY, "2"))
SPREAD = array(VECTORS[2], *FLOATS, "flat", "short")
READER = transformer(3, 4, 8, heads=2)
STYLED = style.style_generator(4, 4, 1, width=1, side=4)
MODEL = {"None": None, "text": "mlp", "function": len}
OTHER = MODEL | {"no styles": Bad(D, D.name)}
FLAG = {"number": 1, "text": "yes", "None": None}
CODE = ("NaN", "inf", "flat", "no width", "number", *FLOATS)
LABEL = {"number": 3, "text": "ab"}
SHAPE = (
    (2, 2, 1),
    {"number": 28, "text": "28", "None": None, "empty": (), "zero": Bad((2, 0, 1), "0")},
)
WEIGHT = number(0.5, least=0)
HOLE = np.zeros((28, 28, 1), bool)
HOLE[:14] = True
HIDDEN = (
    HOLE,
    {
        **{"None": None, "text": "half", "number": Bad(HOLE.astype(int), "int64")},
        **{"shape": Bad(HOLE[:14], "(14, 28, 1)"), "all": Bad(HOLE | True, "784 of 784")},
        **{
            "nothing": Bad(HOLE & False, "0 of 784"),
            "ragged": Bad([[True], [True, False]], "list"),
        },
    },
)
SEVERAL = np.stack([SIGNED, SIGNED[::-1]])
REPAIRED = array(SEVERAL, *FLOATS, *FINITE, "large", "deep", "flat", "number")
ARTIST = networks.dcgan_generator(3, 1)
PAINTER = VAE(networks.conv_encoder(3, 1, 2), networks.conv_decoder(3, 1, 2))
WALK = {
    "features_of": (
        np.copy,
        {
            **{"None": None, "features": FEATURES[0], "flat": Bad(np.ravel, "(24,)")},
            **{
                "fewer": Bad(lambda codes: codes[1:], "(5, 4)"),
                "NaN": Bad(lambda codes: codes * np.nan, "NaN"),
            },
        },
    ),
    "start": array(
        VECTORS[0], *ANY, *FINITE, "flat", "deep", "short", "no width", zero=Bad(ZERO, "0")
    ),
    "end": array(
        VECTORS[1], *ANY, *FINITE, "flat", "deep", "short", opposite=Bad(-VECTORS[0], "opposite")
    ),
    "step": number(1e-4, above=0),
    "spherical": fine(True),
    "seed": SEED,
}
LENGTH = (1.0, number(1.0, above=0)[1] | {"huge": 1e40})

CALLS: dict[str, dict[str, Argument]] = {
    "checks.array": {"x": array(POINTS, *(kind for kind in ANY if kind != "empty"))},
    "checks.binary": {"images": array(BITS, "empty", "minus")},
    "checks.choice": {"value": name("r1"), "name": fine("penalty"), "known": fine(("r1", "r2"))},
    "checks.finite": {"x": array(POINTS, *FINITE, "empty")},
    "checks.floats": {"x": array(POINTS, *(kind for kind in FLOATS if kind != "empty"))},
    "checks.known": {"x": array(POINTS, "texts", "ragged", "masked", "objects")},
    "checks.number": {"value": number(0.5, above=0), "name": fine("rate"), "above": fine(0.0)},
    "checks.one_shape": {
        "hint": fine("Pair them."),
        "real": fine(LOGITS),
        "fake": array(LOGITS, "flat", "short", "empty"),
    },
    "checks.pixels": {"images": array(SIGNED, *FLOATS, *FINITE, "large")},
    "checks.samples": {"x": array(SIGNED, *FLOATS, *FINITE, "large", "single", "flat")},
    "checks.whole": {"value": whole(), "name": fine("n")},
    "data.batches": {
        "arrays": array(
            POINTS,
            *ANY,
            *FINITE,
            **{
                "number": 0.5,
                "nothing": Bad((), "[]"),
                "unequal": Bad((POINTS, POINTS[:9]), "(9, 2)"),
            },
        ),
        "batch_size": whole(4, many=41),
        "seed": whole(0, least=0, large=2**64),
    },
    "data.batches_of_points": {
        "points": array(POINTS, *FLOATS, *FINITE, "flat", "deep", "number"),
        "batch_size": whole(4, many=41),
        "seed": whole(0, least=0, large=2**64),
    },
    "data.binarise": {"images": array(UNIT, *FLOATS, *FINITE, "minus", "large"), "seed": SEED},
    "data.cut": {
        "arrays": fine(POINTS),
        "batch_size": whole(4, many=41),
        "seed": (SEED[0], {kind: bad for kind, bad in SEED[1].items() if kind != "None"}),
    },
    "data.cut_apart": {
        "arrays": (
            (POINTS, POINTS[:9]),
            {
                "empty": Bad((POINTS, POINTS[:0]), "(0, 2)"),
                "number": Bad((POINTS, np.ones(())), "()"),
            },
        ),
        "batch_size": whole(4, many=Bad(10, "10")),
        "seed": (SEED[0], {kind: bad for kind, bad in SEED[1].items() if kind != "None"}),
    },
    "data.cut_in_order": {"arrays": fine((POINTS, POINTS[:9])), "batch_size": whole(4)},
    "data.load_mnist": {"folder": (None, {"number": 3, "list": ["x"], "bool": True})},
    "data.rescale": {
        "images": array(UNIT, *FLOATS, *FINITE, "large"),
        "old": name("unit"),
        "new": name("signed"),
    },
    "data.stacked_digits": {"images": PICTURES, "n": SIZE, "seed": SEED},
    "data.to_signed": {"images": array(STORED, *ANY, "single", "deep", "no width", "NaN")},
    "data.to_unit": {"images": array(STORED, *ANY, "single", "deep", "no width", "NaN")},
    "diagrams.alt": {"name": name("gan")},
    "diagrams.draw": {
        "description": (
            DIAGRAM,
            {
                **{"None": None, "text": "gan", "list": [DIAGRAM], "nothing": Bad({}, "{}")},
                **{"number": Bad(DIAGRAM | {"row": "high"}, "'high'")},
                **{"wide": Bad(DIAGRAM | {"box": [9, 0.5]}, "'a'")},
            },
        )
    },
    "diagrams.show": {"name": name("gan")},
    "digits.glance": {"seen": (None, {"images": Bad(SIGNED, "ndarray"), "text": "digits"})},
    "digits.measure": {"images": PICTURES},
    "digits.pair_counts": {"images": array(PAIRS, *FLOATS, *FINITE, "large", "single", "no width")},
    "digits.synthetic_accuracy": {
        "images": PICTURES,
        "labels": array(LABELS[:4], *ANY, "NaN", "short", "minus", "deep", large=10 + LABELS),
        "seed": SEED,
    },
    "digits.table": {
        "columns": (
            {"mine": METRICS},
            {
                "None": None,
                "list": [METRICS],
                "nothing": {"mine": {}},
                "less": Bad({"mine": {"KID": 1.0}}, "mine"),
                "number": {"mine": 3.0},
                "text": Bad({"mine": METRICS | {"KID": "small"}}, "small"),
            },
        )
    },
    "distances.frechet_distance": {
        "real": array(FEATURES[0], *FEATURE, few=FEATURES[0][:3]),
        "fake": array(FEATURES[1], *FEATURE, few=FEATURES[1][:3]),
    },
    "distances.kernel_distance": {
        "real": array(FEATURES[0], *FEATURE, few=FEATURES[0][:1]),
        "fake": array(FEATURES[1], *FEATURE, other=FEATURES[1][:, :2]),
    },
    "distances.memorisation_ratio": {
        "fake": array(FEATURES[0], *FEATURE),
        "train": array(FEATURES[1], *FEATURE),
        "unseen": array(FEATURES[2], *FEATURE, copies=Bad(FEATURES[1][:9], "all 9")),
    },
    "distances.neighbourhoods": {
        "real": array(
            FEATURES[0],
            *FEATURE,
            few=FEATURES[0][:4],
            copies=Bad(np.repeat(FEATURES[0][:9], 5, axis=0), "5 times"),
        ),
        "fake": array(FEATURES[1], *FEATURE, few=FEATURES[1][:4]),
        "k": whole(4, many=Bad(40, "40 and 40")),
    },
    "likelihoods.bernoulli_log_likelihood": {
        "x": array(BITS, *FLOATS, "minus", "large", "flat", "short", "NaN"),
        "logits": array(VECTORS[1], *FLOATS, "flat", "short"),
    },
    "likelihoods.elbo": {
        "log_likelihood": array(VECTORS[0], *FLOATS, "flat", "no width"),
        "kl": array(VECTORS[1, 0], *FLOATS, "short", "deep"),
    },
    "likelihoods.gaussian_log_likelihood": {
        "x": array(VECTORS[0], *FLOATS, "flat", "short"),
        "mean": array(VECTORS[1], *FLOATS, "flat", "short"),
        "log_variance": SPREAD,
    },
    "likelihoods.importance_weighted_bound": {
        "log_weights": array(VECTORS[0], *FLOATS, "number", "no width")
    },
    "likelihoods.js_on_grid": {"p": GRID, "q": GRID, "step": number(0.5, above=0)},
    "likelihoods.kl_gaussians": {
        "mean_q": array(VECTORS[0], *FLOATS, "flat", "short"),
        "log_variance_q": SPREAD,
        "mean_p": array(VECTORS[1], *FLOATS, "flat", "short"),
        "log_variance_p": SPREAD,
    },
    "likelihoods.kl_on_grid": {"p": GRID, "q": GRID, "step": number(0.5, above=0)},
    "losses.binary_cross_entropy": {
        "logits": LOGIT,
        "target": (
            0.5,
            {
                **{"bool": True, "text": "real", "None": None, "above": 1.5, "NaN": np.nan},
                **{"ragged": [[0.5], [0.5, 1]], "flat": np.full(6, 0.5)},
                **{"masked": np.ma.masked_array(UNIT[:, :1], True)},
            },
        ),
    },
    "losses.cycle_loss": {"real": PIXELS, "back": PIXELS},
    "losses.dual_discriminator": {
        "real_logits": PAIR,
        "fake_logits": PAIR,
        "alpha": number(1.0, above=0),
        "beta": number(1.0, above=0),
    },
    "losses.dual_generator": {"fake_logits": PAIR, "beta": number(1.0, above=0)},
    "losses.gan_losses": {"name": name("hinge")},
    "losses.identity_loss": {"real": PIXELS, "same": PIXELS},
    "losses.minimax_discriminator": {
        "real_logits": REALS,
        "fake_logits": REALS,
        "smoothing": (0.25, number(0.25, least=0)[1] | {"above": 1.5}),
    },
    "losses.of_fakes": {"loss": (len, {"None": None, "name": "hinge", "number": 3})},
    "metrics.check_shares": {"p": SHARE, "name": fine("p")},
    "metrics.classifier_score": {
        "probabilities": array(
            np.eye(3), *ANY, "NaN", "minus", "flat", "deep", "number", logits=np.eye(3) * 5
        )
    },
    "metrics.histogram": {
        "labels": array(LABELS, *ANY, "NaN", "minus", "deep", "number", "bool", large=LABELS + 1),
        "classes": whole(6),
    },
    "metrics.missing_classes": {"p": SHARE, "q": SHARE},
    "metrics.path_length": WALK,
    "metrics.path_lengths": WALK,
    "metrics.psnr": {"images": BESIDE, "truth": BESIDE, "peak": number(1.0, above=0)},
    "metrics.retrieval": {"images": BESIDE, "truth": BESIDE},
    "metrics.total_variation": {
        "p": SHARE,
        "q": (SHARES, SHARE[1] | {"length": Bad(np.full(4, 0.25), "4 of them")}),
    },
    "mixtures.grid": {
        "n": SIZE,
        "seed": SEED,
        "side": whole(),
        "spacing": LENGTH,
        "sigma": number(0.5, least=0),
    },
    "mixtures.grid_centres": {"side": whole(), "spacing": LENGTH},
    "mixtures.mixture": {
        "n": SIZE,
        "seed": SEED,
        "centres": array(CENTRES, *ANY, *FINITE, "flat", "deep", "no width"),
        "sigma": number(0.5, least=0),
    },
    "mixtures.ring": {
        "n": SIZE,
        "seed": SEED,
        "modes": whole(),
        "radius": LENGTH,
        "sigma": number(0.5, least=0),
    },
    "mixtures.ring_centres": {"modes": whole(), "radius": LENGTH},
    "modes.mode_counts": {
        "points": array(POINTS, *ANY, *FINITE, "flat", "deep", "no width"),
        "centres": array(CENTRES, *ANY, *FINITE, "flat", "deep", "no width"),
        "sigma": (
            0.5,
            {kind: bad for kind, bad in number(0.5, above=0)[1].items() if bad != np.inf},
        ),
    },
    "modes.mode_score": {
        "counts": array(
            *(COUNTS, *ANY, "minus", "NaN", "deep", "number"),
            **{"shares": np.array([0.5, 0.25, 0.25]), "many": Bad(10 * COUNTS, "80")},
        ),
        "drawn": whole(10),
        "shares": (SHARES, {k: bad for k, bad in SHARE[1].items() if k != "None"}),
    },
    "networks.conv_decoder": {"latent_dim": SIZE, "width": SIZE, "hidden": SIZE},
    "networks.conv_encoder": {"latent_dim": SIZE, "width": SIZE, "hidden": SIZE},
    "networks.dcgan_discriminator": {"width": SIZE, "channels": SIZE},
    "networks.dcgan_generator": {"latent_dim": SIZE, "width": SIZE, "channels": SIZE},
    "networks.mlp": {
        "inputs": SIZE,
        "outputs": SIZE,
        "width": SIZE,
        "depth": whole(1, least=0),
    },
    "networks.mlp_decoder": {"latent_dim": SIZE, "width": SIZE, "shape": SHAPE},
    "networks.mlp_encoder": {"latent_dim": SIZE, "width": SIZE, "shape": SHAPE},
    "networks.two_discriminators": {
        "first": (D, MODEL | {"two logits": Bad(discriminator(2), "(2,)")}),
        "second": (discriminator(), MODEL | {"other samples": Bad(discriminator(1, 3), "(3,)")}),
    },
    "pairs.blocks": {"images": DIGITS},
    "pairs.cropped": {"images": DIGITS, "upright": fine(True)},
    "pairs.emoji": {"part": name("train")},
    "pairs.match_colours": {"images": STYLE, "source": STYLE, "target": STYLE},
    "pairs.uci_digits": {"part": name("test")},
    "penalties.checked": {
        "penalty": (
            penalties.r1(0.5),
            {
                **{"name": "r1", "None": None, "number": 3, "short": ("r1",)},
                **{"unknown": Bad(("r3", 1.0), "'r3'"), "list": Bad((["r1"], 1.0), "['r1']")},
                **{"bool": Bad(("r1", True), "True"), "NaN": Bad(("r1", np.nan), "nan")},
                **{"text": Bad(("r1", "much"), "'much'"), "minus": Bad(("r2", -0.5), "-0.5")},
            },
        )
    },
    "penalties.gradient_penalty": {"weight": WEIGHT},
    "penalties.one_centred_penalty": {
        "discriminator": (D, MODEL),
        "real": (SAMPLES[0], SAMPLES[1] | {"short": POINTS[:5]}),
        "fake": (SAMPLES[0], SAMPLES[1] | {"points": np.zeros((6, 3), "float32")}),
        "seed": whole(0, least=0, large=2**32),
    },
    "penalties.r1": {"gamma": WEIGHT},
    "penalties.r1_penalty": {
        "discriminator": (D, MODEL),
        "real": SAMPLES,
        "fake": fine(POINTS),
        "seed": fine(0),
    },
    "penalties.r2": {"gamma": WEIGHT},
    "penalties.r2_penalty": {
        "discriminator": (D, MODEL),
        "real": fine(POINTS),
        "fake": SAMPLES,
        "seed": fine(0),
    },
    "penalties.squared_slopes": {
        "discriminator": (
            D,
            MODEL
            | {"two logits": Bad(discriminator(2), "(6, 2)"), "blind": Bad(blind(), "do not")},
        ),
        "x": SAMPLES,
    },
    "plots.image_grid": {
        "images": array(SIGNED, *ANY, *FINITE, "no width", "flat", channels=PAIRS),
        "columns": whole(2),
        "low": (-1.0, number(-1.0)[1] | {"above high": Bad(1.0, "1")}),
        "high": (1.0, number(1.0, above=-1)[1]),
        "row_labels": (["a", "b"], LABEL | {"few": Bad(["a"], "1"), "None": None}),
        "column_labels": (["a", "b"], LABEL | {"many": Bad(list("abc"), "3"), "None": None}),
        "inches": number(0.5, above=0),
    },
    "plots.latent_map": {
        "codes": array(CODES, *ANY, *FINITE, "flat", "deep", "no width"),
        "labels": array(LABELS, *ANY, "NaN", "short", "minus", "bool", large=LABELS + 5),
    },
    "plots.training_curves": {
        "history": (
            HISTORY,
            {
                **{"None": None, "list": [1.0, 2.0], "less": {"d_loss": [1.0]}},
                **{"unequal": Bad(HISTORY | {"d_loss": [1.0]}, "(1,)")},
                **{"nothing": Bad({key: [] for key in HISTORY}, "[]")},
                **{"text": Bad(HISTORY | {"d_loss": "low"}, "str")},
                **{"numbers": Bad(dict.fromkeys(HISTORY, 1.0), "()")},
            },
        ),
        "xlabel": fine("epoch"),
        "loss": name("non-saturating"),
    },
    "recipes.digit_gan": {
        "factor": number(1.0, above=0),
        "seed": whole(0, 0, large=2**32),
        "width": SIZE,
    },
    "recipes.digit_vae": {
        "hidden": SIZE,
        "factor": number(1.0, above=0),
        "seed": SEED,
        "draws": fine(1),
    },
    "recipes.point_gan": {
        "seed": SEED,
        "loss": name("hinge"),
        "penalty": fine(()),
        "packing": SIZE,
        "ema_decay": fine(0.5),
        "g_rate": number(1e-3, above=0),
        "width": SIZE,
        "depth": whole(1, least=0),
    },
    "recipes.published_gpt": {"vocabulary": SIZE, "seed": SEED},
    "recipes.small_gpt": {
        "vocabulary": SIZE,
        "length": SIZE,
        "factor": number(1.0, above=0),
        "seed": SEED,
        "width": whole(8),
        "layers": whole(1),
        "mixing": whole(2),
        "attention": fine(True),
        "dropout": number(0.0, least=0),
    },
    "recipes.small_masked": {
        "vocabulary": SIZE,
        "length": SIZE,
        "factor": number(1.0, above=0),
        "seed": SEED,
    },
    "recipes.text_classifier": {
        "network": (READER, MODEL),
        "classes": whole(2, least=2),
        "steps": SIZE,
        "rate": number(1e-3, above=0),
    },
    "recipes.text_vectors": {"network": (READER, MODEL)},
    "repair.diversity": {
        "fillings": array(
            SEVERAL, *FLOATS, *FINITE, "large", "flat", one=Bad(SEVERAL[:1], "(1, 4")
        ),
        "hidden": HIDDEN,
    },
    "repair.fill": {
        "images": PICTURES,
        "fillings": array(SEVERAL, *FLOATS, *FINITE, "large", "deep", "flat", "number"),
        "hidden": HIDDEN,
    },
    "repair.hole_errors": {"filled": REPAIRED, "truth": PICTURES, "hidden": HIDDEN},
    "repair.hole_psnr": {"filled": REPAIRED, "truth": PICTURES, "hidden": HIDDEN},
    "repair.mask": {"kind": name("half")},
    "repair.neighbours": {
        "images": PICTURES,
        "hidden": HIDDEN,
        "examples": PICTURES,
        "k": whole(2, many=5),
    },
    "repair.posterior": {
        "vae": (PAINTER, {"None": None, "text": "vae", "network": Bad(ARTIST, "Sequential")}),
        "images": PICTURES,
        "hidden": HIDDEN,
        "draws": whole(1),
        "steps": whole(1, least=0),
        "step_size": number(0.5, above=0),
        "seed": SEED,
    },
    "repair.search": {
        "generator": (ARTIST, MODEL | {"other": Bad(READER, "one of (None,)")}),
        "images": PICTURES,
        "hidden": HIDDEN,
        "starts": whole(1),
        "steps": whole(1, least=0),
        "sigma": number(0.5, above=0),
        "seed": SEED,
    },
    "repair.truth_rank": {
        "fillings": array(
            SEVERAL, *FLOATS, *FINITE, "large", "flat", one=Bad(SEVERAL[:1], "(1, 4")
        ),
        "truth": PICTURES,
        "hidden": HIDDEN,
        "seed": SEED,
    },
    "parts.check_pair": {
        "encoder": (ENCODER, MODEL | {"one output": Bad(D, "1 and 1")}),
        "decoder": (DECODER, MODEL | {"codes": Bad(D, "2")}),
        "outputs": whole(1),
    },
    "parts.check_network": {
        "network": (
            D,
            MODEL | {"no input": Bad(keras.Sequential([keras.layers.Dense(1)]), "Sequ")},
        ),
        "name": fine("discriminator"),
    },
    "scorer.check_signed": {"images": PICTURES},
    "scorer.judge": {"images": PICTURES},
    "style.Constant": {"shape": SHAPE},
    "style.ScaledDense": {"units": SIZE, "rate": number(0.1, above=0)},
    "style.StyledConvolution": {
        "filters": SIZE,
        "kernel": SIZE,
        "strides": whole(2, large=3),
        "demodulate": (True, FLAG),
    },
    "style.draw": {"generator": (STYLED, OTHER), "styles": array(VECTORS[0], *CODE, "deep")},
    "style.mean_style": {"generator": (STYLED, OTHER), "n": SIZE, "seed": SEED},
    "style.mixed": {
        "first": array(VECTORS[0], *CODE, "short", "deep"),
        "second": array(VECTORS[1], *CODE, "short", "deep"),
        "layer": whole(1, least=0, large=5),
    },
    "style.style_generator": {
        "latent_dim": whole(4, other=Bad(5, "5")),
        "style_dim": SIZE,
        "mapping": whole(0, least=0),
        "width": SIZE,
        "noise": (True, FLAG),
        "channels": SIZE,
        "side": whole(8, odd=6),
        "rate": number(0.1, above=0),
    },
    "style.styles": {"generator": (STYLED, OTHER), "z": array(VECTORS[0], *CODE, "deep")},
    "style.truncated": {
        "styles": array(VECTORS[0], *CODE),
        "mean": array(VECTORS[1, 0], *FLOATS, *FINITE, "deep", "short", "number"),
        "psi": number(0.5),
    },
    "tensors.floats": {"x": array(LOGITS, *(kind for kind in FLOATS if kind != "empty"))},
    "tensors.vectors": {
        "x": array(VECTORS[0], *FLOATS, "flat", "short"),
        "mean": array(VECTORS[1], *FLOATS, "flat", "short"),
    },
    "style_recipes.digit_cyclegan": {"seed": SEED, "factor": number(1.0, above=0)},
    "style_recipes.emoji_cyclegan": {
        "seed": SEED,
        "noise": number(0.1, least=0),
        "factor": number(1.0, above=0),
    },
    "style_recipes.style_gan": {
        "mapping": whole(1, least=0),
        "seed": SEED,
        "factor": number(1.0, above=0),
        "width": SIZE,
    },
    "translators.patches": {
        "shape": ((8, 8, 1), SHAPE[1] | {"odd": Bad((6, 8, 1), "6 × 8"), "flat": (8, 8)}),
        "width": SIZE,
        "halvings": whole(2, least=0, many=7),
    },
    "translators.translator": {
        "shape": ((4, 4, 1), SHAPE[1] | {"odd": Bad((7, 8, 1), "7 × 8"), "flat": (4, 4)}),
        "width": SIZE,
        "blocks": whole(1, least=0),
        "halved": (True, {"None": None, "number": 1, "text": "no"}),
    },
}
for each in ("hinge", "least_squares", "relativistic", "wasserstein"):
    CALLS[f"losses.{each}_discriminator"] = {"real_logits": REALS, "fake_logits": REALS}
for each in ("least_squares", "linear", "minimax", "non_saturating"):
    CALLS[f"losses.{each}_generator"] = {"fake_logits": LOGIT}
UNPAIRED = (LOGITS, REALS[1] | {"short": LOGITS[:5]})
CALLS["losses.relativistic_generator"] = {"real_logits": REALS, "fake_logits": UNPAIRED}

TRAINING = {"digits.glance", "digits.measure", "digits.synthetic_accuracy"}  # take 10 s and more

NO_ARGUMENTS, RESULT = "takes no arguments", "a named tuple, what a function returns"
EXEMPT = {
    "diagrams.names": NO_ARGUMENTS,
    "digits.bounds": NO_ARGUMENTS,
    "digits.reference": NO_ARGUMENTS,
    "distances.Neighbourhoods": RESULT,
    "modes.ModeScore": RESULT,
    "pairs.Emoji": RESULT,
    "networks.load_generator": NO_ARGUMENTS,
    "penalties.Penalty": RESULT,
    "plots.use_style": NO_ARGUMENTS,
    "recipes.author_alphabet": NO_ARGUMENTS,
    "recipes.author_gpt": NO_ARGUMENTS,
    "scorer.Judgement": RESULT,
    "style.Noise": "its seed goes to Keras's SeedGenerator",
    "scorer.judge_checked": "for images that check_signed has seen; looks at nothing itself",
    "scorer.lenet": NO_ARGUMENTS,
    "scorer.load_scorer": NO_ARGUMENTS,
    "tensors.of_logits": "a decorator; the losses that it decorates stand in the table",
    "checks.shaped": "samples, which calls it, stands in the table",
    "checks.signed": "samples, which calls it, stands in the table",
    "parts.check_cycle": "CycleGAN(…), its one user: test_cyclegan.py",
    "parts.check_game": "GAN(…), its one user: test_vocabulary.py",
    "parts.check_logits": "test_kinds.py",
    "parts.check_trainable": "test_kinds.py",
    "checks.features": "distances, its one user, stands in the table",
}
ELSEWHERE = {  # modules whose own tests spoil their arguments
    "assets": "test_assets.py",
    "attention": "test_transformer.py",
    "budget": "test_budget.py",
    "claims": "test_claims.py",
    "composite": "test_composite.py",
    "cyclegan": "test_cyclegan.py",
    "exercises": "test_exercises.py",
    "gan": "test_gan.py",
    "gpt": "test_gpt.py",
    "poem_view": "test_poem_view.py",
    "poet": "test_poet.py",
    "replicas": "test_replicas.py",
    "results": "test_results.py",
    "sampling": "test_sampling.py, test_gpt.py",
    "tables": "test_tables.py",
    "text": "test_text.py",
    "training": "test_kinds.py, test_vocabulary.py",
    "transformer": "test_transformer.py",
    "watch": "test_kinds.py",
    "watermark": "test_watermark.py",
    "vae": "test_vae.py",
    "verse": "test_verse.py",
    "widgets": "tests/site: test_widgets.py, test_attention.py, test_style_widget.py",
}


def public() -> set[str]:
    """Every name that can be called in every public module: "losses.gan_losses"."""
    modules = {name: import_module(f"aigc_lib.{name}") for name in aigc_lib.__all__}
    return {
        f"{name}.{each}"
        for name, module in modules.items()
        for each in module.__all__
        if callable(getattr(module, each))
    }


def function(path: str) -> Callable[..., Any]:
    """The function of that name: "losses.gan_losses"."""
    module, _, each = path.partition(".")
    return getattr(import_module(f"aigc_lib.{module}"), each)


def call(path: str, **arguments: Any) -> Any:
    """The function of that name with these arguments, those without a name in their order."""
    parameters = inspect.signature(function(path)).parameters.values()
    unnamed = [each.name for each in parameters if each.kind is each.POSITIONAL_ONLY]
    ordered = [arguments.pop(each) for each in unnamed]
    return function(path)(*ordered, **arguments)


def good(path: str) -> dict[str, Any]:
    """The right arguments."""
    return {name: value for name, (value, _) in CALLS[path].items()}


def cases() -> list[tuple[str, str, str]]:
    """(function, argument, kind of fault), all of them."""
    return [
        (path, argument, kind)
        for path, arguments in CALLS.items()
        for argument, (_, spoilt) in arguments.items()
        for kind in spoilt
    ]
