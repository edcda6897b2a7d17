"""A network's source: it runs, it is the same network, and it looks as if a person wrote it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convnext_viz.nets import build, source
from convnext_viz.nets.source_code.convnext import class_name
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import CIFAR, FAMILIES, VARIANTS, ConvNeXtSpec, roadmap
from convnext_viz.text import LANGUAGES, use_language
from tests.nets.weights import randomise
from tests.scripts import run_alone
from tests.strategies import specs

RULES = "E,F,W,I,B,C4,PIE,RET,SIM,UP,RUF,D100,D101,D103,D300"
SMALL = {"depths": (1, 2, 1, 1), "dims": (4, 8, 12, 16), "num_classes": 5}
NAMED = FAMILIES["convnext"].variants.values()
STEPS = [step.spec for regime in ("resnet50", "resnet200") for step in roadmap(regime)]


def small(spec: ConvNeXtSpec) -> ConvNeXtSpec:
    stages = len(spec.depths)
    changes: dict[str, Any] = {"depths": SMALL["depths"][:stages], "dims": SMALL["dims"][:stages]}
    groups = min(spec.groups, 2)  # of so few channels
    return replace(spec, num_classes=5 if spec.num_classes else 0, groups=groups, **changes)


def run(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "downloaded"}
    exec(compile(text, "net.py", "exec"), namespace)
    return namespace


def assert_same(spec: ConvNeXtSpec) -> None:
    """The source's network with our weights gives our logits, and has nothing more to learn."""
    ours = randomise(build(spec))
    namespace = run(source(spec))
    theirs: nn.Module = namespace[class_name(spec)]()
    namespace["load_weights"](theirs, ours.state_dict())
    side = smallest_image(spec) + 3
    x = torch.randn(2, spec.in_chans, side, side, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        a, b = ours(x), theirs.eval()(x)
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4 * float(a.abs().max()) + 1e-7)
    params = plan(spec, smallest_image(spec)).params
    assert sum(p.numel() for p in theirs.parameters()) == params


@pytest.mark.parametrize("spec", [*NAMED, *STEPS], ids=lambda spec: spec.name)
def test_the_source_of_a_named_network_is_the_network(spec: ConvNeXtSpec) -> None:
    assert_same(small(spec))


WHOLE = [
    "convnext_tiny",
    "convnextv2_atto",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "cifar_bn_relu",
]


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_network_is_the_same(name: str) -> None:
    assert_same(VARIANTS[name])


@settings(max_examples=150)
@given(specs())
def test_the_source_of_any_network_is_the_network(spec: ConvNeXtSpec) -> None:
    assert_same(spec)


def test_it_starts_as_the_paper_says_and_trains() -> None:
    spec = replace(CIFAR["cifar_ln_gelu"], head_init_scale=0.5, drop_path_rate=0.5, drop_rate=0.1)
    torch.manual_seed(0)
    net = run(source(spec))["ConvNeXt"]()
    assert abs(float(net.stage3.blocks[0].pwconv1.weight.detach().std()) - 0.02) < 0.001
    assert abs(float(net.head.fc.weight.detach().std()) - 0.01) < 0.001
    assert not net.head.fc.bias.any()
    rates = [block.drop_path.rate for block in net.stage3.blocks]
    assert rates == pytest.approx(spec.drop_path_rates[-spec.depths[-1] :])
    x = torch.randn(4, 3, 32, 32)
    assert not torch.equal(net(x), net(x))  # stochastic depth at work
    net(x).sum().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


def checked(files: dict[str, str], folder: Path) -> None:
    """Formatter and linter have nothing to say, at their own width and at ours."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    for command in (
        ["format", "--check", "--diff", "--line-length", "88"],
        ["format", "--check", "--diff", "--line-length", "100"],
        ["check", "--select", RULES, "--ignore", "RUF001,RUF002,RUF003", "--line-length", "88"],
    ):
        ruff = [sys.executable, "-m", "ruff", command[0], "--isolated", "--no-cache"]
        done = subprocess.run(
            [*ruff, *command[1:], str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_named_networks_are_formatted_as_a_person_would(language: str, tmp_path: Path) -> None:
    with use_language(language):
        checked({spec.name: source(spec) for spec in [*VARIANTS.values(), *STEPS]}, tmp_path)


def test_any_network_is_formatted_as_a_person_would(tmp_path: Path) -> None:
    drawn: list[ConvNeXtSpec] = []

    @settings(max_examples=300, database=None)
    @given(specs())
    def draw(spec: ConvNeXtSpec) -> None:
        drawn.append(spec)

    draw()
    checked({f"net{i}": source(spec) for i, spec in enumerate(drawn)}, tmp_path)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_no_name_breaks_the_source(name: str) -> None:
    run(source(replace(CIFAR["cifar_ln_gelu"], name=name)))


def test_as_a_script_it_counts_its_parameters(tmp_path: Path) -> None:
    said = {"en": "28,589,128 parameters", "zh": "28,589,128 个参数"}
    for language in said:
        with use_language(language):
            (tmp_path / f"{language}.py").write_text(source(ConvNeXtSpec()), encoding="utf-8")
    assert run_alone(*(tmp_path / f"{language}.py" for language in said)) == list(said.values())


def test_only_what_the_network_needs_is_there() -> None:
    plain = source(ConvNeXtSpec())
    for absent in ("GRN", "DropPath", "BatchNorm", "nn.Dropout", "kernel_size: int", "stride: int"):
        assert absent not in plain
    assert "class GRN" in source(VARIANTS["convnextv2_tiny"])
    assert "LayerNorm" not in source(VARIANTS["resnet50"])


def test_writing_a_source_loads_no_torch() -> None:
    code = (
        "import sys\n"
        "from convnext_viz.nets import source\n"
        "from convnext_viz.specs import VARIANTS\n"
        "source(VARIANTS['convnext_tiny'])\n"
        "print('torch' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
