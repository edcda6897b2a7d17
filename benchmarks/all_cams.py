"""Six CAMs of all four stages of ConvNeXt-T at 224 px: one pass against what others need.

Ratios of calls that take turns in one run; the weights are random, as times do not depend on them.
"""

import os

import torch
from measure import interleaved, medians, ratio
from pytorch_grad_cam import EigenCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from convnext_viz.data import SAMPLES, preprocess, sample_image
from convnext_viz.explain.maps.class_activation import class_activation_maps
from convnext_viz.explain.maps.faithfulness import similarity
from convnext_viz.nets import BUNDLED, build, load_bundled
from convnext_viz.results import Attribution
from convnext_viz.specs import CONVNEXT

TARGET = 281  # any class; the same for all
STAGES = ("stage1", "stage2", "stage3", "stage4")
THEIRS = (GradCAM, GradCAMPlusPlus, HiResCAM, XGradCAM, LayerCAM, EigenCAM)


def main(rounds: int = int(os.environ.get("ROUNDS", "11"))) -> None:
    """Prints each call's median, the ratios, and how alike the maps of both precisions are."""
    net = build(CONVNEXT["convnext_tiny"], seed=0).eval().requires_grad_(False)
    for name, parameter in net.named_parameters():
        if name.endswith("gamma.weight"):
            parameter.fill_(0.5)  # as training leaves it: 1e-6 would hide the blocks' rounding
    net = net.to(memory_format=torch.channels_last)
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    x = x.contiguous(memory_format=torch.channels_last)
    # pytorch-grad-cam as its documentation shows it: a context and a call for each map.
    theirs = build(CONVNEXT["convnext_tiny"], seed=0).eval()
    theirs = theirs.to(memory_format=torch.channels_last)

    def forward() -> None:
        with torch.inference_mode():
            net(x)

    def all_cams() -> object:
        return class_activation_maps(net, x, TARGET)

    def low(call: object) -> object:
        assert callable(call)
        with torch.autocast("cpu", torch.bfloat16):
            return call()

    def pytorch_grad_cam() -> None:
        for stage in STAGES:
            for method in THEIRS:
                with method(model=theirs, target_layers=[theirs.get_submodule(stage)]) as cam:
                    cam(input_tensor=x, targets=[ClassifierOutputTarget(TARGET)])

    ours = {
        "one forward pass": forward,
        "24 maps": all_cams,
        "one forward pass, bf16": lambda: low(forward),
        "24 maps, bf16": lambda: low(all_cams),
    }
    seconds = interleaved(ours, rounds=rounds)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; medians of {rounds}")
    for name, median in medians(seconds).items():
        print(f"{name:26} {median * 1e3:9.1f} ms")
    full = ratio(seconds, "24 maps", "one forward pass")
    mixed = ratio(seconds, "24 maps, bf16", "one forward pass")
    own = ratio(seconds, "24 maps, bf16", "one forward pass, bf16")
    print(f"24 maps: {full:.2f} × one forward pass (aim ≤ 2)")
    print(f"bf16: {mixed:.2f} × one float32 forward pass, {own:.2f} × one in bf16 (aim ≤ 1.5)")
    pairs = list(zip(all_cams(), low(all_cams), strict=True))  # type: ignore[call-overload]
    print("Rank correlation of bf16 and float32 maps (the same map: ≥ 0.99):")
    print_alike("ConvNeXt-T, random weights", [pairs])
    for name in BUNDLED:
        model = load_bundled(name)
        inputs = [preprocess(sample_image(one), model.preprocess)[0] for one in SAMPLES]
        full_maps = [class_activation_maps(model.net, one) for one in inputs]
        with torch.autocast("cpu", torch.bfloat16):
            low_maps = [
                class_activation_maps(model.net, one, maps[0].target)
                for one, maps in zip(inputs, full_maps, strict=True)
            ]
        both = [list(zip(a, b, strict=True)) for a, b in zip(full_maps, low_maps, strict=True)]
        print_alike(f"{name}, {len(inputs)} sample photographs, the least alike", both)
    # Few rounds are enough: theirs takes a full decomposition of 3136 × 3136 for one of its maps.
    other = interleaved({"24 maps": all_cams, "theirs": pytorch_grad_cam}, rounds=3, warm_up=1)
    print(f"{ratio(other, 'theirs', '24 maps'):.0f} times as fast as pytorch-grad-cam (aim ≥ 30)")


def print_alike(title: str, pictures: list[list[tuple[Attribution, Attribution]]]) -> None:
    """Prints the smallest similarity over all pictures, a row a stage."""
    least: dict[str, dict[str, float]] = {}
    for pairs in pictures:
        for one, other in pairs:
            row = least.setdefault(one.stage, {})
            alike = similarity(one.values, other.values)
            row[one.method] = min(row.get(one.method, 1.0), alike)
    print(f"  {title}:")
    for stage, row in least.items():
        told = ", ".join(f"{method} {alike:.3f}" for method, alike in row.items())
        print(f"    {stage}: {told}", flush=True)


if __name__ == "__main__":
    main()
