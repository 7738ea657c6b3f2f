import torch


def rms_norm(x, weight, eps=1e-6):
    return x / ((x * x).mean(dim=-1, keepdim=True).sqrt() + eps) * weight
