"""Every view of the Explain page for networks of branches and of tokens, and maps of attention."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.explain.maps.methods import ATTENTION_METHODS, METHODS
from convnext_viz.nets import BUNDLED, build, load_bundled, save_net
from convnext_viz.nets.preprocess import Preprocess
from convnext_viz.numbers import compact
from convnext_viz.plans import plan
from convnext_viz.specs import ViTSpec
from convnext_viz.text import LANGUAGES, t, use_language
from tests.pages.test_explain import choose, explains, give, opened, query, text
from tests.pages.test_explain_maps import until

VIT, SWIN, REPVGG = "cifar10_vit", "cifar10_swin", "cifar10_repvgg"
NONE = "explain.error.no_global_attention"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("net", [REPVGG, VIT, SWIN])
def test_every_view_shows_every_family(net: str, code: str) -> None:
    with use_language(code):
        app = opened(net=net, lang=code)
        assert explains(app) and not app.error
        for view, said in (
            ("grid", "explain_maps.scale_told.own"),
            ("features", "explain_features.colours.signed"),
            ("field", "explain_features.field.cells_note"),
            ("compare", "explain_subjects.costs.title"),
        ):
            choose(app, "view", view)
            assert not app.error, view
            colours = {t("explain_features.colours.plain"), t(said)}  # RepVGG: after a ReLU
            assert any(words in text(app) for words in colours), view
        choose(app, "view", "features")
        choose(app, "part", "kernels")
        none = t("explain_features.kernels.none")
        assert (none in text(app)) == (net != REPVGG) and not app.error
        assert (t("explain_features.kernels.branches") in text(app)) == (net == REPVGG)


def place(app: AppTest) -> str:
    return str(query(app)["stage"])


def test_the_places_of_a_vit_are_its_blocks() -> None:
    app = opened(net=VIT)
    depth = plan(load_bundled(VIT).spec, 32).stage("stage1")
    assert place(app) == f"stage1.blocks.{len(depth.blocks) - 1}"
    before = t("explain_maps.before_attention", stage=t("plots.stage.block", n=len(depth.blocks)))
    assert before in text(app) and explains(app)
    assert t("explain.panel.empty", stage="", label="")[:20] not in text(app)
    key = f"stage_of_{len(depth.blocks) + 1}"
    choose(app, key, "stage1.blocks.1")
    assert place(app) == "stage1.blocks.1" and before not in text(app)
    choose(app, "view", "field")
    assert place(app) == "stage1.blocks.1" and "Block 2" in text(app)
    choose(app, "view", "features")
    assert "Feature maps of Block 1" in text(app)
    assert place(opened(net=SWIN)) == "stage2"  # the third stage has 4×4 cells


@pytest.mark.parametrize("method", ATTENTION_METHODS)
def test_maps_of_attention_are_methods_like_all_others(method: str) -> None:
    app = until(opened(net=VIT, method=method), t("explain.panel.raw"))
    assert METHODS[method].paper in text(app) and "8×8 cells" in text(app)
    assert query(app)["method"] == method and "stage" not in query(app)
    every = t("explain_maps.every_class", method=t(f"methods.name.{method}"))
    assert (every in text(app)) == (method == "attention_rollout")
    until(app, "area under the curve")
    assert not app.error
    choose(app, "bundled", SWIN)  # windows: not every token attends to every other one
    assert t(NONE) in text(app) and not explains(app) and not app.error
    assert query(app)["method"] == method
    assert METHODS[method].paper in text(app)


def test_the_grid_has_them_where_there_is_such_attention() -> None:
    app = opened(net=VIT, view="grid")
    box = next(box for box in app.selectbox if box.key == "explain_grid_open")
    name = t("methods.name.attention_rollout")
    assert any(name in option for option in box.options) and t(NONE) not in text(app)
    choose(app, "grid_open", "attention chefer")
    assert query(app)["method"] == "chefer" and query(app).get("view") is None
    app = opened(net=SWIN, view="grid")
    box = next(box for box in app.selectbox if box.key == "explain_grid_open")
    assert not any(name in option for option in box.options) and t(NONE) in text(app)


def test_five_families_on_one_image_and_what_they_cost() -> None:
    app = opened(net=VIT, view="compare", picture="coffee", models="|".join(set(BUNDLED) - {VIT}))
    assert not app.error and "Most alike" in text(app)
    until(app, "median of")
    (table,) = (one.value for one in app.markdown if one.value.startswith("| Network"))
    rows = {row.split("|")[1].strip().partition(" · ")[2]: row for row in table.splitlines()[2:]}
    assert len(rows) == len(BUNDLED) == 5
    for name in BUNDLED:
        described = plan(load_bundled(name).spec, 32)
        row = [cell.strip() for cell in rows[t(f"explain.bundled.{name}")].split("|")[2:-1]]
        attention = compact(described.attention_macs) if described.attention_macs else "–"
        assert row[:4] == [
            compact(described.params),
            compact(described.macs),
            attention,
            "32×32",
        ]
        assert row[4].endswith("ms") or row[4].endswith("µs")
    assert "This network has no Stage 2; this block has the same relative depth." in text(app)
    choose(app, "compare_method", "eigen_cam")
    assert not app.error and "Most alike" in text(app)


def test_many_blocks_are_a_list_and_the_grid_shows_some(tmp_path: Path) -> None:
    spec = ViTSpec(
        name="deep", depth=9, dim=12, heads=2, image_size=32, patch_size=4, num_classes=3
    )
    file = tmp_path / "deep.safetensors"
    save_net(build(spec, seed=0).eval(), spec, file, preprocess=Preprocess(image_size=(32, 32)))
    app = choose(opened(), "net_kind", "checkpoint")
    give(app, file.name, file.read_bytes(), file="weights")
    assert explains(app) and place(app) == "stage1.blocks.8"
    (box,) = (one for one in app.selectbox if one.key == "explain_stage_of_10")
    assert box.options == ["Stem", *(f"Block {number}" for number in range(1, 10))]
    choose(app, "view", "grid")
    assert t("explain_maps.grid.some", count=6, blocks=9) in text(app) and not app.error
    (cells,) = (one for one in app.selectbox if one.key == "explain_grid_open")
    rows = [option for option in cells.options if option.startswith("LayerCAM")]
    assert [row.rpartition(" ")[2] for row in rows] == ["1", "3", "4", "6", "7", "9"]
