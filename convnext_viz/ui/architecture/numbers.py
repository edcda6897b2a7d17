"""The numbers over the map: what the network costs, and whether that is the published figure."""

import streamlit as st

from convnext_viz.numbers import compact, digits, exact
from convnext_viz.plans import Plan
from convnext_viz.plans.checks import Check, paper_checks
from convnext_viz.plots import names
from convnext_viz.specs import VARIANTS, diff
from convnext_viz.text import t

_QUANTITIES = ("params", "macs", "out_elements", "receptive_field")


def numbers(shown: Plan, other: Plan | None) -> None:
    """Four totals, each with its difference from the other plan."""
    with st.container(horizontal=True, gap="medium", key="arch_numbers"):
        for quantity in _QUANTITIES:
            value = getattr(shown, quantity)
            text = compact(value)
            if quantity == "receptive_field":
                text = f"{exact(value)} px"
            elif quantity == "macs":  # its label says G already
                text = digits(value / 1e9)
            st.metric(
                t(f"architecture.total.{quantity}"),
                text,
                delta=None if other is None else _delta(value, getattr(other, quantity)),
                delta_color="off",
                delta_arrow="off",
                help=t(f"architecture.total_help.{quantity}", exact=exact(value)),
                width="content",
            )


def badges(shown: Plan, *, title: str = "") -> None:
    """Whether the totals agree with what was printed, after a title; nothing without either."""
    checks = paper_checks(shown)
    said = _line(checks, shown) if checks else ""
    if title or said:
        st.markdown(f"{title} {said}".strip(), width="stretch")


def _line(checks: tuple[Check, ...], shown: Plan) -> str:
    changed = bool(diff(VARIANTS[shown.spec.name], shown.spec))
    said = " ".join(_badge(check, changed) for check in checks)
    note = t("architecture.badge.with_norms") if any(c.with_norms for c in checks) else ""
    return t("architecture.badge.line", badges=said, source=checks[0].source, note=note)


def delta_caption(shown: Plan, other: Plan) -> str:
    """What the differences under the totals are measured against."""
    return t(
        "architecture.total.against",
        name=names.network(shown.spec),
        other=names.network(other.spec),
    )


def _delta(value: int, other: int) -> str:
    sign = "−" if value < other else "+"
    factor = f" (×{value / other:.2f})" if other else ""
    return f"{sign}{compact(abs(value - other))}{factor}"


def _badge(check: Check, changed: bool) -> str:
    if not check.agrees:
        return f":orange-badge[{t('architecture.badge.differs', printed=check.printed)}]"
    if changed:  # BatchNorm costs what LayerNorm does: equal numbers, another network
        return f":gray-badge[{t('architecture.badge.as_many', printed=check.printed)}]"
    return f":green-badge[{t('architecture.badge.agrees', printed=check.printed)}]"
