import torch


class AdamW:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.inner = torch.optim.AdamW(params, lr, betas, eps, weight_decay)

    def step(self):
        self.inner.step()
