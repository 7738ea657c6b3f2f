"""The formulas as they stand."""

import torch


def conv2d(x, weight, bias=None, stride=1, padding=0):
    n, c, h, w = x.shape
    o, channels, kh, kw = weight.shape
    if c != channels or kh > h + 2 * padding or kw > w + 2 * padding:
        raise ValueError("image and kernel do not fit together")
    padded = x.new_zeros(n, c, h + 2 * padding, w + 2 * padding)
    padded[:, :, padding : padding + h, padding : padding + w] = x
    rows = []
    for i in range(0, padded.shape[2] - kh + 1, stride):
        row = []
        for j in range(0, padded.shape[3] - kw + 1, stride):
            window = padded[:, None, :, i : i + kh, j : j + kw]
            row.append((window * weight).sum(dim=(2, 3, 4)))
        rows.append(torch.stack(row, dim=-1))
    y = torch.stack(rows, dim=-2)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


def max_pool2d(x, size, stride=None):
    if x.shape[2] < size or x.shape[3] < size:
        raise ValueError("too small")
    step = stride or size
    return torch.stack(
        [
            torch.stack(
                [x[:, :, i : i + size, j : j + size].amax((2, 3)) for j in range(0, x.shape[3] - size + 1, step)], -1
            )
            for i in range(0, x.shape[2] - size + 1, step)
        ],
        -2,
    )
