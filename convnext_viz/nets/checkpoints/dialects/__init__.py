"""Dialects: how others name the weights of our families, a file a family, a row a dialect.

Whatever reads weights loops over these rows, so that a further family is a further file here.
"""

from convnext_viz.nets.checkpoints.dialects import convnext, repvgg, resnet, swin, vit

DIALECTS = (
    *convnext.DIALECTS,
    *resnet.DIALECTS,
    *repvgg.DIALECTS,
    *vit.DIALECTS,
    *swin.DIALECTS,
)
