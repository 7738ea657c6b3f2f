import torch


def rms_norm(x, weight, eps=1e-6):
    return x * torch.rsqrt((x * x).mean(dim=0, keepdim=True) + eps) * weight
