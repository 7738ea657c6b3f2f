def learning_rate(step: int, peak: float, warmup: int, total: int, floor: float = 0.0) -> float:
    """The learning rate of step number `step`, counted from 0."""
    raise NotImplementedError
