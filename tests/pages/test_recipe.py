"""The Recipe page as a visitor's script: every section, both languages, links, files, the lab."""

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import Lab
from convnext_viz.ui.recipe.about import TRIES
from tests.pages import visits
from tests.pages.train_page import own_lab
from tests.pages.visits import ROOT, WAIT, quiet

WITHOUT_TORCH = ("schedule", "drop", "layers", "length")
SECTIONS = (*WITHOUT_TORCH, "decay", "mixing", "augmenting", "smoothing", "scale", "average")


def opened(page: str = "recipe", **query: str) -> AppTest:
    return visits.opened(page, **query)


def words(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.warning))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_runs_in_both_languages(section: str, lang: str) -> None:
    app = quiet(opened(section=section, lang=lang))
    assert app.session_state["recipe_section"] == section
    assert not app.warning or section == "average"  # an average over a short run is of no use


@pytest.mark.parametrize(
    ("query", "said"),
    [
        # 1,281,167 images: 312 steps of 4096 in an epoch, 300 epochs of them.
        ({}, ("**312** steps", "**93,600** steps", "**0.004**")),
        ({"batch": "1024"}, ("learning rate **0.001**",)),
        ({"batch": "1024", "scaled": "False"}, ("4.00 times", "(0.001)")),
        ({"section": "average", "decay": "0.9999", "steps": "1000"}, ("90.5%",)),  # 0.9999¹⁰⁰⁰
        ({"section": "layers", "size": "B"}, ("**0.055**",)),  # 0.8¹³
        ({"section": "layers", "depth": "31"}, ("no groups for more than 30",)),
        ({"section": "length"}, ("76.13% → 78.82 ± 0.07%",)),
        ({"section": "smoothing", "epsilon": "0.1"}, ("**4.51**",)),  # ln 91
        ({"section": "drop", "size": "B"}, ("**27.0** of 36 branches",)),
    ],
)
def test_a_link_opens_what_it_says(query: dict[str, str], said: tuple[str, ...]) -> None:
    app = quiet(opened(**query))
    assert all(one in words(app) for one in said), words(app)


@pytest.mark.parametrize(
    "query",
    [
        {"section": "nothing"},
        {"of": "in21k", "batch": "100", "warmup": "-1"},
        {"section": "mixing", "mix": "cutout", "mixup": "nan", "draw": "1e9", "image": "../x"},
        {"section": "layers", "size": "XXL", "d": "2", "depth": "0"},
    ],
)
def test_an_odd_link_says_what_it_could_not_show(query: dict[str, str]) -> None:
    app = quiet(opened(**query))
    assert len(app.warning) == len(query) - ("section" in query and query["section"] in SECTIONS)


def test_another_draw_is_another_one_and_is_in_the_link() -> None:
    app = quiet(opened(section="mixing", mix="cutmix"))
    first = [chart.proto.spec for chart in app.get("plotly_chart")]
    quiet(app.button("recipe_again").click().run())
    assert [chart.proto.spec for chart in app.get("plotly_chart")] != first
    link = {name: "".join(value) for name, value in app.query_params.items()}
    assert link == {"section": "mixing", "mix": "cutmix", "draw": "1"}


def test_the_visitors_own_file_is_used_and_a_bad_one_is_named() -> None:
    app = quiet(opened(section="smoothing", image="yours"))
    assert "sample photo is shown" in words(app)
    file = BytesIO()
    Image.new("RGB", (40, 60), "red").save(file, "PNG")
    app.file_uploader("image_file").set_value(("red.png", file.getvalue(), "image/png")).run()
    own = [metric.value for metric in quiet(app).markdown if "logit lies" in metric.value]
    assert "sample photo is shown" not in words(app)
    app.segmented_control("recipe_section").set_value("schedule").run()
    app.segmented_control("recipe_section").set_value("smoothing").run()
    assert [one.value for one in quiet(app).markdown if "logit lies" in one.value] == own
    app.file_uploader("image_file").set_value(("notes.txt", b"no image", "text/plain")).run()
    assert not app.exception and "notes.txt" in app.error[0].value.lower()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from own_lab(tmp_path_factory.mktemp("lab"))


@pytest.mark.parametrize("kind", ["with", "without", "both"])
def test_the_way_to_the_lab_is_understood_there(kind: str, lab: Lab) -> None:
    """All ingredients at once: what the Train page cannot set, its link would name."""
    links = [tries[kind] for tries in TRIES.values() if kind in tries]
    link = {name: value for one in links for name, value in one.items()}
    app = quiet(opened("train", norm="layer", act="gelu", **link))
    assert not [one for one in app.warning if "link" in one.value]
    found = {name: "".join(value) for name, value in app.query_params.items()}
    assert (
        kind == "without"
        or found.items()
        >= {name: value for name, value in link.items() if name not in _DEFAULTS}.items()
    )
    if kind == "both":
        assert len(app.dataframe[0].value) == 4  # two values each of two settings of the network


_DEFAULTS = ("label_smoothing", "weight_decay")  # a link leaves out what the page has anyway


def test_schedules_and_layers_never_load_torch() -> None:
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(ROOT / "app.py")!r}, default_timeout={WAIT})
app = app.switch_page("pages/recipe.py").run()
for section in {WITHOUT_TORCH!r}:
    app.segmented_control("recipe_section").set_value(section).run()
    assert not app.exception and not app.error, section
print("torch" in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["False"], run.stdout + run.stderr
