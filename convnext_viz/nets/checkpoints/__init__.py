"""Trained weights: files of any origin, the hub, and the bundled models."""

from pathlib import Path

BUNDLED = (
    "cifar10_ln_gelu",
    "cifar10_bn_relu",
    "cifar10_repvgg",
    "cifar10_vit",
    "cifar10_swin",
)
"""The bundled models: the paper's LayerNorm and GELU, their BatchNorm + ReLU counterpart, and a
small network of each neighbour."""

BUNDLED_FOLDER = Path(__file__).parent / "bundled"
"""Weights and cards of the bundled models; known here without torch."""
