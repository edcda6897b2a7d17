"""The Swin page as a visitor's script: every section in both languages, clicks, links, files."""

import json
from functools import partial
from io import BytesIO

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages import visits
from tests.pages.visits import quiet

SECTIONS = ("frames", "bias", "merging", "cost", "field", "padding", "taken", "versions")

opened = partial(visits.opened, "swin")


def words(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.latex, *app.warning))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_runs_in_both_languages(section: str, lang: str) -> None:
    app = quiet(opened(section=section, lang=lang))
    assert app.session_state["swin_section"] == section and not app.warning
    assert "滑动窗口" not in words(app)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        # 16×16 tokens, windows of 4×4, shifted by 2: the corner window holds four regions.
        ({}, ("16×16 tokens", "16 windows", "Regions: 9", "other 12 are")),
        ({"mask": "False"}, ("Without the mask, token (1, 1)",)),
        ({"token": "136"}, ("token (8, 8) lies in one region",)),
        ({"shift": "0"}, ("lies in one region", "Regions: 1")),
        ({"section": "bias", "query": "15", "key": "0"}, (r"\mathbf{48}", "256 pairs", "49 rows")),
        ({"section": "merging"}, ("This is rounding",)),
        # 4 · 56² · 96² + 2 · 56⁴ · 96 and 4 · 56² · 96² + 2 · 7² · 56² · 96
        ({"section": "cost"}, ("2{,}003{,}828{,}736", "145{,}108{,}992", "64.0 times less")),
        ({"section": "padding"}, ("17×17 tokens", "padded to 20×20")),
        ({"section": "padding", "side": "32"}, ("fill it",)),
        (
            {"section": "taken"},
            ("Norms: 2. Activation functions: 1.", "Norms: 3. Activation functions: 3."),
        ),
    ],
)
def test_a_link_opens_what_it_says(query: dict[str, str], said: tuple[str, ...]) -> None:
    app = quiet(opened(**query))
    assert all(one in words(app) for one in said), words(app)


@pytest.mark.parametrize(
    "query",
    [
        {"section": "nothing"},
        {"token": "256", "shift": "4", "head": "9", "mask": "yes", "net": "resnet50"},
        {"section": "bias", "query": "16", "key": "-1", "stage": "stage9"},
        {"section": "cost", "side": "225", "of": "../x"},
    ],
)
def test_an_odd_link_says_what_it_could_not_show(query: dict[str, str]) -> None:
    app = quiet(opened(**query))
    assert len(app.warning) == len(query) - ("section" in query and query["section"] in SECTIONS)


def test_the_mask_shows_in_the_frames() -> None:
    app = quiet(opened())
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert len(charts) == 8
    quiet(app.toggle("swin_mask").set_value(False).run())
    free = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    changed = [i for i, pair in enumerate(zip(charts, free, strict=True)) if pair[0] != pair[1]]
    assert changed == [5, 6]  # the attention, in its window and rolled back
    assert "".join(app.query_params["mask"]) == "False"


def test_a_choice_of_the_papers_network_has_its_windows() -> None:
    app = quiet(opened(net="swin_tiny_patch4_window7_224"))
    assert "64 windows of 7×7" in words(app) and "49×49" in words(app)


def test_the_visitors_own_image_is_cut_into_windows() -> None:
    app = quiet(opened(image="yours"))
    before = [chart.proto.spec for chart in app.get("plotly_chart")]
    file = BytesIO()
    Image.new("RGB", (40, 60), "red").save(file, "PNG")
    app.file_uploader("image_file").set_value(("red.png", file.getvalue(), "image/png")).run()
    after = [chart.proto.spec for chart in quiet(app).get("plotly_chart")]
    assert before[0] != after[0]
