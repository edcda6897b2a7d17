"""Pretrained weights to begin with, and names for the classes of a file that has none."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.nets import BUNDLED, build, save_net
from convnext_viz.nets.checkpoints import starters
from convnext_viz.nets.checkpoints.starters import Starter
from convnext_viz.specs import CIFAR
from convnext_viz.text import t
from convnext_viz.ui.explain.subject import starters as offer
from tests.hub_server import Hub
from tests.pages.conftest import TAG
from tests.pages.test_explain import choose, explains, give, opened, query, sound, text

START = "jobs_start_starters"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's own small network in place of the two of a lesson."""
    monkeypatch.setattr(offer, "STARTERS", (Starter(TAG, "apache-2.0"),))
    monkeypatch.setattr(starters, "_FIRST", (TAG,))


def press(app: AppTest) -> AppTest:
    """The offer taken, and the page once that is done."""
    sound(app.button(key=START).click().run())
    end = time.monotonic() + 60
    while "jobs_cancel_starters" in {button.key for button in app.button}:
        assert time.monotonic() < end
        time.sleep(0.2)
        sound(app.run())
    return app


@pytest.mark.usefixtures("small")
def test_the_offer_is_taken_and_is_the_default_from_then_on(hub: Hub) -> None:
    app = opened()
    assert query(app)["net"] == BUNDLED[0] and explains(app)
    assert "1.09 MB, apache-2.0" in text(app)  # four bytes a parameter
    hub.status = 503
    assert "503" in press(app).error[0].value  # in words, and may be tried again
    hub.status = 200
    press(app)
    assert explains(app) and not app.error and query(app)["net"] == TAG
    assert START not in {button.key for button in app.button}
    assert query(choose(app, "net_kind", "bundled"))["net"] == BUNDLED[0]  # not put back
    hub.status = 503
    other = opened()
    assert explains(other) and query(other)["net"] == TAG
    assert query(opened(net=BUNDLED[1]))["net"] == BUNDLED[1]  # a link decides


def weights(folder: Path, classes: int) -> bytes:
    spec = replace(CIFAR["cifar_ln_gelu"], depths=(1, 1), dims=(8, 16), kernel_size=3)
    spec = replace(spec, num_classes=classes)
    save_net(build(spec, seed=0).eval(), spec, folder / "net.safetensors")
    return (folder / "net.safetensors").read_bytes()


def named(app: AppTest, names: str) -> AppTest:
    (box,) = (box for box in app.text_area if str(box.key).startswith("explain_names_text"))
    return sound(box.set_value(names).run())


def classes(app: AppTest) -> list[str]:
    (box,) = (box for box in app.selectbox if str(box.key).startswith("explain_class_of_"))
    return list(box.options)


def test_a_thousand_classes_are_taken_for_imagenets_and_any_can_be_named(tmp_path: Path) -> None:
    app = choose(opened(), "net_kind", "checkpoint")
    give(app, "net.safetensors", weights(tmp_path, 1000), file="weights")
    assert explains(app) and {"goldfish", "toilet tissue"} < set(classes(app))
    assert t("explain_network.names.assumed") in text(app)
    give(app, "other.safetensors", weights(tmp_path, 3), file="weights")
    assert {"#0", "#1", "#2"} < set(classes(app))
    assert "There are 2 class names" in named(app, "ant\nbee").error[0].value
    assert {"#0", "#1", "#2"} < set(classes(app))
    named(app, '["ant", "bee", "cow"]')
    assert {"ant", "bee", "cow"} < set(classes(app)) and not app.error
    sound(app.button(key="explain_names_forget").click().run())
    assert {"#0", "#1", "#2"} < set(classes(app))
