"""Base networks of the Train page, and the factors that a run can vary, of all families."""

from convnext_viz.specs import FAMILIES, VARIANTS, Spec

BASES: dict[str, Spec] = {spec.name: spec for family in FAMILIES.values() for spec in family.bases}
OWN = tuple(name for name in BASES if name not in VARIANTS)  # that no paper has a name for
FACTORS = tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.factors))
