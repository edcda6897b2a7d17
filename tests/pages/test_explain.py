"""The Explain page as a visitor's script runs: choose, upload anything, link, return."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data.images import ImageError, read_image
from convnext_viz.data.samples import SAMPLES
from convnext_viz.nets import BUNDLED, build, save_net
from convnext_viz.nets.checkpoints.bundled import load_bundled
from convnext_viz.specs import CIFAR
from convnext_viz.text import t, use_language
from convnext_viz.ui.explain import state as explain_state
from tests.hub_server import Hub
from tests.odd_files import ODD_FILES
from tests.odd_making import saved, scene
from tests.pages.conftest import TAG
from tests.ui.history import go_back

ROOT = Path(__file__).parents[2]
SLOW = 120  # seconds: torch and timm are imported on a busy machine
PANELS = ("input", "raw", "overlay")


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SLOW)
    app.query_params["lang"] = link.pop("lang", "en")
    app.switch_page("pages/explain.py")
    for name, value in link.items():
        app.query_params[name] = value
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    assert not [error for error in app.error if "unexpected error" in error.value], app.error
    return app


def query(app: AppTest) -> dict[str, str]:
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in app.query_params.items()
        if name != "lang"
    }


def text(app: AppTest) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.info])


def explains(app: AppTest) -> bool:
    return all(t(f"explain.panel.{panel}") in text(app) for panel in PANELS)


def choose(app: AppTest, name: str, value: object) -> AppTest:
    widgets = [*app.segmented_control, *app.selectbox, *app.slider]
    (widget,) = (widget for widget in widgets if is_of(name, str(widget.key)))
    return sound(widget.set_value(value).run())


def is_of(name: str, widget: str) -> bool:
    """Whether a widget is that choice's; photos are listed anew for each network."""
    where = explain_state.key(name)
    return widget == where or (name == "sample" and widget.startswith(f"{where}_of_"))


def give(app: AppTest, name: str, data: bytes, file: str = "file") -> AppTest:
    (widget,) = (u for u in app.file_uploader if u.key == explain_state.key(file))
    return sound(widget.set_value((name, data, "application/octet-stream")).run())


@pytest.fixture(scope="module")
def page() -> AppTest:
    """One visitor for the tests that leave the page as they found it."""
    return opened()


def test_the_page_explains_at_once() -> None:
    app = opened()
    assert explains(app) and not app.error
    assert query(app) == {
        "picture": "chelsea",
        "net": BUNDLED[0],
        "stage": "stage2",
        "opacity": "55",
    }


def test_the_bundled_networks_are_those_that_ship() -> None:
    assert explain_state.BUNDLED == BUNDLED
    labels = load_bundled(BUNDLED[0]).labels
    assert ", ".join(labels) in text(opened())  # the page says which ten classes there are


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("code", ["en", "zh"])
def test_every_sample_in_both_languages(sample: str, code: str) -> None:
    with use_language(code):
        app = opened(picture=sample, lang=code)
        assert explains(app) and query(app)["picture"] == sample


def test_a_link_brings_everything_back() -> None:
    link = {
        "picture": "coffee",
        "net": BUNDLED[1],
        "class": "4",
        "stage": "stage2",
        "opacity": "80",
    }
    assert query(opened(**link)) == link


@pytest.mark.parametrize(
    "link",
    [
        {"picture": "nobody", "stage": "stage9", "opacity": "-5", "class": "10"},
        {"stage": "head", "opacity": "٣", "class": "cat"},
        {"opacity": "99999999999999", "class": "-1", "stage": ""},
    ],
)
def test_a_wrong_link_falls_back(link: dict[str, str]) -> None:
    app = opened(**link)
    assert explains(app) and "class" not in query(app)
    assert query(app)["stage"] == "stage2" and 0 <= int(query(app)["opacity"]) <= 100


def test_class_stage_and_opacity_can_be_chosen_and_kept() -> None:
    app = opened()
    choose(app, "stage_of_3", "stage1")
    choose(app, "class_of_10", 9)
    choose(app, "opacity", 30)
    assert "truck" in text(app) and "16×16" in text(app)
    assert query(app)["class"] == "9" and query(app)["stage"] == "stage1"
    before = query(app)
    choose(app, "bundled", BUNDLED[1])  # another network with as many classes and stages
    assert query(app) == before | {"net": BUNDLED[1]}
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    assert query(sound(app.switch_page("pages/explain.py").run())) == before | {"net": BUNDLED[1]}


def test_odd_files_give_a_picture_or_a_sentence() -> None:
    app = choose(opened(), "picture_kind", "upload")
    assert t("explain.pick.upload_hint") in text(app)
    refused = shown = 0
    for file in ODD_FILES()[:: 3 if len(ODD_FILES()) > 200 else 1]:
        try:
            read_image(file.data, file.name)
        except ImageError as why:
            expected = str(why)
        else:
            expected = ""
        give(app, file.name, file.data)
        if expected:
            assert [error.value for error in app.error] == [expected], file.name
            refused += 1
        else:
            assert explains(app) and not app.error, file.name
            shown += 1
    assert refused >= 20 and shown >= 20
    assert explains(choose(app, "picture_kind", "sample"))


def test_an_upload_is_in_no_link_and_who_opens_it_is_told() -> None:
    app = choose(opened(), "picture_kind", "upload")
    assert t("explain.missing.picture_upload") in text(app)
    give(app, "my own <b>picture</b>.png", saved(scene(), "PNG"))
    assert explains(app) and query(app)["picture"] == "own"
    assert t("explain.link.own_picture") not in text(app)  # it is the visitor's own link
    friend = opened(**query(app))
    assert explains(friend) and t("explain.link.own_picture") in text(friend)
    assert query(friend)["picture"] == "chelsea"
    choose(friend, "sample", "coffee")
    assert t("explain.link.own_picture") not in text(friend)


@pytest.mark.parametrize(
    ("link", "key"),
    [({"picture": "nope"}, "picture"), ({"picture": "shapes:99999"}, "picture")],
)
def test_a_link_that_cannot_be_shown_says_so(link: dict[str, str], key: str) -> None:
    app = opened(**link)
    assert t(f"explain.link.{key}", value=link[key]) in text(app) and explains(app)


def checkpoint(folder: Path, **changes: object) -> bytes:
    spec = replace(CIFAR["cifar_bn_relu"], depths=(1, 1), dims=(8, 16), kernel_size=3, **changes)
    save_net(build(spec, seed=0).eval(), spec, folder / "net.safetensors")
    return (folder / "net.safetensors").read_bytes()


def test_a_checkpoint_of_the_visitors_own(tmp_path: Path) -> None:
    app = choose(opened(), "net_kind", "checkpoint")
    assert t("explain.missing.network") in text(app)
    give(app, "mine.safetensors", checkpoint(tmp_path, num_classes=3), file="weights")
    assert explains(app) and "#" in text(app)  # classes without names have numbers
    assert query(app)["net"] == "own" and query(app)["stage"] == "stage2"

    give(app, "features.safetensors", checkpoint(tmp_path, num_classes=0), file="weights")
    assert not explains(app) and t("explain.panel.no_classes") in text(app)
    assert "Feature maps of Stage 1" in text(app)

    give(app, "grey.safetensors", checkpoint(tmp_path, in_chans=1, num_classes=3), file="weights")
    assert explains(app) and t("explain_network.channels.grey", channels=1) in text(app)
    assert explains(choose(app, "net_kind", "bundled"))


@pytest.mark.parametrize(
    "data", [b"", b"no weights", b"PK\x03\x04" + bytes(60), b"\x80\x04\x95\x10", bytes(5000)]
)
def test_a_file_that_holds_no_weights_is_a_sentence(data: bytes, page: AppTest) -> None:
    choose(page, "net_kind", "checkpoint")
    give(page, "weights.pth", data, file="weights")
    assert len(page.error) == 1 and "weights.pth" in page.error[0].value
    assert explains(choose(page, "net_kind", "bundled"))


@pytest.mark.slow
def test_published_weights_and_what_can_go_wrong(hub: Hub) -> None:
    app = choose(opened(), "net_kind", "pretrained")
    assert t("explain.missing.network") in text(app) and not app.error
    assert "MB" in app.selectbox(key="explain_network_of_convnext").options[0]
    hub.status = 503
    choose(app, "family", "test")
    choose(app, "tag_of_test_convnext", TAG)
    assert "503" in app.error[0].value
    hub.status = 200
    sound(app.run())
    assert explains(app) and not app.error
    assert query(app)["net"] == TAG and query(app)["stage"] == "stage4"
    assert "160×160" in text(app) and "apache-2.0" in text(app)
    hub.status = 503  # the network is kept: another visitor asks nobody
    other = opened(net=TAG, **{"class": "281"})
    assert explains(other), (other.error, text(other))
    app = opened(net="convnext_tiny.fb_in1k")
    assert "503" in app.error[0].value


def test_nothing_slow_is_imported_before_the_page_is_drawn() -> None:
    page = ast.parse((ROOT / "pages" / "explain.py").read_text(encoding="utf-8"))
    imports = [node for node in page.body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = (
        "import sys\n"
        + "".join(f"{ast.unparse(node)}\n" for node in imports)
        + "cached.sample('chelsea')\n"
        "print(*(name for name in ('torch', 'timm', 'captum') if name in sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []


def test_back_and_forward() -> None:
    """What the browser returns to is shown again; what a link leaves out is at its default."""
    app = opened()
    first = query(app)
    for name, value in {
        "class_of_10": 5,
        "sample": "coffee",
        "bundled": "cifar10_bn_relu",
        "stage_of_3": "stage1",
        "method": "hires_cam",
        "opacity": 30,
    }.items():
        choose(app, name, value)
    last = query(app)
    assert last["class"] == "5" and last["picture"] == "coffee" and last["method"] == "hires_cam"
    assert last["net"] == "cifar10_bn_relu" and (last["stage"], last["opacity"]) == ("stage1", "30")
    assert query(sound(go_back(app, first))) == first and explains(app)
    assert query(sound(go_back(app, last))) == last and explains(app)
    grid = query(sound(go_back(app, {**first, "view": "grid", "colours": "shared"})))
    assert (grid["view"], grid["colours"], grid["picture"]) == ("grid", "shared", first["picture"])
    assert "method" not in grid and "class" not in grid


def test_back_to_a_file_of_ones_own() -> None:
    app = opened()
    first = query(app)
    app.session_state[explain_state.key("picture_kind")] = "upload"
    app = give(sound(app.run()), "mine.png", saved(scene(), "PNG"))
    own = query(app)
    assert explains(app) and own["picture"] == "own"
    assert query(sound(go_back(app, first)))["picture"] == first["picture"]
    assert query(sound(go_back(app, own))) == own and explains(app)
    assert t("explain.link.own_picture") not in text(app)
