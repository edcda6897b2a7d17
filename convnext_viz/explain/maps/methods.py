"""The methods that make a map: what each computes, and who published it. Loads nothing slow."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Method:
    """One row of the table; names and meanings in words stand in the labels."""

    kind: Literal["cam", "perturbation_cam", "input"]  # function of stage activations and gradients
    # · of stage activations and many forward passes · of the input alone
    formula: str  # LaTeX of the map
    paper: str
    authors: str
    year: int
    class_blind: bool = False  # the map is the same for every class


METHODS: dict[str, Method] = {
    "grad_cam": Method(
        kind="cam",
        formula=r"\mathrm{ReLU}\Big(\sum_k \Big(\frac{1}{hw}\sum_{i,j}"
        r"\frac{\partial y}{\partial A^k_{ij}}\Big) A^k\Big)",
        paper="Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        authors="Selvaraju et al.",
        year=2017,
    ),
    "grad_cam_pp": Method(
        kind="cam",
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
        formula=r"\mathrm{ReLU}\Big(\sum_k \frac{\partial y}{\partial A^k}\odot A^k\Big)",
        paper="Use HiResCAM instead of Grad-CAM for Faithful Explanations of Convolutional "
        "Neural Networks",
        authors="Draelos and Carin",
        year=2020,
    ),
    "xgrad_cam": Method(
        kind="cam",
        formula=r"\mathrm{ReLU}\Big(\sum_k \Big(\sum_{i,j}\frac{A^k_{ij}}{\sum_{a,b}A^k_{ab}}"
        r"\frac{\partial y}{\partial A^k_{ij}}\Big) A^k\Big)",
        paper="Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs",
        authors="Fu et al.",
        year=2020,
    ),
    "layer_cam": Method(
        kind="cam",
        formula=r"\mathrm{ReLU}\Big(\sum_k \mathrm{ReLU}\Big(\frac{\partial y}{\partial A^k}\Big)"
        r"\odot A^k\Big)",
        paper="LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
        authors="Jiang et al.",
        year=2021,
    ),
    "eigen_cam": Method(
        kind="cam",
        formula=r"\mathrm{ReLU}\Big(\big(A-\bar A\big)\,v_1\Big),\quad A-\bar A = U\Sigma V^\top",
        paper="Eigen-CAM: Class Activation Map using Principal Components",
        authors="Muhammad and Yeasin",
        year=2020,
        class_blind=True,
    ),
    "score_cam": Method(
        kind="perturbation_cam",
        formula=r"\mathrm{ReLU}\Big(\sum_k \mathrm{softmax}_k\big(y(x\odot s(A^k))\big)\,A^k\Big)",
        paper="Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
        authors="Wang et al.",
        year=2020,
    ),
    "ablation_cam": Method(
        kind="perturbation_cam",
        formula=r"\mathrm{ReLU}\Big(\sum_k \frac{y-y_{A^k=0}}{|y|}\,A^k\Big)",
        paper="Ablation-CAM: Visual Explanations for Deep Convolutional Network via "
        "Gradient-free Localization",
        authors="Desai and Ramaswamy",
        year=2020,
    ),
    "saliency": Method(
        kind="input",
        formula=r"\max_c\Big|\frac{\partial y}{\partial x_c}\Big|",
        paper="Deep Inside Convolutional Networks: Visualising Image Classification Models and "
        "Saliency Maps",
        authors="Simonyan et al.",
        year=2014,
    ),
    "smooth_grad": Method(
        kind="input",
        formula=r"\max_c\Big|\frac{1}{n}\sum_{i=1}^{n}\frac{\partial y(x+\varepsilon_i)}"
        r"{\partial x_c}\Big|,\quad \varepsilon_i\sim\mathcal N(0,\sigma^2)",
        paper="SmoothGrad: removing noise by adding noise",
        authors="Smilkov et al.",
        year=2017,
    ),
    "integrated_gradients": Method(
        kind="input",
        formula=r"\sum_c (x_c-x'_c)\int_0^1\frac{\partial y(x'+\alpha(x-x'))}{\partial x_c}"
        r"\,d\alpha",
        paper="Axiomatic Attribution for Deep Networks",
        authors="Sundararajan et al.",
        year=2017,
    ),
    "occlusion": Method(
        kind="input",
        formula=r"\frac{1}{|\{w\ni p\}|}\sum_{w\ni p}\big(y(x)-y(x_{w=x'})\big)",
        paper="Visualizing and Understanding Convolutional Networks",
        authors="Zeiler and Fergus",
        year=2014,
    ),
    "feature_ablation": Method(
        kind="input",
        formula=r"y(x)-y(x_{P=x'}),\quad p\in P",
        paper="Captum: A unified and generic model interpretability library for PyTorch",
        authors="Kokhlikyan et al.",
        year=2020,
    ),
}
"""Every method by its key, CAMs first; ``y`` is the explained score, ``A`` a stage's output."""
