"""Looking into a net: from a picture to records of what the net makes of it.

Names are imported when they are first used: a page that only shows a photograph (images, samples)
must not wait seconds for torch. So no module here may have the name of a function.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convnext_viz.explain.attribution import INPUT_METHODS as INPUT_METHODS
    from convnext_viz.explain.cam import grad_cam as grad_cam
    from convnext_viz.explain.cams import class_activation_maps as class_activation_maps
    from convnext_viz.explain.classes import matched as matched
    from convnext_viz.explain.excite import most_exciting as most_exciting
    from convnext_viz.explain.faithfulness import agreement as agreement
    from convnext_viz.explain.faithfulness import deletion_insertion as deletion_insertion
    from convnext_viz.explain.faithfulness import sanity as sanity
    from convnext_viz.explain.faithfulness import similarity as similarity
    from convnext_viz.explain.features import feature_maps as feature_maps
    from convnext_viz.explain.fields import field_pair as field_pair
    from convnext_viz.explain.fields import kernel_sizes as kernel_sizes
    from convnext_viz.explain.images import ImageError as ImageError
    from convnext_viz.explain.images import read_image as read_image
    from convnext_viz.explain.kernels import first_patches as first_patches
    from convnext_viz.explain.kernels import stage_kernels as stage_kernels
    from convnext_viz.explain.manifests import manifest as manifest
    from convnext_viz.explain.manifests import reproduce as reproduce
    from convnext_viz.explain.methods import METHODS as METHODS
    from convnext_viz.explain.one_map import attribute as attribute
    from convnext_viz.explain.perturbation_cams import ablation_cam as ablation_cam
    from convnext_viz.explain.perturbation_cams import score_cam as score_cam
    from convnext_viz.explain.pictures import folder_pictures as folder_pictures
    from convnext_viz.explain.pictures import sample_pictures as sample_pictures
    from convnext_viz.explain.prediction import classify as classify
    from convnext_viz.explain.prediction import predict as predict
    from convnext_viz.explain.preprocessing import preprocess as preprocess
    from convnext_viz.explain.receptive import effective_field as effective_field
    from convnext_viz.explain.receptive import theoretical_field as theoretical_field
    from convnext_viz.explain.samples import SAMPLES as SAMPLES
    from convnext_viz.explain.samples import sample_image as sample_image
    from convnext_viz.explain.stages import stage_names as stage_names

_HOMES = {
    "most_exciting": "excite",
    "sample_pictures": "pictures",
    "folder_pictures": "pictures",
    "kernel_sizes": "fields",
    "field_pair": "fields",
    "first_patches": "kernels",
    "stage_kernels": "kernels",
    "effective_field": "receptive",
    "theoretical_field": "receptive",
    "matched": "classes",
    "agreement": "faithfulness",
    "similarity": "faithfulness",
    "sanity": "faithfulness",
    "deletion_insertion": "faithfulness",
    "INPUT_METHODS": "attribution",
    "class_activation_maps": "cams",
    "score_cam": "perturbation_cams",
    "ablation_cam": "perturbation_cams",
    "METHODS": "methods",
    "attribute": "one_map",
    "manifest": "manifests",
    "reproduce": "manifests",
    "ImageError": "images",
    "SAMPLES": "samples",
    "feature_maps": "features",
    "grad_cam": "cam",
    "classify": "prediction",
    "predict": "prediction",
    "preprocess": "preprocessing",
    "read_image": "images",
    "sample_image": "samples",
    "stage_names": "stages",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
