"""What was measured: frozen records of numpy arrays and plain numbers.

Records with arrays compare by identity (``eq=False``): two arrays have no single truth value.
"""

from convnext_viz.results.block import BlockTrace, BranchShare, Operation, Timing, WaysCompared
from convnext_viz.results.explaining import Attribution, FeatureMaps, Prediction
from convnext_viz.results.training import (
    ArmEvaluation,
    ArmStep,
    Curve,
    Evaluating,
    Evaluation,
    InternalsCurve,
    Outcome,
    Score,
    StageInternals,
    StepMetrics,
    Stepping,
    Verdict,
    Watched,
)

__all__ = [
    "ArmEvaluation",
    "ArmStep",
    "Attribution",
    "BlockTrace",
    "BranchShare",
    "Curve",
    "Evaluating",
    "Evaluation",
    "FeatureMaps",
    "InternalsCurve",
    "Operation",
    "Outcome",
    "Prediction",
    "Score",
    "StageInternals",
    "StepMetrics",
    "Stepping",
    "Timing",
    "Verdict",
    "Watched",
    "WaysCompared",
]
