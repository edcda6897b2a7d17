"""Last-stage Grad-CAM of ConvNeXt-T at 224 px: against one forward pass, and pytorch-grad-cam's.

Ratios of calls that take turns in one run; the weights are random, as times do not depend on them.
"""

import torch
from measure import interleaved, medians, ratio
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from convnext_viz.explain import grad_cam, predict
from convnext_viz.nets import build
from convnext_viz.specs import CONVNEXT

TARGET = 281  # any class; the same for all


def main() -> None:
    """Prints each call's median and its ratio to one forward pass."""
    net = build(CONVNEXT["convnext_tiny"], seed=0).eval().requires_grad_(False)
    net = net.to(memory_format=torch.channels_last)
    x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    x = x.contiguous(memory_format=torch.channels_last)
    # pytorch-grad-cam as its documentation shows it: a context, one map, a net as it was built.
    theirs = build(CONVNEXT["convnext_tiny"], seed=0).eval()
    theirs = theirs.to(memory_format=torch.channels_last)

    def forward() -> None:
        with torch.inference_mode():
            net(x)

    def pytorch_grad_cam() -> None:
        with GradCAM(model=theirs, target_layers=[theirs.stage4]) as cam:
            cam(input_tensor=x, targets=[ClassifierOutputTarget(TARGET)])

    calls = {
        "one forward pass": forward,
        "predict": lambda: predict(net, x),
        "grad_cam, stage 4": lambda: grad_cam(net, x, TARGET, stage="stage4"),
        "grad_cam, stage 1": lambda: grad_cam(net, x, TARGET, stage="stage1"),
        "pytorch-grad-cam, stage 4": pytorch_grad_cam,
    }
    seconds = interleaved(calls, rounds=21)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; medians of 21 rounds")
    for name, median in medians(seconds).items():
        against = ratio(seconds, name, "one forward pass")
        print(f"{name:28} {median * 1e3:8.1f} ms   {against:5.2f} × one forward pass")
    faster = ratio(seconds, "pytorch-grad-cam, stage 4", "grad_cam, stage 4")
    print(f"Last stage: {faster:.2f} times as fast as pytorch-grad-cam (aim of ours: ≤ 1.25 ×)")


if __name__ == "__main__":
    main()
