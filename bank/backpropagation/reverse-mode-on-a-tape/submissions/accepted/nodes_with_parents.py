"""Every line becomes an object that knows its parents and how its slope is handed on."""

import math


class Node:
    def __init__(self, value, *parents):
        self.value, self.parents, self.slope = value, parents, 0.0

    def hand_on(self):
        for parent, local in self.parents:
            parent.slope += local * self.slope


MAKERS = {
    "add": lambda a, b: Node(a.value + b.value, (a, 1.0), (b, 1.0)),
    "sub": lambda a, b: Node(a.value - b.value, (a, 1.0), (b, -1.0)),
    "mul": lambda a, b: Node(a.value * b.value, (a, b.value), (b, a.value)),
    "div": lambda a, b: Node(a.value / b.value, (a, 1 / b.value), (b, -a.value / b.value**2)),
    "exp": lambda a: Node(math.exp(a.value), (a, math.exp(a.value))),
    "log": lambda a: Node(math.log(a.value), (a, 1 / a.value)),
    "tanh": lambda a: Node(math.tanh(a.value), (a, 1 - math.tanh(a.value) ** 2)),
    "relu": lambda a: Node(max(a.value, 0.0), (a, 1.0 if a.value > 0 else 0.0)),
}


def value_and_gradient(tape, inputs):
    leaves = [Node(float(value)) for value in inputs]
    nodes = []
    for name, *rest in tape:
        if name == "input":
            nodes.append(Node(leaves[rest[0]].value, (leaves[rest[0]], 1.0)))
            continue
        if name == "constant":
            nodes.append(Node(float(rest[0])))
            continue
        lines = rest[:1] if name == "power" else rest
        if not all(0 <= line < len(nodes) for line in lines):
            raise ValueError("a line may use earlier lines only")
        parents = [nodes[line] for line in lines]
        if name == "power":
            base, exponent = parents[0], rest[1]
            nodes.append(Node(base.value**exponent, (base, exponent * base.value ** (exponent - 1))))
        elif name in MAKERS:
            nodes.append(MAKERS[name](*parents))
        else:
            raise ValueError(f"{name} is no operation")
    nodes[-1].slope = 1.0
    for node in reversed(nodes):
        node.hand_on()
    return nodes[-1].value, [leaf.slope for leaf in leaves]
