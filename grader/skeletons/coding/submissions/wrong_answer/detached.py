import torch


def rms_norm(x, weight, eps=1e-6):
    scale = torch.rsqrt((x * x).mean(dim=-1, keepdim=True) + eps).detach()
    return x * scale * weight
