"""Any method by its key: one call, one map."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from convnext_viz.explain.checks import stage_names
from convnext_viz.explain.maps.attribution import INPUT_METHODS
from convnext_viz.explain.maps.cams import CAMS, check_method, class_activation_maps
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.explain.maps.perturbation_cams import ablation_cam, score_cam
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.results import Attribution, IntegratedGradients, Progress
from convnext_viz.text import t

_STEPWISE: dict[str, Callable[..., Iterator[Progress | Attribution]]] = {
    "score_cam": score_cam,
    "ablation_cam": ablation_cam,
}
_ASKED = frozenset({"net", "x", "target", "stage", "contrast", "labels", "told"})
_MOST = 10_000  # of anything that is counted: a slip of the keyboard must not cost a day


def attribute(
    net: nn.Sequential,
    x: Tensor,
    method: str = "grad_cam",
    *,
    stage: str | None = None,
    target: int | None = None,
    contrast: int | None = None,
    labels: Sequence[str] = (),
    told: OnProgress = ignore,
    **parameters: float | None,
) -> Attribution | IntegratedGradients:
    """The map of any method of ``METHODS``, a class-activation map at one stage or on the input.

    ``x`` (1, C, H, W); ``stage`` None is the last one, or "image" for a method on the input;
    ``target`` None the predicted class, ``contrast`` a second one that it is held against.
    ``parameters`` are the method's own, of ``parameters_of``. ``told`` hears of every few passes of
    the net; what it raises ends the computation. Raises ValueError as ``grad_cam`` does, and for an
    unknown method or parameter.
    """
    check_method(method, METHODS)
    own = checked_parameters(method, parameters)
    common: dict[str, Any] = {"contrast": contrast, "labels": labels}
    if method in INPUT_METHODS:
        if stage not in (None, "image"):
            raise ValueError(t("explain_maps.error.on_the_input", method=method, stage=stage))
        call = INPUT_METHODS[method]
        if "told" in inspect.signature(call).parameters:  # one pass has nothing to tell
            common["told"] = told
        return call(net, x, target, **common, **own)
    stage = stage_names(net)[-1] if stage is None else stage
    if method in CAMS:
        (found,) = class_activation_maps(
            net, x, target, stages=(stage,), methods=(method,), **common
        )
        return found
    for step in _STEPWISE[method](net, x, target, stage=stage, **common, **own):
        if isinstance(step, Attribution):
            return step
        told(step.done, step.total)
    raise AssertionError(method)  # a generator of maps ends with one


def parameters_of(method: str) -> dict[str, float | None]:
    """A method's own parameters with their usual values; none for maps of one pass."""
    check_method(method, METHODS)
    call = {**INPUT_METHODS, **_STEPWISE}.get(method)
    if call is None:
        return {}
    known = inspect.signature(call).parameters.values()
    return {one.name: one.default for one in known if one.name not in _ASKED}


def checked_parameters(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are given, if the method has them and they are numbers it can take."""
    known = parameters_of(method)
    for name, value in given.items():
        if name not in known:
            names = ", ".join(known) or "–"
            raise ValueError(t("explain_maps.error.parameter", name=name, known=names))
        if not _fits(name, value, known[name]):
            raise ValueError(t("explain_maps.error.number", name=name, value=value, most=_MOST))
    return dict(given)


def _fits(name: str, value: object, usual: float | None) -> bool:
    if value is None:
        return usual is None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if name == "seed":
        return isinstance(value, int) and 0 <= value < 2**63
    if isinstance(usual, float):
        return 0 <= value <= _MOST
    return isinstance(value, int) and 1 <= value <= _MOST
