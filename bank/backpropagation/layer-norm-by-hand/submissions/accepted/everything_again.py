"""Keeps the inputs and computes the rest a second time, as checkpointing does."""

import torch


def statistics(x, eps):
    variance, mean = torch.var_mean(x, dim=-1, keepdim=True, correction=0)
    scale = torch.rsqrt(variance + eps)
    return (x - mean) * scale, scale


def layer_norm_forward(x, weight, bias, eps=1e-5):
    return torch.addcmul(bias, statistics(x, eps)[0], weight), {"x": x, "weight": weight, "eps": eps}


def layer_norm_backward(grad, cache):
    normal, scale = statistics(cache["x"], cache["eps"])
    g = torch.einsum("...d,d->...d", grad, cache["weight"])
    d = g.shape[-1]
    along = torch.einsum("...d,...d->...", g, normal)[..., None]
    grad_x = scale / d * (d * g - g.sum(-1, keepdim=True) - normal * along)
    grad_weight = torch.einsum("nd,nd->d", grad.reshape(-1, d), normal.reshape(-1, d))
    return grad_x, grad_weight, torch.einsum("nd->d", grad.reshape(-1, d))
