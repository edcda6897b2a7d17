"""Attribution by any method: one call, one map."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from convnext_viz.explain.checks import stage_names
from convnext_viz.explain.maps.class_activation import check_method, class_activation_maps
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.results import Attribution, IntegratedGradients
from convnext_viz.text import t

_MOST = 10_000  # of anything that is counted: a slip of the keyboard must not cost a day


def attribute(
    net: nn.Sequential,
    x: Tensor,
    method: str = "grad_cam",
    *,
    stage: str | None = None,
    target: int | None = None,
    contrast: int | None = None,
    on_progress: OnProgress = ignore,
    **parameters: float | None,
) -> Attribution | IntegratedGradients:
    """The map of any method of ``METHODS``, at one stage, of all attention, or on the input.

    ``x`` (1, C, H, W); ``stage`` None is the last one, or "image" for a method on the input and
    "attention" for one of attention; ``target`` None the predicted class, ``contrast`` a second one
    that it is compared with.
    ``parameters`` are the method's own, of its row. ``on_progress`` hears of every few passes of
    the net; what it raises ends the computation. Raises ValueError as ``grad_cam`` does, and for an
    unknown method or parameter.
    """
    check_method(method, METHODS)
    own = checked_parameters(method, parameters)
    row = METHODS[method]
    if row.place and stage not in (None, row.place):
        raise ValueError(t(f"explain_maps.error.at_{row.place}", method=method, stage=stage))
    at = stage_names(net)[-1] if stage is None else stage
    if row.kind == "cam":
        return class_activation_maps(
            net, x, target, contrast=contrast, stages=(at,), methods=(method,)
        )[0]
    where = {} if row.place else {"stage": at}
    found: Attribution | IntegratedGradients = row.function()(
        net, x, target, contrast=contrast, on_progress=on_progress, **where, **own
    )
    return found


def checked_parameters(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are given, if the method has them and they are numbers it can take."""
    known = METHODS[method].parameters
    for name, value in given.items():
        if name not in known:
            names = ", ".join(known) or "–"
            raise ValueError(t("explain_maps.error.parameter", name=name, known=names))
        if not _fits(name, value, known[name]):
            raise ValueError(t("explain_maps.error.number", name=name, value=value, most=_MOST))
    return dict(given)


def _fits(name: str, value: object, default: float | None) -> bool:
    if value is None:
        return default is None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if name == "seed":
        return isinstance(value, int) and 0 <= value < 2**63
    if isinstance(default, float):
        return 0 <= value <= _MOST
    return isinstance(value, int) and 1 <= value <= _MOST
