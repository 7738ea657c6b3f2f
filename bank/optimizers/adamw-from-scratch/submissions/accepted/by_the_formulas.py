import torch


class AdamW:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params = list(params)
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.t = [0 for _ in self.params]
        self.m = [torch.zeros_like(p) for p in self.params]
        self.v = [torch.zeros_like(p) for p in self.params]

    def step(self):
        b1, b2 = self.betas
        with torch.no_grad():
            for i, p in enumerate(self.params):
                if p.grad is None:
                    continue
                self.t[i] += 1
                self.m[i].mul_(b1).add_(p.grad, alpha=1 - b1)
                self.v[i].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                m_hat = self.m[i] / (1 - b1 ** self.t[i])
                v_hat = self.v[i] / (1 - b2 ** self.t[i])
                p.mul_(1 - self.lr * self.weight_decay)
                p.sub_(self.lr * m_hat / (v_hat.sqrt() + self.eps))
