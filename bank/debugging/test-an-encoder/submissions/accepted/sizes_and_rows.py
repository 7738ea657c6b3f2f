import torch

from encoder import Encoder


def build(classes=3):
    torch.manual_seed(0)
    return Encoder(vocabulary=11, width=16, classes=classes).eval()


def tokens(batch, length):
    return torch.arange(batch * length).reshape(batch, length) * 7 % 11


def test_every_shape():
    for batch, length, classes in ((4, 6, 3), (6, 4, 2), (1, 5, 3), (3, 1, 5), (1, 1, 1), (5, 3, 1)):
        logits = build(classes)(tokens(batch, length))
        assert logits.shape == (batch, classes), (batch, length, classes)
        assert logits.dtype == torch.float32


def test_a_text_does_not_depend_on_the_others():
    model, x = build(), tokens(4, 6)
    together = model(x)
    for row in range(4):
        assert torch.allclose(together[row], model(x[row : row + 1])[0], atol=1e-5)


def test_the_same_text_twice():
    model, x = build(), tokens(3, 5)
    assert torch.allclose(model(x), model(x), atol=1e-6)


def test_tokens_keep_their_values():
    x = tokens(3, 5)
    before = x.clone()
    build()(x)
    assert torch.equal(x, before)
