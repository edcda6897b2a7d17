"""Trained weights: files of any origin, the hub, and the bundled models."""
