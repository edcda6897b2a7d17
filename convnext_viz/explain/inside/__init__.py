"""Inside a network: feature maps, kernels, receptive fields and single blocks, measured."""
