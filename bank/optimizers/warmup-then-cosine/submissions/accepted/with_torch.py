import torch


def learning_rate(step, peak, warmup, total, floor=0.0):
    if not 0 <= warmup < total:
        raise ValueError("0 <= warmup < total")
    k = torch.tensor(step, dtype=torch.float64)
    climb = peak * (k + 1) / (warmup + 1)
    angle = torch.pi * ((k - warmup) / (total - warmup)).clamp(0, 1)
    fall = floor + (peak - floor) * (1 + torch.cos(angle)) / 2
    return torch.where(k < warmup, climb, fall).item()
