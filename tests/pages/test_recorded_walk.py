"""Recorded runs of small networks beside the paper: on the Roadmap and the RepVGG page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from convnext_viz.specs import VARIANTS
from convnext_viz.specs.roadmap import FURTHER, small_roadmap, small_twins
from convnext_viz.train.verdict import stepwise
from convnext_viz.ui.repvgg.training import PLAIN, RECORDED
from tests import recorded_run
from tests.pages import visits
from tests.pages.test_roadmap import opened, quiet, words

STEPS = small_roadmap()[1:]
LABELS = [step.key for step in STEPS]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    monkeypatch.setattr("convnext_viz.lab.recorded._SHIPPED", tmp_path / "nothing")
    return tmp_path


def recorded(home: Path, *, seeds: int = 3, lost: str = "") -> dict[str, list[float]]:
    """A walk in which only the kernel of 7×7 differs clearly; ``lost`` diverges with one seed."""
    draws = np.random.default_rng(0)
    found = {key: (0.7 + 0.001 * draws.standard_normal(seeds)).tolist() for key in LABELS}
    found["kernel7"] = [value + 0.1 for value in found["kernel7"]]
    if lost:
        found[lost][0] = float("nan")
    specs = {step.key: step.spec for step in STEPS}
    recorded_run.write(home / "recorded" / "walk.safetensors", specs, found)
    return found


def test_the_intervals_are_those_of_the_block_design() -> None:
    draws = np.random.default_rng(1)
    values = draws.normal(0.7, 0.01, (4, 3))
    found = {label: dict(enumerate(row)) for label, row in zip("abcd", values, strict=True)}
    pairs = [("b", "a"), ("c", "b"), ("d", "b")]
    means, differences = stepwise(found, pairs)
    residual = values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()
    error = np.sqrt(2 / 3 * (residual**2).sum() / 6)  # (4 − 1)(3 − 1) degrees of freedom
    half = stats.t.ppf(1 - 0.05 / 2 / 3, 6) * error  # shared by three questions
    assert [one.mean for one in means] == pytest.approx(values.mean(1))
    for one, (of, than) in zip(differences, ((1, 0), (2, 1), (3, 1)), strict=True):
        mean = values[of].mean() - values[than].mean()
        assert (one.low, one.high) == pytest.approx((mean - half, mean + half))
        assert (one.outcome == "shown") == (abs(mean) > half)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_walk_is_shown_where_it_is_recorded(home: Path, lang: str) -> None:
    title = {"en": "The whole walk with small networks", "zh": "小网络走完整条路线"}[lang]
    assert title not in words(quiet(opened(step="kernel7", lang=lang)))
    recorded(home)
    shown = words(quiet(opened(step="kernel7", lang=lang)))
    assert title in shown
    # 7×7 against the step before it; 9×9, 11×11 and GELU against 7×7.
    count = {"en": "larger than chance: 4", "zh": "大于随机波动的差值：4"}[lang]
    pair = {"en": "Kernel 7×7, compared with Depthwise first", "zh": "“深度卷积前移”"}[lang]
    assert count in shown and pair in shown
    assert "kernel7" not in shown and "move_up" not in shown


def test_a_seed_that_diverged_and_a_single_seed_are_said(home: Path) -> None:
    recorded(home, lost="gelu")
    app = quiet(opened(step="gelu"))
    assert any("GELU diverged with seed 0" in one.value for one in app.warning)


def test_one_seed_says_that_it_says_nothing(home: Path) -> None:
    recorded(home, seeds=1)
    assert "With one seed" in words(quiet(opened(step="gelu")))


def test_a_file_that_cannot_be_read_is_said(home: Path) -> None:
    (home / "recorded").mkdir()
    (home / "recorded" / "walk.safetensors").write_bytes(b"nothing")
    app = opened(step="gelu")
    assert not app.exception and len(app.warning) == 1


def test_the_last_step_without_its_norms_is_a_question() -> None:
    app = quiet(opened(step="separate"))
    assert "And without its norms?" in words(app)
    twins = small_twins("layer_norm", "separate")
    assert twins is not None
    without = FURTHER["no_norms"]
    assert without["downsample"] == "separate_plain" and without["head_norm"] == "none"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_branches_are_shown_where_they_are_recorded(home: Path, lang: str) -> None:
    title = {"en": "a small RepVGG with the same branches", "zh": "分支相同的小 RepVGG"}[lang]
    asked = {"section": "train", "lang": lang}
    assert title not in words(quiet(visits.opened("repvgg", **asked)))
    base = VARIANTS["cifar_repvgg"]
    specs = {
        label: replace(base, identity_branch="identity" in label, pointwise_branch="1×1" in label)
        for label in (PLAIN, *RECORDED.values())
    }
    values = {label: [0.8 + 0.05 * (label != PLAIN), 0.801, 0.802] for label in specs}
    values["3×3 + identity"] = [0.9, 0.901, 0.902]
    recorded_run.write(home / "recorded" / "repvgg-branches.safetensors", specs, values)
    shown = words(quiet(visits.opened("repvgg", **asked)))
    assert title in shown
    best = {"en": "3×3 + identity, compared with 3×3 alone", "zh": "3×3 + 恒等映射"}[lang]
    assert best in shown
