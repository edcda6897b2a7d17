"""The Roadmap page: from ResNet to ConvNeXt, one change at a time, every step a real network."""

import streamlit as st

from convnext_viz.specs import roadmap
from convnext_viz.specs.roadmap import before
from convnext_viz.text import t
from convnext_viz.ui.roadmap import change, lab, walk, what_if
from convnext_viz.ui.shell import framed, odd_link

framed()

regime = walk.choose_regime()
steps = roadmap(regime)
number = walk.current(steps)
walk.headline(steps, regime)

left, right = st.columns([1.25, 1], gap="large")
with left:
    walk.stairs(steps, regime, number)
with right:
    walk.buttons(steps, number)
    walk.answer(steps, regime, number)

earlier = before(steps, number)
if earlier is None:
    st.info(t("roadmap.change.first"), icon=":material/flag:")
else:
    was, now = walk.planned(earlier.spec), walk.planned(steps[number].spec)
    change.blocks(was, now)
    change.costs(was, now)
    change.code(was, now)
    lab.offer(earlier, steps[number])

lab.show_recorded(regime, steps[number].key)

st.divider()
what_if.show(regime)

odd_link()
