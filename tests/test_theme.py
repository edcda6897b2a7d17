"""Both themes can be read: contrasts by the formula of WCAG 2.2."""

import re
import tomllib
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"
THEME = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"]
GROUNDS = ("backgroundColor", "secondaryBackgroundColor")
STYLES = CONFIG.parents[1] / "convnext_viz" / "ui" / "style"
STYLE = (STYLES / "all_pages.css").read_text(encoding="utf-8")
ON_PRIMARY = {"light": "#ffffff", "dark": "#0f1419"}
CHOSEN = 0.1  # a chosen segment stands on the primary colour at this opacity
CAPTION = 0.6  # Streamlit writes captions in the text's colour at this opacity


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def blend(above: str, below: str, opacity: float) -> str:
    pairs = ((int(above[i : i + 2], 16), int(below[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(opacity * a + (1 - opacity) * b):02x}" for a, b in pairs)


def test_the_formula() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read(mode: str, ground: str) -> None:
    theme = THEME[mode]
    below = theme[ground]
    for role in ("textColor", "linkColor", "grayTextColor", "codeTextColor"):
        assert contrast(theme[role], below) >= 4.5, role
    assert contrast(blend(theme["textColor"], below, CAPTION), below) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_what_can_be_clicked_stands_out_and_what_is_chosen_can_be_read(mode: str) -> None:
    primary = THEME[mode]["primaryColor"]
    assert contrast(ON_PRIMARY[mode], primary) >= 4.5
    assert contrast("#ffffff", primary) >= 3  # the tick of a box, which is no text
    for ground in GROUNDS:
        below = THEME[mode][ground]
        assert contrast(primary, below) >= 4.5  # a slider's value
    below = THEME[mode]["backgroundColor"]
    assert contrast(primary, blend(primary, below, CHOSEN)) >= 4.5


def test_every_colour_of_the_style_can_be_read_in_its_theme() -> None:
    pairs = set(re.findall(r"light-dark\((#\w{6}), (#\w{6})\)", STYLE)) - {
        (ON_PRIMARY["light"], ON_PRIMARY["dark"])
    }
    assert pairs
    for pair in pairs:
        for mode, colour in zip(("light", "dark"), pair, strict=True):
            for ground in GROUNDS:
                assert contrast(colour, THEME[mode][ground]) >= 4.5, (mode, colour)


def test_the_letters_of_a_primary_button_are_those_of_the_style() -> None:
    assert f"light-dark({ON_PRIMARY['light']}, {ON_PRIMARY['dark']})" in STYLE


def test_the_style_is_one_that_streamlit_lets_through() -> None:
    assert not re.search(r"<[/\w!]", STYLE)  # DOMPurify would drop all of it
