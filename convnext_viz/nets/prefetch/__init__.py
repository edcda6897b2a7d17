"""Pretrained weights downloaded before a lesson, by a command."""
