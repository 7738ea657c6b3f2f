def softmax(x, dim):
    raise NotImplementedError


def logsumexp(x, dim):
    raise NotImplementedError
