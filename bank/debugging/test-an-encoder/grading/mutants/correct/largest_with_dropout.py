from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocabulary, width, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.hidden = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        hidden = self.hidden(self.embedding(tokens))
        return self.head(hidden.amax(dim=1))
