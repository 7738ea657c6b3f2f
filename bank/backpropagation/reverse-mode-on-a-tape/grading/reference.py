import math

OPERATIONS = {
    "add": lambda a, b: (a + b, (1.0, 1.0)),
    "sub": lambda a, b: (a - b, (1.0, -1.0)),
    "mul": lambda a, b: (a * b, (b, a)),
    "div": lambda a, b: (a / b, (1 / b, -a / b**2)),
    "exp": lambda a: (math.exp(a), (math.exp(a),)),
    "log": lambda a: (math.log(a), (1 / a,)),
    "tanh": lambda a: (math.tanh(a), (1 - math.tanh(a) ** 2,)),
    "relu": lambda a: (a, (1.0,)) if a > 0 else (0.0, (0.0,)),
}


def read(line, position, values, inputs):
    """The value of one line, the lines that it depends on, and the local derivatives."""
    name, *sources = line
    if name == "input":
        return inputs[sources[0]], (), ()
    if name == "constant":
        return sources[0], (), ()
    power = sources.pop() if name == "power" else None
    if name != "power" and name not in OPERATIONS or not all(0 <= source < position for source in sources):
        raise ValueError(f"line {position} cannot be read: {line}")
    if name == "power":
        base = values[sources[0]]
        return base**power, sources, (power * base ** (power - 1),)
    value, slopes = OPERATIONS[name](*(values[source] for source in sources))
    return value, sources, slopes


def value_and_gradient(tape, inputs):
    values, edges = [], []
    for position, line in enumerate(tape):
        value, sources, slopes = read(line, position, values, inputs)
        values.append(value)
        edges.append(list(zip(sources, slopes)))
    adjoints = [0.0] * len(tape)
    adjoints[-1] = 1.0
    gradient = [0.0] * len(inputs)
    for position in reversed(range(len(tape))):
        for source, slope in edges[position]:
            adjoints[source] += slope * adjoints[position]
        if tape[position][0] == "input":
            gradient[tape[position][1]] += adjoints[position]
    return float(values[-1]), gradient
