"""Trained weights: files of any origin, the hub, and the bundled models."""

from pathlib import Path

BUNDLED_FOLDER = Path(__file__).parent / "bundled"
"""Weights and cards of the bundled models; known here without torch."""
