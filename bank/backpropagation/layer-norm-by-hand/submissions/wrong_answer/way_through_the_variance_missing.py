import torch


def layer_norm_forward(x, weight, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True)
    inverse = 1 / torch.sqrt(variance + eps)
    normal = (x - mean) * inverse
    y = weight * normal + bias
    return y, (normal, inverse, weight)


def layer_norm_backward(grad, cache):
    normal, inverse, weight = cache
    width = grad.shape[-1]
    grad_bias = grad.reshape(-1, width).sum(dim=0)
    grad_weight = (grad * normal).reshape(-1, width).sum(dim=0)
    g = grad * weight
    g_mean = g.mean(dim=-1, keepdim=True)
    g_along = (g * normal).mean(dim=-1, keepdim=True)
    grad_x = inverse * (g - g_mean)
    return grad_x, grad_weight, grad_bias
