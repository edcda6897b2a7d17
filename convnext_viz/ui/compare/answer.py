"""The answer over the figure: who is more accurate, who costs more, and by how much."""

from collections.abc import Sequence

import streamlit as st

from convnext_viz.numbers import compact, digits
from convnext_viz.plans.trade_offs import Axis, Data, TradeOff, chosen, of_network
from convnext_viz.plots import names
from convnext_viz.plots.trade_offs import short
from convnext_viz.specs import VARIANTS
from convnext_viz.specs.published_speeds import speed
from convnext_viz.text import sentences, t

_SAME_COST = 1.15  # times the lowest: costs up to there are called about the same
_SAME_ACCURACY = 0.5  # percentage points


def say(networks: Sequence[str], data: Data, axis: Axis) -> None:
    """One sentence about the chosen networks, and what is not known of them."""
    known = chosen(networks, data, axis)
    missing = [name for name in networks if of_network(name, data, axis) is None]
    st.markdown(f"#### {_sentence(known, axis)}")
    notes = sentences(_unknown(missing), _not_time(networks, data) if axis == "macs" else "")
    if notes:
        st.caption(notes)


def table(networks: Sequence[str], data: Data) -> None:
    """Accuracy and cost of each, in a row, and where its accuracy was printed."""
    heads = ("network", "top1", "params", "macs", "rate")
    lines = ["|" + "|".join(t(f"compare.table.{head}") for head in heads) + "|"]
    lines.append("|---|--:|--:|--:|--:|")
    sources = []
    for name in networks:
        one = of_network(name, data)
        if one is None:
            lines.append(f"|{names.short(VARIANTS[name])}|–|–|–|–|")
            continue
        rate = one.place("rtx4090")
        cells = (short(one), one.accuracy.top1, compact(one.params), digits(one.macs / 1e9))
        lines.append("|" + "|".join((*cells, digits(rate) if rate else "–")) + "|")
        sources.append(
            t(
                "compare.table.source",
                network=short(one),
                training=t(f"architecture.accuracy.{one.accuracy.training}"),
                source=one.accuracy.source,
            )
        )
    st.container(key="compare_table").markdown("\n".join(lines))
    st.caption("  \n".join([*sources, t("compare.table.note")]))


def _sentence(known: Sequence[TradeOff], axis: Axis) -> str:
    if len(known) < 2:
        return t("compare.answer.few")
    costs = {one: one.cost(axis) or 0.0 for one in known}
    cheap, dear = min(known, key=costs.__getitem__), max(known, key=costs.__getitem__)
    best, worst = max(known, key=lambda one: one.top1), min(known, key=lambda one: one.top1)
    ratio, gap = costs[dear] / costs[cheap], best.top1 - worst.top1
    words = t(f"compare.cost.{axis}")
    if gap <= _SAME_ACCURACY and ratio <= _SAME_COST:
        return t(
            "compare.answer.equal",
            low=worst.accuracy.top1,
            high=best.accuracy.top1,
            cost=words,
            ratio=f"{ratio:.2f}",
        )
    if ratio <= _SAME_COST:
        return t(
            "compare.answer.same_cost",
            cost=words,
            low=worst.accuracy.top1,
            high=best.accuracy.top1,
            worst=short(worst),
            best=short(best),
        )
    if gap <= _SAME_ACCURACY:
        return t(
            "compare.answer.same_accuracy",
            low=worst.accuracy.top1,
            high=best.accuracy.top1,
            dear=short(dear),
            cheap=short(cheap),
            ratio=f"{ratio:.2f}",
            cost=words,
        )
    if best is cheap:
        return t(
            "compare.answer.wins",
            best=short(best),
            top1=best.accuracy.top1,
            dear=short(dear),
            ratio=f"{ratio:.2f}",
            cost=words,
        )
    return t(
        "compare.answer.buys",
        best=short(best),
        cheap=short(cheap),
        points=f"{best.top1 - cheap.top1:.1f}",
        ratio=f"{costs[best] / costs[cheap]:.2f}",
        cost=words,
    )


def _unknown(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    listed = t("compare.joint").join(names.short(VARIANTS[name]) for name in missing)
    return t("compare.answer.unknown", networks=listed)


def _not_time(networks: Sequence[str], data: Data) -> str:
    """Where a graphics card's time does not follow the multiply-adds."""
    timed = chosen(networks, data, "rtx4090")
    if len(timed) < 2:
        return ""
    times = {one: one.cost("rtx4090") or 0.0 for one in timed}
    slow, fast = max(timed, key=times.__getitem__), min(timed, key=times.__getitem__)
    row = speed(slow.name, slow.accuracy.image_size, "rtx4090")
    return t(
        "compare.answer.not_time",
        slow=short(slow),
        fast=short(fast),
        ratio=f"{times[slow] / times[fast]:.2f}",
        macs=f"{slow.macs / fast.macs:.2f}",
        source=row.source if row else "",
    )
