"""The Architecture page as a visitor's script runs: pick, change, break, link, return."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.plans import plan
from convnext_viz.specs import VARIANTS, ConvNeXtSpec, field_names
from convnext_viz.specs.fields import groups

ROOT = Path(__file__).parents[2]
SLOW = 60  # seconds: a first run imports Streamlit's parts, on a busy machine


def opened(**link: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SLOW)
    app.switch_page("pages/architecture.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.session_state["arch_knobs"] = True
    app.run()
    sound(app)
    return app


def sound(app: AppTest) -> None:
    assert not app.exception, app.exception
    assert not [error for error in app.error if "unexpected error" in error.value], app.error


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def query(app: AppTest) -> dict[str, str]:
    pairs = {name: value for name, value in app.query_params.items() if name != "lang"}
    return {name: value[0] if isinstance(value, list) else value for name, value in pairs.items()}


def knob(app: AppTest, field: str) -> str:
    """The key of a knob."""
    assert app.session_state["arch_knobs"]  # settings are drawn while they are wanted
    return f"arch_{field}"


def maps(app: AppTest) -> int:
    return sum('class="network-map"' in one.proto.body for one in app.get("html"))


def page_text(app: AppTest) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.error, *app.warning])


@pytest.fixture
def app() -> AppTest:
    return opened()


def test_the_page_opens_on_convnext_t_and_matches_the_paper(app: AppTest) -> None:
    assert metrics(app)["Parameters"] == "28.6 M"
    assert metrics(app)["GFLOPs as in the paper (multiply-adds)"] == "4.46"
    badges = next(part.value for part in app.markdown if "badge" in part.value)
    assert badges.count("green-badge") == 2 and "arXiv:2201.03545" in badges
    assert query(app) == {}


@pytest.mark.parametrize(
    "name", ["convnext_xlarge", "convnextv2_huge", "resnet50", "cifar_bn_relu"]
)
def test_any_network_can_be_picked(app: AppTest, name: str) -> None:
    app.selectbox("arch_net").set_value(name).run()
    sound(app)
    size = 32 if name.startswith("cifar") else 224
    full = plan(VARIANTS[name], size)
    assert metrics(app)["Receptive field"] == f"{full.receptive_field:,} px"
    assert query(app) == {"net": name}


def test_every_field_of_the_spec_is_a_knob() -> None:
    knobs = [field for fields in groups(ConvNeXtSpec).values() for field in fields]
    assert sorted([*knobs, "name"]) == sorted(field_names(ConvNeXtSpec))


def test_a_changed_knob_is_counted_marked_and_linked(app: AppTest) -> None:
    app.text_input(knob(app, "kernel_size")).set_value("31, 29, 27, 13").run()
    sound(app)
    assert query(app) == {"kernel_size": "[31,29,27,13]"}
    badges = next(part.value for part in app.markdown if "badge" in part.value)
    assert "orange-badge" in badges and "green" not in badges.replace("differs from 28", "")
    assert {metric.delta for metric in app.metric} >= {"was 28.6 M", "was 4.46"}
    app.button("arch_reset").click().run()
    assert query(app) == {} and metrics(app)["Parameters"] == "28.6 M"
    assert not any(metric.delta for metric in app.metric)  # nothing is changed any more


def test_equal_counts_do_not_make_a_changed_network_the_papers() -> None:
    badges = next(part.value for part in opened(norm='"batch"').markdown if "badge" in part.value)
    assert badges.count("gray-badge") == 2 and "green" not in badges


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("kernel_size", "64", "kernel_size"),
        ("kernel_size", "seven", "kernel_size"),
        ("depths", "3, 3", "dims"),
        ("depths", "", "depths"),
        ("depths", "0, 0, 0, 0", "depths"),
        ("dims", "1e9", "dims"),
        ("dims", "99999999999999999999, 1, 1, 1", "dims"),
        ("depths", "<b>9</b>", "depths"),
    ],
)
def test_an_impossible_knob_is_refused_and_the_last_network_stays(
    app: AppTest, field: str, value: str, says: str
) -> None:
    app.text_input(knob(app, "dims")).set_value("8, 16, 32, 64").run()
    before = metrics(app)
    app.text_input(knob(app, field)).set_value(value).run()
    sound(app)
    assert len(app.error) == 1 and says in app.error[0].value
    assert metrics(app) == before
    assert json.loads(query(app)["dims"]) == [8, 16, 32, 64]


def test_an_impossible_pair_of_choices_is_refused(app: AppTest) -> None:
    app.number_input(knob(app, "head_hidden")).set_value(64).run()
    assert not app.error
    app.selectbox(knob(app, "head_norm")).set_value("before_pool").run()
    sound(app)
    assert "head_hidden" in app.error[0].value


@pytest.mark.parametrize("size", [33, 1000, 4096])
def test_any_image_size_is_counted(app: AppTest, size: int) -> None:
    app.number_input("arch_size").set_value(size).run()
    sound(app)
    macs = plan(VARIANTS["convnext_tiny"], size).macs
    shown = metrics(app)["GFLOPs as in the paper (multiply-adds)"]
    assert "e" not in shown
    assert float(shown.replace(",", "")) == pytest.approx(macs / 1e9, rel=0.005)
    assert query(app) == {"px": str(size)}


def test_an_image_too_small_says_what_works(app: AppTest) -> None:
    app.number_input("arch_size").set_value(31).run()
    sound(app)
    assert "32×32" in app.error[0].value and metrics(app)["Parameters"] == "28.6 M"


def test_slider_and_number_say_the_same(app: AppTest) -> None:
    app.slider("arch_slider").set_value(384).run()
    assert app.number_input("arch_size").value == 384 and query(app) == {"px": "384"}
    app.number_input("arch_size").set_value(33).run()
    assert app.slider("arch_slider").value == 33
    app.number_input("arch_size").set_value(2000).run()
    assert app.slider("arch_slider").value == 1024 and query(app) == {"px": "2000"}


@pytest.mark.parametrize("extreme", ["200, 200, 200, 200", "1", "1, 1, 1, 1, 1, 1, 1, 1"])
def test_absurd_networks_are_drawn(app: AppTest, extreme: str) -> None:
    stages = extreme.count(",") + 1
    app.text_input(knob(app, "dims")).set_value(", ".join(["16"] * stages))
    app.text_input(knob(app, "depths")).set_value(extreme)
    app.number_input("arch_size").set_value(1024).run()
    sound(app)
    assert not app.error
    assert len(app.get("plotly_chart")) == 4 and maps(app) == 1
    assert all("e+" not in value for value in metrics(app).values())


def test_from_stage_to_operation(app: AppTest) -> None:
    app.segmented_control("arch_stage").set_value("stage2").run()
    assert query(app) == {"at": "stage2"}
    app.segmented_control("arch_part").set_value("own").run()
    app.selectbox("arch_layer").set_value("stage2.downsample.conv").run()
    sound(app)
    assert query(app) == {"at": "stage2.downsample.conv"}
    assert "2·2·96·192 + 192 = 73,920" in page_text(app)
    app.selectbox("arch_net").set_value("convnext_iso_small").run()  # has one stage only
    sound(app)


@pytest.mark.parametrize(
    ("name", "block"), [("convnextv2_atto", 0), ("resnet18", 0), ("resnext50_32x4d", 0)]
)
def test_every_operation_explains_itself(name: str, block: int) -> None:
    layers = plan(VARIANTS[name]).stage("stage2").blocks[block].layers
    app = opened(net=name, at=layers[0].name)
    for layer in layers:
        app.selectbox("arch_layer").set_value(layer.name).run()
        sound(app)
        shown = page_text(app)
        assert f"`{layer.name}`" in shown
        assert layer.params_arithmetic in shown and layer.macs_arithmetic in shown


def test_a_link_restores_everything() -> None:
    link = {
        "net": "convnext_base",
        "px": "384",
        "vs": "resnet50",
        "by": "macs",
        "at": "stage3.blocks.0.body.pwconv2",
        "norm": '"batch"',
        "depths": "[2,2,2,2]",
        "layer_scale": "null",
        "show": "table,code",
        "find": "pwconv1 stage2",
    }
    app = opened(**link)
    assert not app.warning and query(app) == link
    assert len(app.dataframe[-1].value) == 2
    assert "class Block(nn.Module):" in app.code[0].value
    assert app.selectbox(knob(app, "norm")).value == "batch"
    assert app.number_input(knob(app, "layer_scale")).value is None


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ({"net": "convnext_gigantic"}, "convnext_gigantic"),
        ({"px": "-3"}, "-3"),
        ({"px": "٣٢"}, "٣٢"),
        ({"px": "7"}, "32×32"),
        ({"vs": "<script>"}, "<script>"),
        ({"by": "price"}, "price"),
        ({"show": "everything"}, "everything"),
        ({"at": "stage9.blocks.1"}, "stage9"),
        ({"depths": "[[[["}, "depths"),
        ({"kernel_size": "4"}, "kernel_size"),
        ({"norm": '"instance"'}, "norm"),
    ],
)
def test_a_bad_link_falls_back_with_a_sentence(link: dict[str, str], says: str) -> None:
    app = opened(**link)
    assert len(app.warning) == 1 and says in app.warning[0].value
    assert metrics(app)["Parameters"] == "28.6 M"
    assert query(app) == {}
    app.segmented_control("arch_stage").set_value("stage3").run()
    assert not app.warning  # said once


def test_choices_survive_a_visit_to_another_page() -> None:
    app = opened()
    app.selectbox("arch_net").set_value("resnet50").run()
    app.segmented_control("arch_stage").set_value("stage4").run()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/architecture.py").run()
    sound(app)
    assert app.selectbox("arch_net").value == "resnet50"
    assert query(app) == {"net": "resnet50", "at": "stage4"}


def test_the_page_speaks_chinese() -> None:
    app = opened(net="resnet50", vs="convnext_tiny")
    app.segmented_control("lang").set_value("zh").run()
    sound(app)
    shown = page_text(app) + " ".join(metrics(app))
    for english in ("Parameters", "Stage", "shortcut", "multiply", "pixels"):
        assert english not in shown
    assert "参数量" in metrics(app)


def test_the_page_never_brings_torch() -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file('app.py', default_timeout={SLOW}); app.run()\n"
        "app.switch_page('pages/architecture.py').run()\n"
        "assert app.metric and not app.exception\n"
        "print([name for name in ('torch', 'timm', 'captum') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "[]", run.stdout + run.stderr
