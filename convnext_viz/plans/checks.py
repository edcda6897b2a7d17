"""Checks of our counts against published ones: does this network cost what the paper says?"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.plans.structure import Plan
from convnext_viz.specs.published import Published, published, rounds_to, truncates_to

_OPERATIONS_A_NORM_OUTPUT = 5  # fvcore's count of a layer norm, jit_handles.py


@dataclass(frozen=True)
class Check:
    """One of our counts next to the printed one, on the side that agrees if one does."""

    quantity: Literal["params", "macs"]
    agrees: bool
    printed: str
    source: str
    with_norms: bool


def paper_checks(plan: Plan) -> tuple[Check, ...]:
    """What was printed about the network of this name, compared with this plan.

    Empty for names and image sizes nobody printed anything about, and for another form than was
    counted. Parameters do not depend on the image size, so any row of the name speaks for them.
    """
    height, width = plan.image_size
    row = _row(plan, height) if height == width else None
    checks = []
    weights = row or _row(plan, 224)
    if weights is not None and weights.params:
        checks.append(_check("params", plan.params, weights.params, weights))
    if row is not None and row.macs:
        count = plan.macs + (_norm_cost(plan) if row.with_norms else 0)
        # The same source may count norms for one network and not for the next.
        agreeing = plan.macs if any(rounds_to(plan.macs, m) for m in row.macs) else count
        checks.append(_check("macs", agreeing, row.macs, row))
    return tuple(checks)


def _row(plan: Plan, image_size: int) -> Published | None:
    row = published(plan.spec.name, image_size)
    counted = row.of.items() if row else ()
    return row if all(getattr(plan.spec, field) == value for field, value in counted) else None


def _norm_cost(plan: Plan) -> int:
    outputs = sum(layer.out_elements for layer in plan.layers if layer.kind.endswith("_norm"))
    return _OPERATIONS_A_NORM_OUTPUT * outputs


def _check(
    quantity: Literal["params", "macs"], value: int, printed: tuple[str, ...], row: Published
) -> Check:
    agree = truncates_to if quantity == "params" and row.truncated else rounds_to
    agreeing = [text for text in printed if agree(value, text)]
    with_norms = quantity == "macs" and row.with_norms
    return Check(quantity, bool(agreeing), (agreeing or printed)[0], row.source, with_norms)
