"""A cosine does not stop by itself."""

import math


def learning_rate(step, peak, warmup, total, floor=0.0):
    if warmup < 0 or warmup >= total:
        raise ValueError(f"warmup={warmup} does not fit into total={total}")
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    progress = (step - warmup) / (total - warmup)
    return floor + 0.5 * (peak - floor) * (1 + math.cos(math.pi * progress))
