"""The look of figures: colours that differ visibly and can be read, in app and notebook."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from PIL import ImageColor
from plotly.colors import get_colorscale

from convnext_viz.plots import theme

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
STAGES = ["stem", *(f"stage{i}" for i in range(1, 9)), "head"]


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("stage", STAGES)
def test_text_on_every_stage_colour_can_be_read(stage: str) -> None:
    colour = theme.stage_colour(stage)
    dark, light = sorted((luminance(colour), luminance(theme.text_on(colour))))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_stage_has_its_own_colour() -> None:
    assert all(
        theme.stage_colour(one) != theme.stage_colour(two) for one, two in combinations(STAGES, 2)
    )


def test_the_app_and_the_figures_share_the_palette() -> None:
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
    assert config["chartCategoricalColors"] == list(theme.STAGE_COLOURS.values())
    assert config["chartDivergingColors"] == [colour for _, colour in theme.DIVERGING]


def test_a_blank_figure_leaves_the_ground_to_the_theme() -> None:
    figure = theme.blank(height=100)
    assert figure.layout.paper_bgcolor is None
    assert luminance(figure.layout.font.color) < 0.01  # outside Streamlit: readable on white
    assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_heat_is_inferno_and_no_colour_of_it_one_that_streamlit_replaces() -> None:
    """In a figure's JSON, Streamlit puts its theme's colours for "#000001" to "#000038"."""
    given = get_colorscale("Inferno")
    assert [at for at, _ in theme.HEAT] == pytest.approx([at for at, _ in given])
    ours, plotlys = (
        [ImageColor.getrgb(str(one)) for _, one in scale] for scale in (theme.HEAT, given)
    )
    assert ours == plotlys
    for scale in (theme.HEAT, theme.DIVERGING, get_colorscale(theme.SEQUENTIAL)):
        assert not any(re.fullmatch(r"#0000\d\d", str(colour)) for _, colour in scale)
