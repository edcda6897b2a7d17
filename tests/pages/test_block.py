"""The Block page as a visitor's script: every section, both languages, links, and no torch at all
where nothing is measured."""

import subprocess
import sys
from functools import partial

import pytest

from convnext_viz.plans import operations, plan
from convnext_viz.ui.named_networks import spec_of
from tests.pages import visits
from tests.pages.visits import ROOT, WAIT, quiet

SECTIONS = ("trace", "ways", "norm", "act", "conv", "bottleneck", "scale", "drop")

opened = partial(visits.opened, "block")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_runs_in_both_languages(section: str, lang: str) -> None:
    app = quiet(opened(section=section, lang=lang))
    assert app.session_state["block_section"] == section


@pytest.mark.parametrize(
    ("net", "stage", "block", "op"),
    [
        ("cifar10_bn_relu", "stage2", "4", "norm"),
        ("convnextv2_atto", "stage3", "5", "grn"),
        ("resnet50", "stage2", "0", "shortcut"),
        ("cifar_repvgg", "stage1", "1", "identity"),
        ("cifar_vit", "stage1", "3", "attn.attn"),
        ("cifar_swin", "stage2", "1", "attn.shift"),
    ],
)
def test_a_link_opens_one_operation(net: str, stage: str, block: str, op: str) -> None:
    app = quiet(opened(net=net, stage=stage, block=block, op=op))
    chosen = {name: app.session_state[f"block_{name}"] for name in ("net", "stage", "block", "op")}
    assert chosen == {"net": net, "stage": stage, "block": int(block), "op": op}
    assert dict(app.query_params)["op"] in (op, [op])


@pytest.mark.parametrize(
    "query",
    [
        {"section": "nothing"},
        {"net": "resnet5000", "stage": "stem", "block": "-1", "op": "magic", "channel": "1e9"},
        {"net": "cifar10_ln_gelu", "stage": "stage4", "block": "99", "image": "lena"},
        {"section": "norm", "batch": "0", "cell_n": "7", "norms": "x", "shows": ""},
        {"section": "scale", "gamma": "nan", "net": "resnet50"},
        {"section": "drop", "samples": "1000000", "depth": "../../etc"},
    ],
)
def test_a_link_that_asks_for_what_is_not_there_falls_back(query: dict[str, str]) -> None:
    quiet(opened(**query))


def test_changing_the_network_keeps_a_choice_that_it_has_and_drops_one_that_it_has_not() -> None:
    app = opened(net="convnextv2_atto", stage="stage4", block="1", op="grn", channel="300")
    app.selectbox(key="block_net").set_value("cifar10_ln_gelu").run()
    quiet(app)
    assert app.session_state["block_stage"] == "stage1"
    assert app.session_state["block_op"] == "dwconv"
    assert app.session_state["block_channel"] == 0


@pytest.mark.parametrize("op", ["norm1", "norm2", "norm3", "act1", "act2", "act"])
def test_operations_of_one_kind_are_told_apart(op: str) -> None:
    app = quiet(opened(net="resnet50", op=op))
    app.segmented_control(key="lang").set_value("zh").run()
    quiet(app)
    assert app.session_state["block_op"] == op


EVERY_CHOICE = [
    {"section": "trace", "net": "convnextv2_atto", "stage": "stage3", "block": "5", "op": "grn"},
    {"section": "trace", "image": "coffee", "channel": "7"},
    {"section": "ways", "n": "16"},
    {"section": "norm", "norms": "others", "batch": "3", "shows": "after", "cell_c": "2"},
    {"section": "norm", "eval": "True"},
    {"section": "act", "acts": "relu,silu", "x": "1.5"},
    {"section": "conv", "width": "stage3"},
    {"section": "bottleneck", "at": "stage4"},
    {"section": "scale", "gamma": "-2.0", "learned": "True"},
    {"section": "drop", "rate": "0.6", "samples": "8", "depth": "cifar_ln_gelu", "draw": "3"},
]


@pytest.mark.parametrize("link", EVERY_CHOICE, ids=lambda link: "-".join(link.values()))
def test_a_link_holds_every_choice(link: dict[str, str]) -> None:
    app = quiet(opened(**link))
    requested = {name: value for name, value in link.items() if value != "trace"}
    for _ in range(2):
        found = dict(app.query_params)
        assert {name: "".join(value) for name, value in found.items()} == requested
        app.run()  # what the link said is now the page's own


def test_a_choice_survives_another_section() -> None:
    app = opened(stage="stage2", op="act")
    app.segmented_control(key="block_section").set_value("norm").run()
    app.segmented_control(key="block_section").set_value("trace").run()
    quiet(app)
    assert app.session_state["block_stage"] == "stage2"
    assert app.session_state["block_op"] == "act"


def test_evaluation_holds_batch_norm_still() -> None:
    app = opened(section="norm", batch="2")
    app.toggle(key="block_eval").set_value(True).run()
    quiet(app)
    said = [m.value for m in app.markdown if "running averages of this channel" in m.value]
    app.select_slider(key="block_batch").set_value(6).run()
    assert len(said) == 1 and said == [m.value for m in app.markdown if m.value in said]


def test_two_ways_are_measured_on_opening_and_only_once_for_all() -> None:
    first = quiet(opened(section="ways", n="1"))
    assert float(first.metric[0].value) < 1e-4
    times = first.get("plotly_chart")[0].proto.spec
    quiet(first.button(key="block_run").click().run())
    again = first.get("plotly_chart")[0].proto.spec
    assert again != times
    assert quiet(opened(section="ways", n="1")).get("plotly_chart")[0].proto.spec == again


def test_layer_scale_opens_as_it_was_learned_and_shows_another_when_it_is_moved() -> None:
    app = quiet(opened(section="scale"))
    assert app.toggle(key="block_learned").value
    app.select_slider(key="block_gamma").set_value(-2.0).run()
    assert not quiet(app).toggle(key="block_learned").value
    assert {name: "".join(said) for name, said in app.query_params.items()} == {
        "section": "scale",
        "gamma": "-2.0",
    }
    assert not quiet(opened(section="scale", gamma="-2.0")).session_state["block_learned"]
    assert not opened(section="scale", learned="False").session_state["block_learned"]


def test_random_kernels_are_called_so() -> None:
    assert not any("random" in one.value for one in opened(section="conv").caption)
    app = quiet(opened(section="conv", net="convnext_tiny"))
    assert any("its kernels are random numbers" in one.value for one in app.caption)


def test_norms_and_drawings_never_load_torch() -> None:
    code = f"""
import sys
from streamlit.testing.v1 import AppTest

from convnext_viz.plans import operations, plan
from convnext_viz.ui.named_networks import spec_of
app = AppTest.from_file({str(ROOT / "app.py")!r}, default_timeout={WAIT}).run()
for section in ("norm", "bottleneck", "drop"):
    app.query_params["section"] = section
    app.switch_page("pages/block.py").run()
    assert not app.exception and not app.error, section
    app.session_state["block_section"] = "norm"
print("torch" in sys.modules)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["False"], run.stdout + run.stderr


@pytest.mark.parametrize("net", ["cifar_repvgg", "cifar_vit", "cifar_swin"])
def test_every_operation_of_a_neighbours_block_is_explained(net: str) -> None:
    app = quiet(opened(net=net, block="1"))
    steps = next(one for one in app.segmented_control if one.key == "block_op")
    described = plan(spec_of(net), 32).stage("stage1").blocks[1]
    assert len(steps.options) == 1 + len(operations(described))
    for name in operations(described):
        app.segmented_control(key="block_op").set_value(name).run()
        quiet(app)
        assert app.session_state["block_op"] == name
