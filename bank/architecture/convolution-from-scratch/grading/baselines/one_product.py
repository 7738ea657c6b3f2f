"""The windows as columns of a matrix, and one product with the kernels."""

import torch
import torch.nn.functional as F


def columns_of(x, kh, kw, stride):
    if min(x.shape[2] - kh, x.shape[3] - kw) < 0:
        raise ValueError("the window does not fit")
    size = ((x.shape[2] - kh) // stride + 1, (x.shape[3] - kw) // stride + 1)
    return F.unfold(x, (kh, kw), stride=stride), size


def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.size(1) != weight.size(1):
        raise ValueError("the channels do not agree")
    columns, size = columns_of(F.pad(x, [padding] * 4), weight.size(2), weight.size(3), stride)
    y = weight.flatten(1) @ columns
    if bias is not None:
        y = y + bias[:, None]
    return y.unflatten(2, size)


def max_pool2d(x, size, stride=None):
    n, c = x.shape[:2]
    columns, (rows, width) = columns_of(x.reshape(n * c, 1, *x.shape[2:]), size, size, stride or size)
    return columns.amax(1).view(n, c, rows, width)
