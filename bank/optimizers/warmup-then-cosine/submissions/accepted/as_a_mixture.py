"""The squared cosine of half the angle is the share of the peak in a mixture with the floor."""

from math import cos, pi


def share(progress):
    return cos(pi / 2 * progress) ** 2


def learning_rate(step, peak, warmup, total, floor=0.0):
    if not 0 <= warmup < total:
        raise ValueError("the warm-up must end before the training does")
    if step >= total:
        return float(floor)
    if step < warmup:
        return float(peak - peak * (warmup - step) / (warmup + 1))
    at_peak = share((step - warmup) / (total - warmup))
    return float(at_peak * peak + (1 - at_peak) * floor)
