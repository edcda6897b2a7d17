"""The Compare page: what accuracy costs, in parameters, multiply-adds, memory and time."""

import streamlit as st

from convnext_viz.plans.trade_offs import chosen
from convnext_viz.plots import trade_offs
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import rejected
from convnext_viz.ui.compare import answer, choose, measured, sizes, stages
from convnext_viz.ui.shell import framed

framed()

networks = choose.networks()
data, axis = choose.data_and_axis()
shown = chosen(networks, data, axis)
if len(networks) < choose.FEWEST:
    st.info(t("compare.choose.more"), icon=":material/add_circle:")
else:
    answer.say(networks, data, axis)

left, right = st.columns([3, 2], gap="large")
with left:
    chart(
        trade_offs.accuracy_against_cost(data, axis, shown),
        key="compare_front",
        alt=trade_offs.describe(data, axis, shown),
        on_click=choose.toggle,
    )
with right:
    if networks:
        answer.table(networks, data)
    st.markdown(prose("compare", "front"))

if networks:
    st.divider()
    size = choose.image_size()
    plans = [choose.planned(name, size) for name in networks]
    stages.show(plans)
    grows, keeps = st.columns(2, gap="large")
    with grows:
        sizes.growth(networks, size)
    with keeps:
        sizes.memory(plans)
    measured.show(plans, size)

for parameter, value in rejected().items():
    st.warning(t("compare.link.word", name=parameter, value=value[:60]), icon=":material/link_off:")
