"""The figures show the right pixels at the right place, and refuse what they cannot show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from aigc_lib import losses, plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_grid_shows_each_image_in_its_place():
    images = np.stack([np.full((4, 4), value) for value in (-0.5, 0.0, 0.5)])
    figure = plots.image_grid(images[..., np.newaxis], columns=2, row_labels=["a", "b"])
    sheet = figure.axes[0].images[0].get_array()
    assert (sheet[:4, :4] == -0.5).all()
    assert (sheet[:4, 6:10] == 0.0).all()
    assert (sheet[6:10, :4] == 0.5).all()
    assert (sheet[6:10, 6:10] == -1).all()  # no fourth image: paper


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 28), (2, 28, 28, 2), (0, 28, 28, 3)])
def test_grid_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"expected images of shape"):
        plots.image_grid(np.zeros(shape))


def test_grid_shows_colours():
    red, blue = np.zeros((2, 4, 4, 3)) - 1
    red[..., 0], blue[..., 2] = 1, 1
    sheet = plots.image_grid(np.stack([red, blue]), columns=2).axes[0].images[0].get_array()
    assert (sheet[:4, :4] == [1, 0, 0]).all()
    assert (sheet[:4, 6:10] == [0, 0, 1]).all()
    assert (sheet[4:6] == 1).all()  # the gaps are white here too


def test_grid_refuses_labels_that_do_not_match():
    with pytest.raises(ValueError, match="expected 2 row labels or none, but got 1"):
        plots.image_grid(np.zeros((4, 3, 3)), columns=2, row_labels=["only one"])


def test_curves_are_drawn_from_the_history():
    history = {"d_loss": [1.0, 1.2], "g_loss": [0.9, 0.8], "d_accuracy": [0.7, 0.6]}
    losses, accuracy = plots.training_curves(history).axes
    np.testing.assert_array_equal(losses.lines[0].get_ydata(), history["d_loss"])
    np.testing.assert_array_equal(accuracy.lines[0].get_ydata(), history["d_accuracy"])
    assert all(axis.get_xlabel() and axis.get_ylabel() for axis in (losses, accuracy))


def test_curves_name_what_is_missing():
    with pytest.raises(ValueError, match="d_accuracy"):
        plots.training_curves({"d_loss": [1], "g_loss": [1]})


GUESSING = {  # the losses when D = 1/2; for "dual" when both scores are 1
    "minimax": (np.log(4), -np.log(2)),
    "non-saturating": (np.log(4), np.log(2)),
    "least-squares": (1, 0.5),
    "hinge": (2, 0),
    "wasserstein": (0, 0),
    "relativistic": (np.log(2), np.log(2)),
    "dual": (2, -1),
}


@pytest.mark.parametrize("name", list(losses.GAN_LOSSES))
def test_dotted_lines_are_those_of_the_loss(name):
    """Holds off the lines of one loss under the curves of another."""
    history = {"d_loss": [1.0, 1.2], "g_loss": [0.9, -0.8], "d_accuracy": [0.3, 0.6]}
    drawn, accuracy = plots.training_curves(history, loss=name).axes
    lines = [line.get_ydata()[0] for line in drawn.lines if line.get_linestyle() == ":"]
    assert lines == pytest.approx(GUESSING[name], abs=1e-12)
    assert ("nats" in drawn.get_ylabel()) == (name in losses.IN_NATS)
    assert drawn.get_ylim()[0] < -0.8  # nothing is cut off
    assert accuracy.get_ylim()[0] < 0.3


def test_curves_above_zero_are_drawn_from_zero():
    """Holds off another figure for the histories of the chapters."""
    history = {"d_loss": [1.0, 1.2], "g_loss": [0.9, 0.8], "d_accuracy": [0.7, 0.6]}
    drawn, accuracy = plots.training_curves(history).axes
    assert (drawn.get_ylim()[0], accuracy.get_ylim()) == (0, (0.4, 1))
    assert (drawn.get_ylabel(), drawn.lines[1].get_ydata()[0]) == ("loss (nats)", np.log(4))


def test_map_has_a_point_a_code_and_a_number_a_digit():
    codes, labels = np.arange(12.0).reshape(6, 2), np.array([7, 7, 7, 0, 0, 0])
    (ax,) = plots.latent_map(codes, labels).axes
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), codes)
    written = {text.get_text(): text.get_position() for text in ax.texts}
    assert written == {"7": (2.0, 3.0), "0": (8.0, 9.0)}


@pytest.mark.parametrize(("codes", "labels"), [((6, 3), 6), ((6, 2), 5), ((6,), 6)])
def test_map_refuses_other_shapes(codes, labels):
    with pytest.raises(ValueError, match=r"expected codes of shape \(n, 2\)"):
        plots.latent_map(np.zeros(codes), np.zeros(labels, int))


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 1.0)])
def test_low_is_white_paper_and_high_black_ink(low, high):
    """Holds off a negative, and a scale that is not the one of the pixels."""
    images = np.stack([np.full((4, 4), value) for value in (low, high, (low + high) / 2)])
    drawn = plots.image_grid(images, columns=3, low=low, high=high).axes[0].images[0]
    grey = drawn.to_rgba(drawn.get_array())[..., 0]
    assert (grey[:4, :4] == 1).all()
    assert (grey[:4, 6:10] == 0).all()
    assert grey[:4, 12:16] == pytest.approx(0.5, abs=0.01)
    assert (grey[4:] == 1).all()  # the gap


def test_labels_of_a_grid_stand_at_the_middle_of_their_images():
    """Holds off labels that name the neighbour."""
    figure = plots.image_grid(
        np.zeros((4, 6, 10)), columns=2, row_labels=["a", "b"], column_labels=["c", "d"]
    )
    axis = figure.axes[0]
    assert list(axis.get_xticks()) == [6, 18]  # 10 pixels and 2 of paper
    assert list(axis.get_yticks()) == [4, 12]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b"]


def test_dotted_lines_are_what_guessing_gives():
    """Holds off log 4 at the generator's curve, or another accuracy of guessing than a half."""
    history = {"d_loss": [1.0], "g_loss": [0.9], "d_accuracy": [0.7]}
    losses, accuracy = plots.training_curves(history).axes
    lines = [line.get_ydata()[0] for line in (*losses.lines, *accuracy.lines)]
    assert lines == pytest.approx([1.0, np.log(4), 0.9, np.log(2), 0.7, 0.5])


def test_a_label_stands_at_the_median_of_its_codes():
    """Holds off the mean, which one far code moves off its cloud."""
    codes = np.array([[0.0, 0.0], [1.0, 2.0], [50.0, 90.0]])
    (ax,) = plots.latent_map(codes, np.zeros(3, int)).axes
    assert ax.texts[0].get_position() == (1.0, 2.0)


GROUNDS = {"white": "#ffffff", "the dark page": "#121212", "a dark page of JupyterLab": "#111111"}


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 … 21, as WCAG 2.2 defines it."""
    light = []
    for colour in (one, other):
        s = np.array(to_rgb(colour))
        linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
        light.append(linear @ [0.2126, 0.7152, 0.0722])
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_tone_stands_out_from_every_ground(ground):
    """WCAG asks for 3 : 1 of lines; a grey that is equally far from white and black has 4.6."""
    assert all(contrast(tone, GROUNDS[ground]) >= 3 for tone in plots.COLOURS)
    assert contrast(plots.INK, GROUNDS[ground]) >= 4.2


def test_figures_have_no_ground_and_no_black():
    """Holds off a light box on a dark page, and axes that vanish on it."""
    with plt.rc_context():
        plots.use_style()
        history = {"d_loss": [1.0, 1.2], "g_loss": [0.9, 0.8], "d_accuracy": [0.7, 0.6]}
        figure = plots.training_curves(history)
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())
    assert (pixels[:3, :3, 3] == 0).all()
    solid = np.unique(pixels[pixels[..., 3] == 255][:, :3], axis=0) / 255
    assert 4 <= len(solid) < 100
    for ground in GROUNDS.values():
        assert min(contrast(tone, ground) for tone in solid) >= 3
