"""The older way around autograd, with the state in a dictionary that fills itself."""

import torch


class AdamW:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params, self.lr, self.betas = list(params), lr, betas
        self.eps, self.weight_decay, self.state = eps, weight_decay, {}

    def step(self):
        b1, b2 = self.betas
        for key, p in enumerate(self.params):
            g = p.grad
            if g is None:
                continue
            t, m, v = self.state.get(key, (0, torch.zeros_like(g), torch.zeros_like(g)))
            t, m, v = t + 1, b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            self.state[key] = (t, m, v)
            update = (m / (1 - b1**t)) / ((v / (1 - b2**t)) ** 0.5 + self.eps)
            p.data = p.data - self.lr * update - self.lr * self.weight_decay * p.data
