import torch


def rms_norm(x, weight, eps=1e-6):
    root = (x.pow(2).sum(-1, keepdim=True) / x.shape[-1] + eps).sqrt()
    return weight * (x / root)
