"""Figures from plans and results: one file a subject, one theme."""
