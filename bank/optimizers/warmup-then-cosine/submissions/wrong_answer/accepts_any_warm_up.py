import math


def learning_rate(step, peak, warmup, total, floor=0.0):
    if warmup > total:
        raise ValueError(f"warmup={warmup} does not fit into total={total}")
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    progress = min(1.0, (step - warmup) / max(1, total - warmup))
    return floor + 0.5 * (peak - floor) * (1 + math.cos(math.pi * progress))
