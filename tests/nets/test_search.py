"""Networks in whatever training scripts wrote: found, with timm's logits, and the rest named."""

import io
from pathlib import Path
from random import Random
from typing import Any

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn

from convnext_viz.nets import load_checkpoint
from convnext_viz.nets.weights import Pretrained, WeightsError
from tests.nets.weights import randomise
from tests.nets.wrappers import AVERAGED, data, nested, renamed

X = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
DIMS = {"depths": (1, 2, 1, 1), "dims": (8, 12, 16, 24), "num_classes": 5}
NET = randomise(timm.create_model("convnext_atto", **DIMS))
RAW = randomise(timm.create_model("convnext_atto", **DIMS), seed=1)
STATE, OTHER = NET.state_dict(), RAW.state_dict()


def opened(values: Any, **options: Any) -> Pretrained:
    buffer = io.BytesIO()
    torch.save(values, buffer)
    return load_checkpoint(buffer.getvalue(), **options)


def is_net(loaded: Pretrained, net: nn.Module = NET) -> bool:
    with torch.inference_mode():
        return torch.allclose(loaded.net(X), net(X), rtol=1e-5, atol=1e-5)


def under(prefix: str, state: dict[str, Tensor] = STATE) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


@pytest.mark.parametrize("seed", range(4))
def test_the_network_is_found_in_whatever_is_around_it(seed: int) -> None:
    for number in range(20):
        draw = Random(100 * seed + number)
        loaded = opened(nested(draw, renamed(draw, STATE)))
        assert is_net(loaded), (seed, number)
        assert loaded.taken in loaded.found and len(loaded.found) == 1


@pytest.mark.parametrize("seed", range(2))
def test_averaged_weights_are_preferred_and_the_others_can_be_chosen(seed: int) -> None:
    for number in range(10):
        draw = Random(1000 * seed + number)
        averaged, raw = renamed(draw, STATE), renamed(draw, OTHER)
        file = nested(draw, dict([("model", raw), data(draw), (draw.choice(AVERAGED), averaged)]))
        loaded = opened(file)
        assert is_net(loaded) and len(loaded.found) == 2 and loaded.taken == loaded.found[0]
        assert any("averaged" in note for note in loaded.notes)
        assert is_net(opened(file, which=loaded.found[1]), RAW)


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ({**under("model.", OTHER), **under("ema_model.")}, ("ema_model", "model")),
        ({**under("", OTHER), **under("ema.module.")}, ("ema", ".")),
        ({**under("encoder_k.", OTHER), **under("encoder_q.")}, ("encoder_q", "encoder_k")),
        ({"student": under("", OTHER), "teacher": under("")}, ("teacher", "student")),
        ({"ema": {"decay": 0.9, "shadow": STATE}, "net": OTHER}, ("ema.shadow", "net")),
        ({"ema": {"shadow_params": [*STATE.values()]}, "n": OTHER}, ("ema.shadow_params", "n")),
        # MMEngine swaps the two when it saves.
        (
            {"ema_state_dict": under("module.", OTHER), "state_dict": STATE, "message_hub": {}},
            ("state_dict", "ema_state_dict"),
        ),
        ({**under("loss.net.", OTHER), **under("net.")}, ("net", "loss.net")),
        ((3, OTHER, {"swa": STATE}), ("2.swa", "1")),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, tuple) and len(value) == 2 else "",
)
def test_of_several_networks_the_right_one_is_first(file: Any, found: tuple[str, ...]) -> None:
    loaded = opened(file)
    assert (loaded.found, loaded.taken) == (found, found[0])
    assert is_net(loaded)
    assert is_net(opened(file, which=found[1]), RAW)
    with pytest.raises(WeightsError, match=rf"no network called nets.*{found[0]}"):
        opened(file, which="nets")


def test_a_teacher_of_another_form_is_no_average() -> None:
    large = randomise(timm.create_model("convnext_atto", **DIMS | {"dims": (16, 24, 32, 48)}))
    assert opened({"teacher": large.state_dict(), "student": STATE}).taken == "student"


def test_what_is_left_out_is_said() -> None:
    moments = {i: {"exp_avg": torch.ones(3), "step": torch.tensor(1.0)} for i in range(3)}
    beside = {"criterion.pos_weight": torch.ones(5), "projector.0.weight": torch.ones(2, 2)}
    file = {"model": under("net.") | beside, "optimizer": {"state": moments}, "best": X}
    loaded = opened(file | {"epoch": 3})
    (said,) = (note for note in loaded.notes if note.startswith("Left out"))
    for name in ("model.criterion.pos_weight", "model.projector.0.weight", "optimizer (6)", "best"):
        assert name in said
    assert "epoch" not in said
    assert not any(note.startswith("Left out") for note in opened(STATE).notes)
    both = opened({"model": (twice := STATE | {"mean": torch.ones(3)}), "model_ema": twice})
    assert both.taken == "model_ema" and any(".mean" in note for note in both.notes)


@pytest.mark.parametrize("name", ["attn_pool.q", "stages.0.blocks.0.se.fc1.weight", "conv9.w"])
def test_a_layer_that_is_not_known_is_not_left_out(name: str) -> None:
    with pytest.raises(WeightsError, match="match no layer"):
        opened({"model": under("net.") | {f"net.{name}": torch.ones(8)}})


def test_a_parameter_average_takes_the_statistics_of_its_network() -> None:
    net = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1], 4)
    state = randomise(net).state_dict()
    shadow = {n: p.clone() for n, p in net.named_parameters()}
    raw = {n: t + 0.1 if n in shadow else t for n, t in state.items()}
    for copy in (shadow, list(shadow.values())):
        loaded = opened({"ema": copy, "model": raw})
        assert loaded.taken == "ema" and is_net(loaded, net)


def test_adapters_that_are_not_merged_are_refused() -> None:
    adapted = under("base_model.model.") | {
        "base_model.model.head.fc.lora_A.default.weight": torch.ones(4, 24)
    }
    with pytest.raises(WeightsError, match="LoRA"):
        opened(adapted)
    merged = under("base_model.model.")
    head = {n: merged.pop(n) for n in list(merged) if ".head.fc." in n}
    for name, tensor in head.items():
        start, _, kind = name.rpartition(".")
        merged[f"{start}.modules_to_save.default.{kind}"] = tensor
        merged[f"{start}.original_module.{kind}"] = tensor + 1
    assert is_net(opened(merged))


def test_a_path_is_read_once_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "training.pth"
    torch.save({"model": STATE, "optimizer": {"state": {0: torch.ones(1000)}}}, path)
    loaded = load_checkpoint(path)
    path.write_bytes(bytes(path.stat().st_size))  # the net must not look at the file any more
    assert is_net(loaded)


def test_ten_thousand_networks_have_an_end() -> None:
    with pytest.raises(WeightsError):
        opened({f"a{i}.stages.0.blocks.0.conv_dw.weight": X for i in range(10**4)})


def test_what_contains_itself_has_an_end() -> None:
    loop: dict[str, Any] = {"model": STATE}
    loop["again"] = loop
    many: list[Any] = [torch.ones(1)]
    for _ in range(60):
        many = [many] * 9
    loop["many"] = many
    assert is_net(opened(loop))


@pytest.mark.parametrize(
    ("network", "inner", "head"),
    [
        ("convnext_atto", "backbone", "classifier"),
        ("vit_tiny_patch16_224", "body", "fc"),
        ("swin_tiny_patch4_window7_224", "encoder", "head.1"),
        ("repvgg_a0", "encoder", "linear.1"),
    ],
)
def test_a_linear_layer_beside_a_network_of_features_is_its_classifier(
    network: str, inner: str, head: str
) -> None:
    size = {} if "_224" not in network else {"img_size": 64}
    window = {"window_size": 2} if "swin" in network else {}
    features = timm.create_model(network, num_classes=0, **size, **window).eval()
    linear = nn.Linear(features.num_features, 7)
    state = {f"{inner}.{name}": value for name, value in features.state_dict().items()}
    state |= {f"{head}.{name}": value for name, value in linear.state_dict().items()}
    assert is_net(opened(state), nn.Sequential(features, linear))
