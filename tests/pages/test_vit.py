"""The ViT page as a visitor's script: every section, both languages, links, patches, classes."""

from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.data import DataSpec
from tests.pages import visits
from tests.pages.visits import WAIT, quiet

SECTIONS = (
    *("walk", "attention", "distance", "positions", "flow", "lens", "gradient", "norms", "cost"),
)

opened = partial(visits.opened, "vit")


def words(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.warning))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_runs_in_both_languages(section: str, lang: str) -> None:
    app = quiet(opened(section=section, lang=lang))
    assert app.session_state["vit_section"] == section
    assert len(app.warning) == (section == "lens")  # that it is late


@pytest.mark.parametrize("net", ["cifar_vit_mean", "deit_tiny_distilled_patch16_224"])
@pytest.mark.parametrize("section", [one for one in SECTIONS if one != "cost"])
def test_every_section_takes_other_networks(section: str, net: str) -> None:
    app = quiet(opened(section=section, net=net))
    assert app.session_state["vit_net"] == net
    assert len(app.warning) == (section == "lens")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"net": "vit_tiny_patch16_224"},
            ("14×14 = 196", "**197** tokens of **192**", "768 weights"),
        ),
        ({"section": "distance", "net": "vit_tiny_patch16_224"}, ("116.5", "10.6")),
        ({"section": "gradient", "net": "vit_tiny_patch16_224"}, ("exactly **0**",)),
        ({"section": "gradient", "net": "cifar_vit_mean"}, ("mean of all patches",)),
        # timm: 4.6 G for vit_small_patch16_224 (Steiner et al. 2021), 197 tokens
        ({"section": "cost", "side": "224"}, ("**197** tokens", "**4.60 G**", "**4.46 G**")),
        ({"section": "positions", "net": "vit_tiny_patch16_224"}, ("28×28", "448 px")),
        ({"section": "lens"}, ("difference of the logits: 0.",)),
        ({"section": "flow"}, ("The same for every class", "Depends on the class")),
    ],
)
def test_a_link_opens_what_it_says(query: dict[str, str], said: tuple[str, ...]) -> None:
    app = quiet(opened(**query))
    assert all(one in words(app) for one in said), words(app)


@pytest.mark.parametrize(
    "query",
    [
        {"section": "nothing"},
        {"net": "resnet50", "patch": "64", "dim": "1e3", "image": "../x"},
        {"section": "attention", "from": "nowhere", "layer": "4", "head": "9", "patch": "-1"},
        {"section": "gradient", "class": "10", "place": "x"},
    ],
)
def test_an_odd_link_says_what_it_could_not_show(query: dict[str, str]) -> None:
    app = quiet(opened(**query))
    assert len(app.warning) == len(query) - (query.get("section") in SECTIONS), words(app)


def test_a_patch_is_in_the_link_and_its_row_is_shown() -> None:
    app = quiet(opened(section="attention", patch="3"))
    token = [one.proto.spec for one in app.get("plotly_chart")]
    quiet(app.segmented_control("vit_from").set_value("patch").run())
    assert [one.proto.spec for one in app.get("plotly_chart")] != token
    link = {name: "".join(value) for name, value in app.query_params.items()}
    assert link == {"section": "attention", "patch": "3", "from": "patch"}


def test_the_class_changes_some_maps_and_not_the_others() -> None:
    app = quiet(opened(section="flow", **{"class": "1"}))
    before = [one.proto.spec for one in app.get("plotly_chart")]
    key = next(one.key for one in app.selectbox if one.key and one.key.startswith("vit_class"))
    quiet(app.selectbox(key).set_value(2).run())
    after = [one.proto.spec for one in app.get("plotly_chart")]
    changed = [one != other for one, other in zip(before, after, strict=True)]
    assert changed[:2] == [False, False] and all(changed[2:4])


def test_the_way_to_the_lab_compares_both_stems() -> None:
    app = quiet(opened(section="cost"))
    (link,) = [one.proto for one in app.get("page_link") if "conv_stem" in one.proto.query_string]
    assert "net=cifar_vit" in link.query_string


def test_probes_are_offered_with_images_and_say_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    assert "not on this computer" in words(quiet(opened(section="lens")))
    large = quiet(opened(section="lens", net="vit_tiny_patch16_224"))
    assert "no labelled ImageNet images" in words(large)
    drawn = DataSpec(kind="shapes", train=100, test=60)
    monkeypatch.setattr("convnext_viz.ui.vit.probes.data_of", lambda labels: drawn)
    app = quiet(opened(section="lens"))
    quiet(app.button("jobs_start_vit_probes").click().run())
    end = monotonic() + WAIT
    while "Ridge regression" not in words(app) and monotonic() < end:
        sleep(0.5)
        quiet(app.run())
    assert "fitted to 40 test images of CIFAR-10 and tested on 20 others" in words(app)
