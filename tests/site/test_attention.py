"""The widget of attention: it computes what Keras does, and follows the reader's text and keys."""

import keras
import numpy as np
import pytest
from scipy import special

from aigc_lib import _attention, _steps, widgets
from aigc_lib.gpt import GPT
from aigc_lib.text import Alphabet, CountModel, shakespeare
from aigc_lib.transformer import transformer

LETTERS = "\n .abcdef"


@pytest.fixture(scope="module")
def shipped() -> tuple[keras.Model, str]:
    return widgets.shipped_attention()


@pytest.fixture
def opened(open_widget, shipped):
    """The widget, showing a text: the page, and a reader of its numbers."""

    def open_text(text: str = widgets.TEXT, **options):
        data = widgets.attention_data(*shipped, text)
        return open_widget(widgets.widget_html("attention", "letters and bars", **data), **options)

    return open_text


# What it computes


def network_of(**settings) -> keras.Model:
    """A small network with every weight moved: a 0 or a 1, as at first, would hide a fault."""
    sizes = {"length": 12, "width": 8, "heads": 2, "layers": 2, "mixing": 3} | settings
    network, rng = transformer(len(LETTERS), **sizes), np.random.default_rng(0)
    network.set_weights([w + 0.4 * rng.normal(size=w.shape) for w in network.get_weights()])
    return network


def read(page, network: keras.Model, characters: str, ids: np.ndarray) -> tuple[np.ndarray, list]:
    """What the page makes of ids: logits (t, V); of each layer and head a row for each place."""
    found = page.evaluate(
        """async ([packed, ids]) => {
            const { read, unpack } = await import("/transformer.js");
            const { logits, weights } = read(unpack(packed), ids);
            return [logits.map((row) => [...row]), weights];
        }""",
        [widgets.attention_data(network, characters, "")["network"], ids.tolist()],
    )
    return np.array(found[0]), found[1]


def assert_same(network: keras.Model, ids: np.ndarray, logits: np.ndarray, weights: list) -> None:
    """Logits to 1e-4, weights of attention to 1e-5: rounding of 32-bit floats, no more."""
    expected = keras.ops.convert_to_numpy(network(ids[None]))[0]
    assert np.ptp(expected) > 1
    assert np.abs(logits - expected).max() < 1e-4
    looked = GPT(network).attention(ids)
    assert len(weights) == len(looked)
    for layer, whole in zip(weights, looked, strict=True):
        assert len(layer) == len(whole)
        for head, matrix in zip(layer, np.asarray(whole), strict=True):
            assert [len(row) for row in head] == list(range(1, len(ids) + 1))
            for i, row in enumerate(head):
                assert np.abs(row - matrix[i, : i + 1]).max() < 1e-5
                assert np.abs(matrix[i, i + 1 :]).max(initial=0) < 1e-6  # what the page leaves out


@pytest.mark.parametrize(
    "settings",
    [{}, {"mixing": 1}, {"mixing": 5, "layers": 1}, {"heads": 1}, {"heads": 8, "width": 16}],
)
def test_the_page_reads_a_network_as_keras_does(modules_page, settings):
    network = _steps.rounded(network_of(**settings))
    ids = np.random.default_rng(1).integers(len(LETTERS), size=12)
    for row in (ids, ids[:5], ids[:1]):
        assert_same(network, row, *read(modules_page, network, LETTERS, row))


def test_the_page_reads_the_shipped_network_as_keras_does(modules_page, shipped):
    network, characters = shipped
    ids = Alphabet(characters).encode(shakespeare()[1][5000 : 5000 + _attention.SIZES["length"]])
    assert_same(network, ids, *read(modules_page, network, characters, ids))


def test_rounding_is_half_a_step_and_is_done_once():
    matrix = np.random.default_rng(0).normal(size=(40, 7)).astype("float32")
    matrix[:, 3] = 0
    whole, scales = _steps.in_steps(matrix)
    assert (np.abs(whole * scales - matrix) <= 0.5001 * scales).all()
    assert (np.abs(whole).max(axis=0) == [127, 127, 127, 0, 127, 127, 127]).all()
    assert _steps.in_steps(whole * scales)[0].tolist() == whole.tolist()


def test_the_shipped_network_knows_more_than_pairs_of_letters(shipped):
    """Kind: weights that are not trained, or not those of these letters."""
    network, characters = shipped
    learned, held_out = map(Alphabet(characters).encode, shakespeare())
    piece = held_out[:20_000]
    counted = CountModel(order=3).fit(learned, len(characters)).nats(piece).mean()
    assert GPT(network).nats(piece).mean() < counted


def test_a_draw_falls_where_the_share_is(modules_page):
    shares = [0.1, 0.0, 0.6, 0.3]
    found = modules_page.evaluate(
        """async ([shares, us]) => {
            const { draw } = await import("/attention.js");
            return us.map((u) => draw(shares, u));
        }""",
        [shares, [0, 0.0999, 0.1001, 0.69, 0.71, 1 - 1e-17]],
    )
    assert found[:5] == [0, 0, 2, 2, 3]
    assert found[5] in (2, 3)  # never beyond the end, whatever rounding does


def test_texts_are_read_from_their_end_and_unknown_letters_are_told(modules_page):
    found = modules_page.evaluate(
        """async (text) => (await import("/attention.js")).encode([..."ab c"], text, 3)""",
        "aéb😀éc",
    )
    assert found == {"ids": [0, 1, 3], "unknown": ["é", "😀"], "dropped": 0}
    found = modules_page.evaluate(
        """async (text) => (await import("/attention.js")).encode([..."ab c"], text, 3)""", "abcab"
    )
    assert found == {"ids": [3, 0, 1], "unknown": [], "dropped": 2}


# What the reader does


def bars(page) -> dict[int, float]:
    """The list of next characters: id → probability, in its order."""
    cells = page.locator("[data-id]")
    return {int(cell.get_attribute("data-id")): float(cell.inner_text()) for cell in cells.all()}


def expected(shipped, text: str, temperature: float = 1.0) -> np.ndarray:
    """What Keras says of the character after a text."""
    network, characters = shipped
    ids = Alphabet(characters).encode(text)[-_attention.SIZES["length"] :]
    return special.softmax(keras.ops.convert_to_numpy(network(ids[None]))[0, -1] / temperature)


def test_the_bars_are_the_ten_most_probable_characters(opened, shipped):
    page, shown = opened("Bru.\nI do fear, the peo")
    for temperature in (1.0, 0.5):
        page.get_by_label("temperature").fill(str(temperature))
        shares = expected(shipped, "Bru.\nI do fear, the peo", temperature)
        found = bars(page)
        assert list(found) == np.argsort(-shares)[:10].tolist()
        assert list(found.values()) == pytest.approx(shares[list(found)], abs=6e-4)
    assert shown("chosen") == "“o”, 23 of 23"


def test_what_is_typed_is_read(opened, shipped):
    page, shown = opened()
    before = bars(page)
    page.get_by_label("your text").fill("The qu")
    assert bars(page) != before
    assert page.locator(".cell").count() == 6
    network, characters = shipped
    ids = Alphabet(characters).encode("The qu")
    logs = special.log_softmax(keras.ops.convert_to_numpy(network(ids[None]))[0], axis=-1)
    nats = -logs[np.arange(5), ids[1:]].mean()
    assert float(shown("nats")) == pytest.approx(nats, abs=0.006)


def test_letters_that_the_model_does_not_know_are_named(opened):
    page, shown = opened()
    page.get_by_label("your text").fill("Hé 7 <b>")
    notice = shown("notice")
    assert all(sign in notice for sign in ("“é”", "“7”", "“<”", "“>”"))
    assert "".join(page.locator(".cell").all_inner_texts()).replace("\n", "") == "H␣␣b"
    page.get_by_label("your text").fill("Known")
    assert shown("notice") == ""


def test_a_long_text_is_read_from_its_end(opened, shipped):
    page, shown = opened()
    text = "What means this shouting? " * 5
    page.get_by_label("your text").fill(text)
    length = _attention.SIZES["length"]
    assert str(len(text) - length) in shown("notice")
    assert page.locator(".cell").count() == length
    assert list(bars(page)) == np.argsort(-expected(shipped, text))[:10].tolist()


@pytest.mark.parametrize("text", ["", "7"])
def test_without_a_letter_nothing_is_shown_and_nothing_breaks(opened, text):
    page, shown = opened()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    field = page.get_by_label("your text")
    field.fill(text)
    assert (page.locator(".cell").count(), bars(page), shown("chosen")) == (0, {}, "–")
    assert page.get_by_role("button", name="Draw one").is_disabled()
    page.get_by_role("listbox").press("ArrowLeft")
    assert shown("notice")
    field.fill("a")
    assert page.get_by_role("button", name="Draw one").is_enabled()
    assert shown("nats") == "–"  # nothing was told from something before it
    assert errors == []


def test_the_likeliest_letter_is_added_at_the_end(opened, shipped):
    page, shown = opened("Bru.\nI do fear, the peo")
    page.get_by_role("listbox").press("Home")
    text = "Bru.\nI do fear, the peo"
    for _ in range(3):
        page.get_by_role("button", name="Add the likeliest").click()
        text += shipped[1][expected(shipped, text).argmax()]
        assert page.get_by_label("your text").input_value() == text
    assert shown("chosen").endswith(f"{len(text)} of {len(text)}")


def test_a_letter_is_drawn_at_the_temperature(opened, shipped):
    page, _ = opened("Bru.\nI ")
    page.get_by_label("temperature").fill("1.5")
    text = "Bru.\nI "
    for u in (0.03, 0.4, 0.97):
        page.evaluate(f"Math.random = () => {u}")
        page.get_by_role("button", name="Draw one").click()
        text += shipped[1][np.searchsorted(expected(shipped, text, 1.5).cumsum(), u)]
        assert page.get_by_label("your text").input_value() == text


def labels(page) -> list[str]:
    return [each.get_attribute("aria-label") for each in page.locator(".cell").all()]


def test_keys_choose_letter_and_head_and_later_letters_are_hidden(opened, shipped):
    text = "I do fear"
    page, shown = opened(text)
    letters = page.get_by_role("listbox")
    for key in ("Home", *["ArrowRight"] * 3, "ArrowDown", "ArrowDown"):
        letters.press(key)
    assert shown("chosen") == "“o”, 4 of 9"
    assert page.get_by_role("combobox").input_value() == "2"
    network, characters = shipped
    weights = GPT(network).attention(Alphabet(characters).encode(text))[0]
    told = labels(page)
    assert told[4:] == [f"{letter}, hidden".replace(" ,", "space,") for letter in text[4:]]
    for j, label in enumerate(told[:4]):
        said = float(label.partition("weight ")[2])
        assert said == pytest.approx(float(np.asarray(weights)[2, 3, j]), abs=0.006)
    chosen = page.locator("[aria-selected=true]")
    assert chosen.get_attribute("id") == letters.get_attribute("aria-activedescendant")
    letters.press("End")
    letters.press("ArrowRight")  # beyond the end: it stays
    assert shown("chosen") == "“r”, 9 of 9"
    for _ in range(20):
        letters.press("ArrowDown")
    heads = _attention.SIZES["layers"] * _attention.SIZES["heads"]
    assert page.get_by_role("combobox").input_value() == str(heads - 1)


def test_a_click_chooses_a_letter_and_the_list_another_head(opened):
    page, shown = opened("I do fear")
    page.locator(".cell").nth(2).click()
    assert shown("chosen") == "“d”, 3 of 9"
    looks = shown("looks")
    page.get_by_role("combobox").select_option("5")
    assert shown("looks") != looks
    assert page.locator(".came [data-id]").count() <= 1


# What it refuses


def broken(network: keras.Model) -> keras.Model:
    network.set_weights([w * np.nan for w in network.get_weights()])
    return network


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (
            lambda: (keras.Sequential([keras.Input((3,)), keras.layers.Dense(9)]), LETTERS),
            TypeError,
            "network",
        ),
        (lambda: (network_of(causal=False, mixing=1), LETTERS), ValueError, "causal"),
        (lambda: (network_of(attention=False), LETTERS), ValueError, "'heads': 0"),
        (lambda: (network_of(tied=True), LETTERS), ValueError, "tied=True"),
        (lambda: (network_of(), LETTERS + "g"), ValueError, r"expected 9 characters, .*but got 10"),
        (lambda: (network_of(), "a" * 9), ValueError, "expected 9 characters, each once"),
        (lambda: (network_of(), LETTERS, "abz"), ValueError, "but got 'z' in 'abz'"),
        (lambda: (broken(network_of()), LETTERS), ValueError, "finite"),
        (lambda: (network_of(width=256), LETTERS), ValueError, "Give it fewer weights"),
    ],
)
def test_what_the_page_cannot_read_is_refused(given, error, said):
    with pytest.raises(error, match=said):
        widgets.show_attention(*(*given(), "abc")[:3])
