"""All that looking into a net could leave behind."""

import torch
from torch import nn


def traces(net: nn.Module) -> list[object]:
    """Hooks, modes, gradients and versions of everything in the net, and the thread's modes."""
    found: list[object] = [torch.is_grad_enabled(), torch.is_inference_mode_enabled()]
    for module in net.modules():
        hooks = (len(getattr(module, name)) for name in vars(module) if name.endswith("_hooks"))
        found += [module.training, sum(hooks), sorted(vars(module))]
    for tensor in (*net.parameters(), *net.buffers()):
        found += [tensor.requires_grad, tensor.grad, tensor.grad_fn, tensor._version]
        found += [len(tensor._backward_hooks or ())]
    return found
