import torch


def quantize_row(row):
    largest = float(row.abs().max())
    scale = largest / 127 if largest else 1.0
    step = torch.tensor(scale, dtype=row.dtype)
    return torch.round(row / step), step


def quantize(weight):
    rows, scales = zip(*(quantize_row(row) for row in weight))
    return torch.stack(rows).to(torch.int8), torch.stack(scales)


def dequantize(q, scale):
    return torch.stack([row.to(step.dtype) * step for row, step in zip(q, scale)])


def int8_linear(x, q, scale, bias=None):
    outputs = []
    for row in x:
        integers, step = quantize_row(row)
        sums = (integers.long() * q.long()).sum(dim=1)
        outputs.append(sums.to(x.dtype) * step * scale.to(x.dtype))
    y = torch.stack(outputs)
    return y if bias is None else y + bias
