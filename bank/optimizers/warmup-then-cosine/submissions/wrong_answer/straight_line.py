import math


def learning_rate(step, peak, warmup, total, floor=0.0):
    if warmup < 0 or warmup >= total:
        raise ValueError(f"warmup={warmup} does not fit into total={total}")
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    progress = min(1.0, (step - warmup) / (total - warmup))
    return floor + (peak - floor) * (1 - progress)
