"""The numbers over the map: what the network costs, and what was published about it."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.numbers import compact, digits, exact, percent
from convnext_viz.plans import Plan, plan
from convnext_viz.plans.checks import Check, paper_checks
from convnext_viz.plans.winograd import winograd
from convnext_viz.plots import cost, names
from convnext_viz.specs import VARIANTS, RepVGGSpec, same_function
from convnext_viz.specs.imagenet import imagenet
from convnext_viz.text import sentences, t
from convnext_viz.ui.architecture.detail import open_stage
from convnext_viz.ui.charts import chart

_QUANTITIES = ("params", "macs", "out_elements", "receptive_field")


def numbers(shown: Plan, other: Plan | None) -> None:
    """Four totals, each with the other plan's; without one, with those before anything was
    changed."""
    before = None if other else _unchanged(shown)
    with st.container(
        horizontal=True, gap="medium", key=f"arch_numbers{2 if other or before else 1}"
    ):
        for quantity in _QUANTITIES:
            value = getattr(shown, quantity)
            st.metric(
                t(f"architecture.total.{quantity}"),
                _text(shown, quantity),
                delta=_beside(quantity, other, before),
                delta_color="off",
                delta_arrow="off",
                help=t(f"architecture.total_help.{quantity}", exact=exact(value)),
                width="content",
            )
    for one in (shown,) if other is None else (shown, other):
        if one.attention_macs:
            st.caption(_attention(one))
        if isinstance(one.spec, RepVGGSpec):
            st.caption(_winograd(one))


def _unchanged(shown: Plan) -> Plan | None:
    """The named network, where the shown one differs from it and it can be planned."""
    named = VARIANTS[shown.spec.name]
    if named == shown.spec:
        return None
    try:
        return plan(named, shown.image_size)
    except ValueError:  # too small an image for it
        return None


def _attention(plan: Plan) -> str:
    """How much of the multiply-adds no weight takes part in."""
    return t(
        "architecture.total.attention",
        network=names.network(plan.spec),
        macs=digits(plan.attention_macs / 1e9),
        share=percent(plan.attention_macs / plan.macs),
    )


def _winograd(plan: Plan) -> str:
    """The second cost of the RepVGG paper's tables, with its rule."""
    return sentences(
        t(
            "architecture.total.winograd",
            network=names.network(plan.spec),
            count=digits(winograd(plan.layers) / 1e9),
        ),
        t("architecture.total.winograd_rule"),
    )


def _text(plan: Plan, quantity: str) -> str:
    value = getattr(plan, quantity)
    if quantity == "receptive_field":
        return f"{exact(value)} px"
    return digits(value / 1e9) if quantity == "macs" else compact(value)  # its label says G


def _beside(quantity: str, other: Plan | None, before: Plan | None) -> str | None:
    if other is not None:
        name, value = names.network(other.spec), _text(other, quantity)
        return t("architecture.total.other", network=name, value=value)
    if before is not None:
        return t("architecture.total.was", value=_text(before, quantity))
    return None


def charts(plans: Sequence[Plan], shares: DeltaGenerator, fields: DeltaGenerator) -> None:
    """Where the cost of all stages sits, and how far they see; a click opens a stage."""
    with shares:
        alt = cost.describe_per_stage(*plans)
        chart(cost.per_stage(*plans), "arch_shares", alt, on_click=open_stage)
    with fields:
        chart(cost.receptive_fields(*plans), "arch_fields", cost.describe_receptive_fields(*plans))


def badges(shown: Plan) -> None:
    """The network's name, whether its totals agree with what was printed, and its accuracy."""
    checks = paper_checks(shown)
    said = [f"**{names.network(shown.spec)}**", *([_line(checks, shown)] if checks else [])]
    st.markdown("  \n".join(filter(None, (" ".join(said), _accuracy(shown)))))


def _accuracy(shown: Plan) -> str:
    """What weights of just this network reached; nothing for one that was changed."""
    height, width = shown.image_size
    if height != width or _is_changed(shown):
        return ""
    rows = imagenet(shown.spec.name, height)
    said = [
        t(
            "architecture.accuracy.row",
            top1=row.top1,
            training=t(f"architecture.accuracy.{row.training}"),
        )
        for row in rows
    ]
    joined = t("plots.map.alt_joint").join(said)
    return t("architecture.accuracy.line", rows=joined, source=rows[0].source) if rows else ""


def _is_changed(shown: Plan) -> bool:
    """Whether it is another function than the named network; another form of one is not."""
    return not same_function(VARIANTS[shown.spec.name], shown.spec)


def _line(checks: tuple[Check, ...], shown: Plan) -> str:
    said = " ".join(_badge(check, _is_changed(shown)) for check in checks)
    note = t("architecture.badge.with_norms") if any(c.with_norms for c in checks) else ""
    return t("architecture.badge.line", badges=said, source=checks[0].source, note=note)


def _badge(check: Check, changed: bool) -> str:
    if not check.agrees:
        return f":orange-badge[{t('architecture.badge.differs', printed=check.printed)}]"
    if changed:  # BatchNorm costs what LayerNorm does: equal numbers, another network
        return f":gray-badge[{t('architecture.badge.as_many', printed=check.printed)}]"
    return f":green-badge[{t('architecture.badge.agrees', printed=check.printed)}]"
