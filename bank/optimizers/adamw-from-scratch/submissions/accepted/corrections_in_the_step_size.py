"""The corrections move into two numbers, so that no corrected averages are stored."""

import math

import torch


class Moments:
    def __init__(self, like):
        self.count = 0
        self.first = torch.zeros_like(like)
        self.second = torch.zeros_like(like)

    def update(self, gradient, beta1, beta2):
        self.count += 1
        self.first.lerp_(gradient, 1 - beta1)
        self.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)


class AdamW:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.state = [(p, Moments(p.detach())) for p in params]

    @torch.no_grad()
    def step(self):
        for p, moments in self.state:
            if p.grad is not None:
                moments.update(p.grad, *self.betas)
                self._move(p, moments)

    def _move(self, p, moments):
        beta1, beta2 = self.betas
        size = self.lr / (1 - beta1**moments.count)
        root = moments.second.sqrt() / math.sqrt(1 - beta2**moments.count)
        p.mul_(1 - self.lr * self.weight_decay).addcdiv_(moments.first, root.add_(self.eps), value=-size)
