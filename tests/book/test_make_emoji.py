"""The script that makes the emoji: which it takes, where it cuts, what stays together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tools.make import make_emoji


def entry(code="1F600", order=1, category="Objects", both=True, x=0, y=0) -> dict:
    return {
        **{"unified": code, "sort_order": order, "category": category, "sheet_x": x, "sheet_y": y},
        **{"has_img_google": True, "has_img_twitter": both},
    }


def test_flags_skins_and_what_one_style_lacks_are_left_out():
    entries = [
        *(entry("3", order=3), entry("1", category="Flags"), entry("2", both=False)),
        *(entry("4", category="Component"), entry("5", order=2)),
    ]
    assert [each["unified"] for each in make_emoji.chosen(entries)] == ["5", "3"]


def test_pictures_are_cut_from_their_cells_and_set_on_white():
    sheet = Image.new("RGBA", (44, 22), (0, 0, 0, 0))
    sheet.paste((255, 0, 0, 255), (23, 1, 43, 21))
    sheet.paste((0, 0, 0, 128), (23, 1, 24, 2))
    empty, red = make_emoji.cut(sheet, [entry(), entry(x=1)])
    assert empty.shape == (20, 20, 3)
    assert (empty == 255).all()
    assert (red[1:] == [255, 0, 0]).all()
    assert red[0, 0] == pytest.approx([127, 127, 127], abs=1)


def test_names_are_found_by_the_code_with_or_without_the_mark_of_colour():
    data = [{"hexcode": "261D", "label": "up"}, {"hexcode": "1F600-FE0F", "label": "face"}]
    entries = [entry("1F600"), entry("261D-FE0F")]
    assert make_emoji.labels(data, entries) == ["face", "up"]
    with pytest.raises(KeyError):
        make_emoji.labels(data, [entry("1F601")])


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("woman running: facing right", "running"),
        ("person running", "running"),
        ("man", "man"),
        ("keycap: #", "keycap #"),
        ("ox", "ox"),
    ],
)
def test_who_does_it_does_not_matter(name, without):
    assert make_emoji.what(name) == without


def noise(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 20, 20, 3), "uint8")


def test_families_hold_near_copies_of_either_style_and_one_subject():
    first, second = noise(0, 7), noise(1, 7)
    first[1] = first[0] // 8 * 8  # nearly the same
    second[2] = second[1][:, ::-1]  # the mirror image, in the other style
    first[3] = np.clip(first[0].astype(int) + 40, 0, 255)  # no near-copy
    names = ["a", "b", "c", "d", "woman running", "man running", "woman"]
    family = make_emoji.families(names, first, second)
    assert family[0] == family[1] == family[2]
    assert family[4] == family[5]
    assert len(set(family)) == 4


@given(st.lists(st.integers(1, 9), min_size=4, max_size=30), st.integers(2, 40))
def test_the_test_has_whole_families_none_large_and_no_more_than_wanted(sizes, wanted):
    family = np.repeat(np.arange(len(sizes)), sizes)
    names = [f"emoji {k}" for k in range(len(family))]
    rows = make_emoji.test_rows(names, family, wanted)
    assert rows.sum() <= wanted
    taken = {int(each) for each in family[rows]}
    assert rows.sum() == sum(sizes[each] for each in taken)
    assert all(sizes[each] <= 6 for each in taken)
    small = [sizes[each] for each in range(len(sizes)) if sizes[each] <= 6 and each not in taken]
    assert all(size > wanted - rows.sum() for size in small)


def test_colours_are_numbered_without_loss():
    pictures = noise(0, 3) // 86 * 86
    colours, places = make_emoji.indexed(pictures)
    assert len(colours) <= 27
    np.testing.assert_array_equal(colours[places], pictures)
    with pytest.raises(ValueError, match="at most 256 colours"):
        make_emoji.indexed(noise(0, 3))
