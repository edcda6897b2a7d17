"""What was measured: frozen records of numpy arrays and plain numbers.

Records with arrays compare by identity (``eq=False``): two arrays have no single truth value.
"""

from convnext_viz.results.block import BlockTrace, BranchShare, Operation, Timing, WaysCompared
from convnext_viz.results.evidence import (
    Box,
    EffectiveField,
    Exciting,
    Faithfulness,
    FieldPair,
    Integrated,
    Kernels,
    KernelSize,
    KernelSizes,
    Lesson,
    Progress,
    Shuffled,
)
from convnext_viz.results.explaining import Attribution, Channel, FeatureMaps, Order, Prediction
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
    "Box",
    "BranchShare",
    "Channel",
    "Curve",
    "EffectiveField",
    "Evaluating",
    "Evaluation",
    "Exciting",
    "Faithfulness",
    "FeatureMaps",
    "FieldPair",
    "Integrated",
    "InternalsCurve",
    "KernelSize",
    "KernelSizes",
    "Kernels",
    "Lesson",
    "Operation",
    "Order",
    "Outcome",
    "Prediction",
    "Progress",
    "Score",
    "Shuffled",
    "StageInternals",
    "StepMetrics",
    "Stepping",
    "Timing",
    "Verdict",
    "Watched",
    "WaysCompared",
]
