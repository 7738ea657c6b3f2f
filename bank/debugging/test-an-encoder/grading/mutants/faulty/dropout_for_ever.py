from torch import nn
from torch.nn import functional as F


class Encoder(nn.Module):
    def __init__(self, vocabulary, width, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        texts = self.embedding(tokens).mean(dim=1)
        return self.head(F.dropout(texts, 0.3))
