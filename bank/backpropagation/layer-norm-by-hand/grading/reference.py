def layer_norm_forward(x, weight, bias, eps=1e-5):
    centered = x - x.mean(-1, keepdim=True)
    scale = (centered.square().mean(-1, keepdim=True) + eps).rsqrt()
    normal = centered * scale
    return normal * weight + bias, (normal, scale, weight)


def layer_norm_backward(grad, cache):
    normal, scale, weight = cache
    inner = grad * weight
    along = (inner * normal).mean(-1, keepdim=True)
    grad_x = scale * (inner - inner.mean(-1, keepdim=True) - normal * along)
    rows, width = grad.numel() // len(weight), len(weight)
    grad_weight = (grad * normal).reshape(rows, width).sum(0)
    return grad_x, grad_weight, grad.reshape(rows, width).sum(0)
