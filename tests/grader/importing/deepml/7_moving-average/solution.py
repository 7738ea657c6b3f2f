import numpy as np


def moving_average(values: list[float], window: int) -> np.ndarray:
    if window < 1 or window > len(values):
        return np.array([])
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return np.round((sums[window:] - sums[:-window]) / window, 4)


class Smoother:
    def __init__(self, a: float):
        self.a = a
        self.state = None

    def add(self, value: float) -> float:
        if self.state is None:
            self.state = value
        else:
            self.state = self.a * value + (1 - self.a) * self.state
        return self.state
