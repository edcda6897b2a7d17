"""Maps on the Explain page as a visitor's script runs: methods, contrast, grid, evidence."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.explain.maps.methods import ATTENTION_METHODS, METHODS
from convnext_viz.nets import BUNDLED, build, save_net
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.specs import CONVNEXT
from convnext_viz.text import LANGUAGES, t, use_language
from convnext_viz.ui.explain import state as explain_state
from convnext_viz.ui.explain.maps import AT_ONCE
from tests.pages.test_explain import choose, explains, give, opened, query, sound, text

PATIENCE = 60  # seconds
SAVES = ("picture", "arrays", "manifest", "table")


def until(app: AppTest, what: str, *, gone: bool = False) -> AppTest:
    """Looks again, as the page's own clock does, until something is said, or no longer."""
    end = time.monotonic() + PATIENCE
    while (what in text(app)) == gone:
        assert time.monotonic() < end, text(app)
        time.sleep(0.2)
        sound(app.run())
    return app


def press(app: AppTest, key: str) -> AppTest:
    (button,) = (button for button in app.button if button.key == key)
    return sound(button.click().run())


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


@pytest.fixture(scope="module")
def page() -> AppTest:
    """One visitor for the tests that leave the page as they found it."""
    return opened(stage="stage2")


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ATTENTION_METHODS])
def test_every_method_shows_its_map_its_source_and_its_evidence(method: str, page: AppTest) -> None:
    choose(page, "method", method)
    until(page, t("explain.panel.raw"))
    assert explains(page) and not page.error
    assert METHODS[method].paper in text(page) and str(METHODS[method].year) in text(page)
    formulas = [formula.value.strip("$\n ") for formula in page.latex]
    assert r",\quad ".join(formulas) == METHODS[method].formula
    empty = t("explain_maps.curves.flat")  # Ablation-CAM's map of this picture is
    until(page, empty if empty in text(page) else "area under the curve")
    linked = query(page)
    assert linked.get("method", "grad_cam") == method
    assert ("stage" in linked) == (METHODS[method].kind != "input")


def test_integrated_gradients_say_what_is_lacking(page: AppTest) -> None:
    choose(page, "method", "integrated_gradients")
    until(page, t("explain.panel.raw"))
    coarse = gap(page)
    choose(page, "steps", 50)
    until(page, "50 steps")
    assert gap(page) <= coarse and query(page)["steps"] == "50"
    choose(page, "steps", 200)  # dear: it waits to be asked
    assert "jobs_start_map" in keys(page) and not explains(page)
    choose(page, "method", "grad_cam")
    assert "steps" not in query(page)


def gap(app: AppTest) -> float:
    (said,) = (caption.value for caption in app.caption if "a gap of" in caption.value)
    number = said.split("a gap of ")[1].split(" ")[0]
    return abs(float(number.replace("−", "-")))


def test_what_can_be_downloaded_has_the_icon_of_it(page: AppTest) -> None:
    offered = [one.proto for one in page.get("download_button")]
    assert {t(f"explain_maps.save.{what}") for what in SAVES} == {one.label for one in offered}
    assert {one.icon for one in offered} == {":material/download:"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_one_class_against_another(code: str) -> None:
    cat, dog, plane = {"en": ("cat", "dog", "airplane"), "zh": ("猫", "狗", "飞机")}[code]
    with use_language(code):
        app = opened(lang=code, **{"class": "3", "against": "5"})
        assert f"{cat} − {dog}" in text(app) and not app.error
        choose(app, "method", "eigen_cam")
        assert t("explain_maps.class_blind", method="Eigen-CAM") in text(app)
        choose(app, "view", "grid")
        assert f"{cat} − {dog}" in text(app)
        choose(app, "class_of_10", 5)  # now it would be held against itself
        assert "against" not in query(app) and not app.error
        choose(app, "against_of_10", 0)
        assert f"{dog} − {plane}" in text(app) and query(app)["against"] == "0"
        choose(app, "bundled", BUNDLED[1])  # another network with the same classes
        assert f"{dog} − {plane}" in text(app)


def test_the_grid_fills_in_and_its_maps_open(page: AppTest) -> None:
    choose(page, "view", "grid")
    assert t("explain_maps.scale_told.own") in text(page)
    choose(page, "colours", "shared")
    assert t("explain_maps.scale_told.shared") in text(page) and query(page)["colours"] == "shared"
    choose(page, "sample", "coins")
    end = time.monotonic() + PATIENCE
    begun = False
    while not begun or keys(page) - {"jobs_start_starters"}:
        assert time.monotonic() < end
        if "explain_grid_fill" in keys(page):
            assert not begun  # it goes on by itself until all is there
            press(page, "explain_grid_fill")
            begun = True
        time.sleep(0.2)
        sound(page.run())
    choose(page, "grid_open", "stage1 score_cam")
    assert explains(page) and query(page) == {
        "picture": "coins",
        "net": BUNDLED[0],
        "stage": "stage1",
        "opacity": "55",
        "method": "score_cam",
    }
    choose(page, "method", "grad_cam")
    choose(page, "stage_of_3", "stage2")
    choose(page, "sample", "chelsea")


def test_shuffled_weights_and_lessons() -> None:
    for net, told in (
        (BUNDLED[0], ["identical to the plain gradient", "LayerNorm2d"]),
        (BUNDLED[1], ["the ReLUs in this network", "equals the difference of the scores"]),
    ):
        app = opened(net=net, shuffle="on")
        until(app, "rank correlation with the original map")
        press(app, "jobs_start_lessons")
        until(app, t("explain_maps.lesson_name.deep_lift"))
        for words in told:
            assert words in text(app), (net, words)
        assert query(app)["shuffle"] == "on" and not app.error


def large(folder: Path) -> bytes:
    """Of so many multiply-adds that measurements do not begin by themselves."""
    spec = replace(CONVNEXT["convnext_atto"], depths=(1, 1, 3, 1), num_classes=3)
    net = build(spec, seed=0).eval()
    save_net(net, spec, folder / "net.safetensors", preprocess=Preprocess(image_size=(192, 192)))
    return (folder / "net.safetensors").read_bytes()


def test_what_is_dear_says_so_and_can_be_stopped(tmp_path: Path) -> None:
    app = choose(opened(), "net_kind", "checkpoint")
    give(app, "large.safetensors", large(tmp_path), file="weights")
    assert explains(app) and f"{AT_ONCE / 1e9:.1f} G MACs" in text(app)
    assert "jobs_start_curves" in keys(app)
    choose(app, "method", "score_cam")
    assert not explains(app) and t("explain.panel.input") in text(app)
    press(app, "jobs_start_map")
    press(app, "jobs_cancel_map")
    assert "jobs_start_map" in keys(app) and not app.error
    choose(app, "method", "layer_cam")  # nothing else has suffered
    assert explains(app)


def test_an_odd_link_falls_back() -> None:
    app = opened(method="lrp", contrast="99", steps="7", shuffle="perhaps", colours="jet")
    assert explains(app) and not app.error
    assert not {"method", "against", "steps", "shuffle", "colours"} & set(query(app))
    assert explain_state.VIEWS[1] == "grid"
