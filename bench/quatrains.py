"""Quatrains: the rhyme first, what sampling does to rules, what a watermark costs.

    python -m bench.quatrains

training   the shipped network, trained with the rhyme first, and one of the same sizes, seed and
           seconds trained on poems alone
counting   count models of order 1 to 4 on the same poems, smoothed in two ways
map        the shipped network at 20 settings of temperature and top-p, POEMS poems each
mark       the shipped network with a mark of strength δ: characters until it is found, also
           after changes, and what it costs
alarms     texts without a mark: how often they are called marked

Rules are those of `verse.keeps`; a tone that is not known counts as not kept.
About twenty minutes of one core, seven of them training.
"""

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from aigc_lib import poet, recipes, text, verse, watermark
from aigc_lib.budget import TimeBudget
from aigc_lib.gpt import GPT
from bench.rows import aligned, run

KEY = ("part", "setting", "seed")
BATCH = 32  # as in tools/make/train_quatrains.py
POEMS, MARKED = 256, 1024
TEMPERATURES, TOP_PS = (0.4, 0.6, 0.8, 1.0, 1.2), (0.5, 0.8, 0.95, 1.0)
DELTAS, CHANGES = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0), (0.0, 0.1, 0.2, 0.4)
KEYS, SETS, ALARM, FOUND = 40, 1000, 1e-3, 0.99
SMOOTHINGS = ("witten-bell", "kneser-ney")
MOST = 48  # poems in a text, at most
MARK_KEY, TEMPERATURE = 2023, 0.8
WANTED = [
    *(("counting", f"{n}, {how}", 0) for n in (1, 2, 3, 4) for how in SMOOTHINGS),
    *(("map", f"{t:g}, {p:g}", 0) for t in TEMPERATURES for p in TOP_PS),
    *(("mark", f"{TEMPERATURE:g}, {d:g}", 0) for d in DELTAS),
    *(("mark", f"1, {d:g}", 0) for d in (0.0, 2.0)),
    *(("alarms", name, 0) for name in ("real", "0.8", "0.4")),
    *(("training", order, 0) for order in reversed(poet.HINTS)),
]


# Poems


@cache
def training_poems() -> list[verse.Quatrain]:
    """Tang and Song, seven characters a line."""
    return verse.quatrains("train") + verse.quatrains("train", dynasty="Song")


@cache
def training_lines() -> set[str]:
    """Each line of the training poems."""
    return {line for poem in training_poems() for line in poem.lines}


@cache
def shipped() -> GPT:
    """The shipped network."""
    return poet.load()


def judged(poems: list[str]) -> dict[str, float]:
    """Shares: poems that keep each rule, and all; copied lines; different lines and pairs."""
    kept = [verse.keeps(poem) for poem in poems]
    lines = [line for poem in poems for line in poem.split(poet.BREAK)]
    pairs = [line[i : i + 2] for line in lines for i in range(len(line) - 1)]
    return {
        **{rule: float(np.mean([each[rule] is True for each in kept])) for rule in kept[0]},
        "all": float(np.mean([all(each.values()) for each in kept])),
        "copied": float(np.mean([line in training_lines() for line in lines])),
        "lines": len(set(lines)) / len(lines),
        "pairs": len(set(pairs)) / len(pairs),
    }


def nats(gpt: GPT, rows: np.ndarray) -> float:
    """-log p of whole rows, on the account of the 28 characters of a poem."""
    parts = [gpt.nats_of(tf.constant(rows[i : i + 128])) for i in range(0, len(rows), 128)]
    return float(np.concatenate(parts).sum(axis=1).mean() / poet.CHARACTERS)


def drawn(gpt: GPT, n: int, order: str = "rhyme first", **how: Any) -> np.ndarray:
    """Rows of n poems, drawn 256 at a time."""
    parts = [poet.write(gpt, 256, seed=k, order=order, **how) for k in range(n // 256)]
    return np.concatenate(parts)


# Parts


def training(order: str, seed: int) -> dict:
    """The shipped network, or one trained as it was but on poems alone; what its poems keep."""
    spent = poet.spent()
    if order == "plain":
        gpt = recipes.small_gpt(**poet.sizes(order), seed=seed)
        clock = TimeBudget(round(spent["seconds"]))
        rows = poet.rows(training_poems(), order)
        gpt.fit(rows, batch_size=BATCH, epochs=1000, callbacks=[clock], verbose=0)
        spent = {"seconds": clock.spent, "steps": clock.steps}
    else:
        gpt = shipped()
    poems = poet.poems(drawn(gpt, 512, order, temperature=TEMPERATURE), order)
    test = poet.rows(verse.quatrains("test"), order)
    return {**spent, "nats": nats(gpt, test), **judged(poems)}


def counting(order: int, smoothing: str) -> dict:
    """A count model; of each of the 28 characters -log p, a break being ruled out there."""
    begun = time.process_time()
    alphabet = poet.alphabet()
    end = alphabet.characters.index(poet.BREAK)

    def joined(poems: list[verse.Quatrain]) -> np.ndarray:
        return alphabet.encode(poet.BREAK + "".join(f"{each.text}\n\n" for each in poems))

    model = text.CountModel(order, smoothing).fit(joined(training_poems()), len(alphabet))
    seconds = time.process_time() - begun
    ids = joined(verse.quatrains("test"))
    found, places = model.nats(ids), np.flatnonzero(ids != end)
    breaks = [model.probabilities(ids[max(i - order + 1, 0) : i])[end] for i in places]
    with_breaks = found.sum() / len(places)
    return {
        "nats": float(np.mean(found[places] + np.log1p(-np.array(breaks)))),
        "nats with breaks": float(with_breaks),
        "seconds": seconds,
    }


def sampled(temperature: float, top_p: float) -> dict:
    """What poems at one setting keep, and how they differ from one another."""
    how: dict[str, Any] = {"temperature": temperature, "top_p": None if top_p == 1 else top_p}
    rows = drawn(shipped(), POEMS, **how)
    return {"temperature": temperature, "top-p": top_p, **judged(poet.poems(rows))}


# The mark


def pairs(rows: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of poems (n, 31), as read: each pair (character before, character), and whether it is green.

    A break is no free choice, so that it does not count, but it is the one before the first
    character of a line. Before the first of a poem stands nothing.
    """
    before, after = rows[:, :-1], rows[:, 1:]
    end = poet.alphabet().characters.index(poet.BREAK)
    codes = np.where(after == end, -1, before * len(poet.alphabet()) + after)
    return codes, table[before, after]


def share_found(codes: np.ndarray, green: np.ndarray, poems: int, repeats: bool = False) -> float:
    """Share of SETS texts of so many poems that are called marked, at one false alarm in 1000."""
    rng, found = np.random.default_rng(poems), []
    for _ in range(SETS):
        chosen = rng.choice(len(codes), poems, replace=False)
        code, is_green = codes[chosen].ravel(), green[chosen].ravel()
        kept = code >= 0
        code, is_green = code[kept], is_green[kept]
        if not repeats:
            is_green = is_green[np.unique(code, return_index=True)[1]]
        found.append((is_green.sum(), len(is_green)))
    return float((watermark.p_value(*np.transpose(found)) <= ALARM).mean())


def characters_needed(codes: np.ndarray, green: np.ndarray) -> tuple[int | None, list[float]]:
    """The shortest text that is found in 99 of 100 cases, in characters; the curve."""
    curve: list[float] = []
    for poems in range(1, MOST + 1):
        curve.append(share_found(codes, green, poems))
        if curve[-1] >= FOUND:
            return poems * poet.CHARACTERS, curve
    return None, curve


def changed(rows: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Poems with this share of their characters replaced by others, as frequent as in poems."""
    rng = np.random.default_rng(seed)
    end = poet.alphabet().characters.index(poet.BREAK)
    free = rows[rows != end]
    hit = (rng.random(rows.shape) < share) & (rows != end)
    return np.where(hit, rng.choice(free, rows.shape), rows)


def mark(temperature: float, delta: float) -> dict:
    """Poems with a mark: how soon it is found, also after changes, and what it costs."""
    size = len(poet.alphabet())
    bias = watermark.bias(size, MARK_KEY, delta) if delta else None
    rows = drawn(shipped(), MARKED, temperature=temperature, bias=bias)
    read, table = rows[:, 3:-1], watermark.greens(size, MARK_KEY)
    codes, green = pairs(read, table)
    found: dict[str, Any] = {
        "temperature": temperature,
        "delta": delta,
        "nats": nats(shipped(), rows),
        "green": float(green[codes >= 0].mean()),
        **judged(poet.poems(rows)),
    }
    for share in CHANGES if delta else ():
        changed_rows = changed(read, share, seed=1)
        needed, curve = characters_needed(*pairs(changed_rows, table))
        name = f"{share:.0%} changed"
        found |= {} if needed is None else {f"characters, {name}": needed}
        found |= {f"curve, {name}": curve}
    return found


def alarms(name: str) -> dict:
    """Texts of 12 poems without a mark: how often each of KEYS keys calls them marked."""
    if name == "real":
        rows = poet.rows(training_poems()[:: len(training_poems()) // MARKED])[:MARKED]
    else:
        rows = drawn(shipped(), MARKED, temperature=float(name))
    found: dict[bool, list[float]] = {True: [], False: []}
    for key in range(KEYS):
        table = np.asarray(watermark.greens(len(poet.alphabet()), key))
        codes, green = pairs(rows[:, 3:-1], table)
        for repeats in found:
            found[repeats].append(share_found(codes, green, 12, repeats))
    return {
        "texts": KEYS * SETS,
        "once": float(np.mean(found[False])),
        "repeated": float(np.mean(found[True])),
        "worst key, once": max(found[False]),
        "worst key, repeated": max(found[True]),
    }


def measure(left: list[tuple]) -> Iterator[dict]:
    """A row for each name."""
    for part, setting, seed in left:
        numbers = setting.split(", ")
        row = {"part": part, "setting": setting, "seed": seed}
        if part == "training":
            row |= training(setting, seed)
        elif part == "counting":
            row |= counting(int(numbers[0]), numbers[1])
        elif part == "map":
            row |= sampled(*map(float, numbers))
        elif part == "mark":
            row |= mark(*map(float, numbers))
        else:
            row |= alarms(setting)
        yield row


def table(rows: list[dict]) -> str:
    """One line a row, the columns that most of them have."""
    names = ("nats", "form", "rhyme", "tones", "all", "copied", "lines", "pairs")
    lines = []
    for row in rows:
        numbers = [f"{row[name]:.3f}" if name in row else "" for name in names]
        more = [f"{row[name]:.4f}" for name in ("once", "repeated") if name in row]
        needed = [str(value) for name, value in row.items() if name.startswith("characters")]
        lines.append((row["part"], row["setting"], *numbers, " ".join(more + needed)))
    return aligned(("part", "setting", *names, "characters, or alarms"), lines)


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    run(__file__, KEY, WANTED, measure, table)
