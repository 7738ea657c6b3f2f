import math


def learning_rate(step, peak, warmup, total, floor=0.0):
    if not 0 <= warmup < total:
        raise ValueError("the warm-up has to be shorter than the training")
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if step >= total:
        return floor
    progress = (step - warmup) / (total - warmup)
    return floor + (peak - floor) * (1 + math.cos(math.pi * progress)) / 2
