"""Methods of attribution, one row each: what it computes, which function, at what cost, by whom.

Loads nothing slow: a function is named, and imported when it is called. A new method is its
function, a row here and its labels.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from convnext_viz.explain.maps import cost
from convnext_viz.plans import Plan

Parameters = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One row of the table; names and meanings in words stand in the labels."""

    kind: Literal["cam", "perturbation_cam", "attention", "input"]  # function of stage activations
    # and gradients · of stage activations and many passes · of all attention · of the input alone
    run: str  # the function, "module:name"
    cost: Callable[[Plan, str, Mapping[str, float | None]], int]  # multiply-adds of all passes
    formula: str  # LaTeX of the map
    paper: str
    authors: str
    year: int
    class_blind: bool = False  # the map is the same for every class
    parameters: Parameters = field(default_factory=dict)  # its own ones with their defaults
    offered: tuple[str, ...] = ()  # those of them that the app lets people choose

    @property
    def place(self) -> str:
        """What its maps have in place of a stage; "" for a method of stages."""
        return {"attention": "attention", "input": "image"}.get(self.kind, "")

    def fits(self, plan: Plan) -> bool:
        """Whether a network has what the method reads: maps of attention want attention among all
        tokens."""
        return self.kind != "attention" or plan.global_attention

    def function(self) -> Callable[..., Any]:
        """The function that makes the map: (activations, gradients) of a stage for the kind "cam",
        else (net, x, target, …)."""
        found: Callable[..., Any] = pkgutil.resolve_name(self.run)
        return found

    def macs(self, plan: Plan, stage: str, parameters: Parameters | None = None) -> int:
        """Multiply-adds of one map on an image of the plan's size, padding and captum's overhead
        left out."""
        own = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self.cost(plan, stage, {**self.parameters, **own})


_HERE = "convnext_viz.explain.maps"
_GENERIC = (
    "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder "
    "Transformers"
)

METHODS: dict[str, Method] = {
    "grad_cam": Method(
        kind="cam",
        run=f"{_HERE}.cams:grad_cam",
        cost=cost.one_gradient,
        formula=r"\mathrm{ReLU}\Big(\sum_k \Big(\frac{1}{hw}\sum_{i,j}"
        r"\frac{\partial y}{\partial A^k_{ij}}\Big) A^k\Big)",
        paper="Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        authors="Selvaraju et al.",
        year=2017,
    ),
    "grad_cam_pp": Method(
        kind="cam",
        run=f"{_HERE}.cams:grad_cam_pp",
        cost=cost.one_gradient,
        formula=r"\mathrm{ReLU}\Big(\sum_k \Big(\sum_{i,j}\alpha^k_{ij}\,\mathrm{ReLU}"
        r"\Big(\frac{\partial y}{\partial A^k_{ij}}\Big)\Big) A^k\Big),\quad "
        r"\alpha^k_{ij}=\frac{(\partial y/\partial A^k_{ij})^2}{2(\partial y/\partial A^k_{ij})^2"
        r"+\sum_{a,b}A^k_{ab}\,(\partial y/\partial A^k_{ij})^3}",
        paper="Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks",
        authors="Chattopadhay et al.",
        year=2018,
    ),
    "hires_cam": Method(
        kind="cam",
        run=f"{_HERE}.cams:hires_cam",
        cost=cost.one_gradient,
        formula=r"\mathrm{ReLU}\Big(\sum_k \frac{\partial y}{\partial A^k}\odot A^k\Big)",
        paper="Use HiResCAM instead of Grad-CAM for Faithful Explanations of Convolutional "
        "Neural Networks",
        authors="Draelos and Carin",
        year=2020,
    ),
    "xgrad_cam": Method(
        kind="cam",
        run=f"{_HERE}.cams:xgrad_cam",
        cost=cost.one_gradient,
        formula=r"\mathrm{ReLU}\Big(\sum_k \Big(\sum_{i,j}\frac{A^k_{ij}}{\sum_{a,b}A^k_{ab}}"
        r"\frac{\partial y}{\partial A^k_{ij}}\Big) A^k\Big)",
        paper="Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs",
        authors="Fu et al.",
        year=2020,
    ),
    "layer_cam": Method(
        kind="cam",
        run=f"{_HERE}.cams:layer_cam",
        cost=cost.one_gradient,
        formula=r"\mathrm{ReLU}\Big(\sum_k \mathrm{ReLU}\Big(\frac{\partial y}{\partial A^k}\Big)"
        r"\odot A^k\Big)",
        paper="LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
        authors="Jiang et al.",
        year=2021,
    ),
    "eigen_cam": Method(
        kind="cam",
        run=f"{_HERE}.cams:eigen_cam",
        cost=cost.one_gradient,
        formula=r"\mathrm{ReLU}\Big(\big(A-\bar A\big)\,v_1\Big),\quad A-\bar A = U\Sigma V^\top",
        paper="Eigen-CAM: Class Activation Map using Principal Components",
        authors="Muhammad and Yeasin",
        year=2020,
        class_blind=True,
    ),
    "score_cam": Method(
        kind="perturbation_cam",
        run=f"{_HERE}.perturbation_cams:score_cam",
        cost=cost.score_cam,
        parameters={"batch": 16},
        formula=r"\mathrm{ReLU}\Big(\sum_k \mathrm{softmax}_k\big(y(x\odot s(A^k))\big)\,A^k\Big)",
        paper="Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
        authors="Wang et al.",
        year=2020,
    ),
    "ablation_cam": Method(
        kind="perturbation_cam",
        run=f"{_HERE}.perturbation_cams:ablation_cam",
        cost=cost.ablation_cam,
        parameters={"batch": 32},
        formula=r"\mathrm{ReLU}\Big(\sum_k \frac{y-y_{A^k=0}}{|y|}\,A^k\Big)",
        paper="Ablation-CAM: Visual Explanations for Deep Convolutional Network via "
        "Gradient-free Localization",
        authors="Desai and Ramaswamy",
        year=2020,
    ),
    "attention_rollout": Method(
        kind="attention",
        run=f"{_HERE}.attention_maps:attention_rollout",
        cost=cost.one_pass,
        formula=r"R=\hat A_L\cdots\hat A_1,\quad \hat A_l=\tfrac12\bar A_l+\tfrac12 I",
        paper="Quantifying Attention Flow in Transformers",
        authors="Abnar and Zuidema",
        year=2020,
        class_blind=True,
    ),
    "chefer": Method(
        kind="attention",
        run=f"{_HERE}.attention_maps:chefer",
        cost=cost.one_gradient,
        formula=r"R\leftarrow R+\bar A_l R,\quad "
        r"\bar A_l=\frac1H\sum_h\mathrm{ReLU}\Big(\frac{\partial y}{\partial A_{l,h}}"
        r"\odot A_{l,h}\Big)",
        paper=_GENERIC,
        authors="Chefer et al.",
        year=2021,
    ),
    "chefer_last": Method(
        kind="attention",
        run=f"{_HERE}.attention_maps:chefer_last",
        cost=cost.one_gradient,
        formula=r"\frac1H\sum_h\mathrm{ReLU}\Big(\frac{\partial y}{\partial A_{L,h}}"
        r"\odot A_{L,h}\Big)",
        paper=_GENERIC,
        authors="Chefer et al.",
        year=2021,
    ),
    "saliency": Method(
        kind="input",
        run=f"{_HERE}.attribution:saliency",
        cost=cost.one_gradient,
        formula=r"\max_c\Big|\frac{\partial y}{\partial x_c}\Big|",
        paper="Deep Inside Convolutional Networks: Visualising Image Classification Models and "
        "Saliency Maps",
        authors="Simonyan et al.",
        year=2014,
    ),
    "smooth_grad": Method(
        kind="input",
        run=f"{_HERE}.attribution:smooth_grad",
        cost=cost.smooth_grad,
        parameters={"samples": 25, "noise": 0.15, "seed": 0, "batch": 5},
        formula=r"\max_c\Big|\frac{1}{n}\sum_{i=1}^{n}\frac{\partial y(x+\varepsilon_i)}"
        r"{\partial x_c}\Big|,\quad \varepsilon_i\sim\mathcal N(0,\sigma^2)",
        paper="SmoothGrad: removing noise by adding noise",
        authors="Smilkov et al.",
        year=2017,
    ),
    "integrated_gradients": Method(
        kind="input",
        run=f"{_HERE}.attribution:integrated_gradients",
        cost=cost.integrated_gradients,
        parameters={"steps": 50, "batch": 10},
        offered=("steps",),
        formula=r"\sum_c (x_c-x'_c)\int_0^1\frac{\partial y(x'+\alpha(x-x'))}{\partial x_c}"
        r"\,d\alpha",
        paper="Axiomatic Attribution for Deep Networks",
        authors="Sundararajan et al.",
        year=2017,
    ),
    "occlusion": Method(
        kind="input",
        run=f"{_HERE}.attribution:occlusion",
        cost=cost.occlusion,
        parameters={"window": None, "stride": None, "batch": 16},
        formula=r"\frac{1}{|\{w\ni p\}|}\sum_{w\ni p}\big(y(x)-y(x_{w=x'})\big)",
        paper="Visualizing and Understanding Convolutional Networks",
        authors="Zeiler and Fergus",
        year=2014,
    ),
    "feature_ablation": Method(
        kind="input",
        run=f"{_HERE}.attribution:feature_ablation",
        cost=cost.feature_ablation,
        parameters={"cells": 8, "batch": 16},
        formula=r"y(x)-y(x_{P=x'}),\quad p\in P",
        paper="Captum: A unified and generic model interpretability library for PyTorch",
        authors="Kokhlikyan et al.",
        year=2020,
    ),
}
"""Every method by its key, CAMs first; ``y`` is the explained score, ``A`` a stage's output."""

CAMS = tuple(name for name, row in METHODS.items() if row.kind == "cam")
PERTURBATION_CAMS = tuple(name for name, row in METHODS.items() if row.kind == "perturbation_cam")
ATTENTION_METHODS = tuple(name for name, row in METHODS.items() if row.kind == "attention")
INPUT_METHODS = tuple(name for name, row in METHODS.items() if row.kind == "input")
