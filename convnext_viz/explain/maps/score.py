"""The score that a map explains, as a function of images: it counts its passes and reports them."""

from collections.abc import Callable
from time import perf_counter

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net, check_target
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.explain.maps.validity import nothing_to_see
from convnext_viz.explain.outputs import class_logits
from convnext_viz.results import Attribution
from convnext_viz.text import t


def score_of(logits: Tensor, target: int, contrast: int | None) -> Tensor:
    """The explained score of every image: (N, outputs) → (N,).

    Raises ValueError for a class that there is not, and for a class against itself.
    """
    logits = class_logits(logits)
    check_target(target, logits.shape[1])
    if contrast is None:
        return logits[:, target]
    check_target(contrast, logits.shape[1])
    if contrast == target:
        raise ValueError(t("methods.error.against_itself", target=target))
    return logits[:, target] - logits[:, contrast]


class Score:
    """The score of one class, or its lead over another one, of one net.

    What ``on_progress`` raises ends the computation: that is how a page cancels it.
    """

    def __init__(
        self, net: nn.Sequential, x: Tensor, target: int | None, contrast: int | None
    ) -> None:
        check_net(net, classifies=True)
        check_input(net, x)
        self.start = perf_counter()
        self.net, self.x, self.contrast = net, as_input(x), contrast
        with torch.inference_mode():
            logits = net(self.x)
            self.target = int(class_logits(logits).argmax()) if target is None else target
            self.value = float(score_of(logits, self.target, contrast))
        self.largest_logit = float(logits.abs().max())
        self.done, self.total = 0, 1
        self.on_progress: OnProgress = ignore

    def expect(self, total: int, on_progress: OnProgress) -> None:
        """From here on every pass is reported, of ``total`` images in all."""
        self.done, self.total, self.on_progress = 0, total, on_progress

    def __call__(self, x: Tensor, *, net: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """(N, C, H, W) → (N,); ``net`` is the part behind a place where ``x`` is what is there."""
        self.on_progress(min(self.done, self.total), self.total)
        self.done += len(x)
        if x.ndim == 4:
            x = x.contiguous(memory_format=torch.channels_last)
        return score_of((net or self.net)(x), self.target, self.contrast)

    def attribution(
        self,
        method: str,
        values: Tensor,
        *,
        effect: Tensor,
        remains: float = float("nan"),
        stage: str = "image",
    ) -> Attribution:
        """The record of a map (h, w). ``effect``: how far what was measured moves the score, unit
        of a logit; ``remains``: what ``validity.remaining`` says of the map's sums."""
        cells = values.detach().float().contiguous().cpu().numpy()
        return Attribution(
            method=method,
            stage=stage,
            target=self.target,
            contrast=self.contrast,
            score=self.value,
            values=cells,
            image_size=(self.x.shape[-2], self.x.shape[-1]),
            seconds=perf_counter() - self.start,
            remaining=remains,
            nothing=nothing_to_see(
                cells, remains=remains, effect=float(effect), largest_logit=self.largest_logit
            ),
        )
