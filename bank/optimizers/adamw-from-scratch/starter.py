import torch


class AdamW:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params = list(params)
        self.lr = lr

    def step(self) -> None:
        """Change every parameter that has a gradient, in place."""
        raise NotImplementedError
