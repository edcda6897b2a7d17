"""The RepVGG page: every section in both languages, its numbers, odd links, the way to the lab."""

from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.lab import recorded
from convnext_viz.plots.fused_kernels import number
from convnext_viz.specs import VARIANTS
from convnext_viz.ui.repvgg import subjects
from convnext_viz.ui.repvgg.training import LINK, PLAIN, RECORDED
from tests.pages import visits
from tests.pages.visits import WAIT, quiet

SECTIONS = ("fuse", "break", "forms", "train", "int8")


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No CIFAR-10: rounding is tested on drawn shapes."""
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))


def opened(page: str = "repvgg", **query: str) -> AppTest:
    return visits.opened(page, **query)


def words(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption, *app.info, *app.warning))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_runs_in_both_languages(section: str, lang: str) -> None:
    app = quiet(opened(section=section, lang=lang, of="cifar_repvgg"))
    assert app.session_state["repvgg_section"] == section
    assert not app.warning


def test_the_numbers_are_those_of_the_block() -> None:
    app = quiet(opened(block="stage2.blocks.1", out="5", **{"in": "5"}))
    net, _ = subjects.network("cifar_repvgg")
    norm = net.get_submodule("stage2.blocks.1.identity.norm")
    gamma = float(norm.weight[5])  # type: ignore[index,arg-type]
    sigma = float((norm.running_var[5] + norm.eps) ** 0.5)  # type: ignore[index,operator]
    said = f"γ **{number(gamma)}** / σ **{number(sigma)}** = **{number(gamma / sigma)}**"
    assert said in words(app)
    assert len(app.get("plotly_chart")) == 5


def test_a_block_without_identity_says_so() -> None:
    app = quiet(opened(block="stage2.blocks.0"))
    assert "no identity branch" in words(app)
    app = quiet(opened(section="break", way="ones", block="stage2.blocks.0"))
    assert "no identity branch" in words(app)


def test_the_forms_differ_by_rounding_and_mistakes_by_more() -> None:
    quiet(opened(section="break", way="corner"))
    fused = subjects.drift_of_samples("cifar_repvgg", "fused")
    assert fused.difference < 1e-4 and fused.predictions == 0
    for way in ("corner", "ones", "dense_alone"):
        assert subjects.drift_of_samples("cifar_repvgg", way).difference > 1e-2


@pytest.mark.parametrize(
    "query",
    [
        {"section": "nothing"},
        {"net": "vgg", "block": "stage9.blocks.0", "out": "-1", "in": "4.5", "image": "../x"},
        {"section": "break", "way": "none"},
        {"section": "forms", "of": "convnext_tiny", "n": "1000"},
    ],
)
def test_an_odd_link_says_what_it_could_not_show(query: dict[str, str]) -> None:
    app = quiet(opened(**query))
    assert len(app.warning) == len(query) - (query.get("section") in SECTIONS)


def test_the_largest_networks_are_counted_and_not_timed() -> None:
    app = quiet(opened(section="forms", of="repvgg_b3", n="16"))
    assert "123,085,288" in words(app) and "110,960,872" in words(app)  # the official counts
    assert "12.9 G" in words(app)  # Winograd multiplications, as printed in Table 5
    assert "not measured" in words(app)


def test_measurements_arrive_and_say_on_what() -> None:
    for query, said in (
        ({"section": "int8"}, "200 drawn shapes"),
        ({"section": "forms", "of": "cifar_repvgg"}, "Input 1×3×32×32, float32"),
    ):
        app = quiet(opened(**query))
        end = monotonic() + WAIT
        while said not in words(app) and monotonic() < end:
            sleep(0.5)
            quiet(app.run())
        assert said in words(app)


def test_the_way_to_the_lab_is_understood_there() -> None:
    app = quiet(opened("train", **LINK))
    assert not [one for one in app.warning if "link" in one.value]
    assert len(app.dataframe[0].value) == 4  # the four rows of the paper's Table 6


def test_the_link_keeps_the_choices() -> None:
    app = quiet(opened(section="fuse", block="stage1.blocks.0", out="3"))
    link = {name: "".join(value) for name, value in app.query_params.items()}
    assert link == {"block": "stage1.blocks.0", "out": "3"}


def test_times_can_be_measured_again() -> None:
    app = quiet(opened(section="forms", of="cifar_repvgg"))
    end = monotonic() + WAIT
    said = "Input 1×3×32×32, float32"
    while said not in words(app) and monotonic() < end:
        sleep(0.5)
        quiet(app.run())
    first = words(app)
    quiet(app.button("repvgg_again").click().run())
    while said not in words(app) and monotonic() < end:
        sleep(0.5)
        quiet(app.run())
    assert said in words(app) and words(app) != first


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_recorded_branches_stand_beside_the_papers(lang: str) -> None:
    title = {"en": "a small RepVGG with the same branches", "zh": "分支相同的小 RepVGG"}[lang]
    app = quiet(opened(section="train", lang=lang))
    assert any(title in one.value for one in app.subheader)
    run = recorded.status("recorded-repvgg-branches")
    assert run.seeds_done == len(run.experiment.seeds) >= 3 and not run.diverged
    base = VARIANTS["cifar_repvgg"]
    assert run.experiment.specs == {
        label: replace(base, identity_branch="identity" in label, pointwise_branch="1×1" in label)
        for label in (PLAIN, *RECORDED.values())
    }
