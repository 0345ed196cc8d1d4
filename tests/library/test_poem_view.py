"""Poems with their rules as marks."""

from html.parser import HTMLParser

import pytest

from aigc_lib import poem_view, verse

TEST = verse.quatrains("test")


def test_marks_and_judge_agree_on_every_real_poem():
    for poem in TEST:
        fits = all(fit for line in poem_view.marks(poem.lines) for _, fit in line)
        assert fits == (verse.keeps(poem)["tones"] is True)


def test_a_tone_that_does_not_fit_is_marked_and_no_other():
    poem = next(each for each in TEST if all(verse.keeps(each).values()))
    level = next(c for c in poem.text if verse.tone(c) == "level")
    oblique = next(c for c in poem.text if verse.tone(c) == "oblique")
    wrong = {"level": oblique, "oblique": level}
    place = next(i for i in (1, 3, 5) if verse.tone(poem.lines[2][i]) in wrong)
    line = list(poem.lines[2])
    line[place] = wrong[verse.tone(line[place])]
    changed = [*poem.lines[:2], "".join(line), poem.lines[3]]
    found = [fit for each in poem_view.marks(changed) for _, fit in each]
    assert found.count(False) == 1
    assert not poem_view.marks(changed)[2][place // 2][1]
    assert "1 against" in repr(poem_view.Scroll(changed))


class Text(HTMLParser):
    """The characters outside the marks."""

    def __init__(self) -> None:
        super().__init__()
        self.said, self.open = "", []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said += data if "rt" not in self.open else ""


@pytest.mark.parametrize("poem", [TEST[0], TEST[0].text, ["<b>", "&"], "三\n行\n詩"])
def test_the_page_and_the_text_say_the_poem(poem):
    scroll = poem_view.Scroll(poem, "a <title>")
    reader = Text()
    reader.feed(scroll._repr_html_())
    assert reader.open == []
    for line in scroll.lines:
        assert line in reader.said
        assert line[:-1] in repr(scroll)
    for said in (reader.said, repr(scroll)):
        assert "a <title>" in said
        assert scroll.gloss in said


def test_a_poem_without_rhyme_looks_different():
    first, second = (each for each in TEST[:2])
    mixed = [*first.lines[:3], second.lines[3]]
    assert verse.keeps(first)["rhyme"]
    assert not verse.keeps(mixed)["rhyme"]
    assert "rhyme ✓" in repr(poem_view.Scroll(first))
    assert "rhyme ✗" in repr(poem_view.Scroll(mixed))
    assert "wavy" in poem_view.Scroll(mixed)._repr_html_()
    assert "wavy" not in poem_view.Scroll(first)._repr_html_()


def test_what_cannot_be_is_told(capsys):
    with pytest.raises(TypeError, match="expected a poem"):
        poem_view.show(3)
    with pytest.raises(ValueError, match=r"expected the four lines .* got 2"):
        poem_view.marks(["a", "b"])
    poem_view.show(TEST[0], "shown")
    assert "shown" in capsys.readouterr().out
