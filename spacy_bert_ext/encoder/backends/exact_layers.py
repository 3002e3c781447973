"""Which layers of an int8 graph of OpenVINO stay as they are, since int8 costs them most.

The second layer of a feed-forward block reads what its activation function gives: a few numbers are far larger than all
others, and eight bits for both leave little for the others. What is lost in lower blocks grows on its way up. With
MiniLM half of the error of the vectors comes from these layers of the lower half of its blocks, which take a sixth of
the time.
"""

from typing import Any


def exact_layers(model: Any) -> list[str]:
    """Names of the narrowing layers of the lower half of the blocks.

    model: OpenVINO's, not quantised.
    """
    narrowing = [op.get_friendly_name() for op in model.get_ordered_ops() if _is_narrowing(op)]
    return narrowing[: (len(narrowing) + 1) // 2]


def _is_narrowing(op: Any) -> bool:
    """Whether it multiplies by weights that give fewer numbers than they take."""
    if op.get_type_name() != "MatMul" or not _is_constant(op.input_value(1).get_node()):
        return False
    shape = list(op.input_value(1).get_shape())
    if len(shape) != 2:
        return False
    n_in, n_out = reversed(shape) if op.get_attributes()["transpose_b"] else shape
    return int(n_in) > int(n_out)


def _is_constant(node: Any) -> bool:
    if node.get_type_name() == "Convert":  # of weights that are kept in fp16
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "Constant")
