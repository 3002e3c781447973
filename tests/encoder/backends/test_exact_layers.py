"""The layers that no int8 graph has in int8."""

import pytest

from spacy_bert_ext.encoder.backends.exact_layers import exact_layers
from tests.encoder.backends.int8_encoders import int8_bert
from tests.tiny import make_encoder

pytest.importorskip("openvino")
from spacy_bert_ext.encoder.backends.openvino_graph import converted, graph_of


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert"])
def test_they_are_the_second_feed_forward_layers_of_the_lower_half(checkpoints: dict[str, str], kind: str) -> None:
    model, _ = converted(make_encoder(checkpoints[kind]).shims[0].module)
    (name,) = exact_layers(model)  # of two blocks
    assert "layer.0." in name and ("output.dense" in name or "lin2" in name)


def test_they_stay_in_two_bytes(bert_folder: str) -> None:
    pytest.importorskip("nncf")
    files = int8_bert(bert_folder, "openvino").shims[0].loaded.backend.int8
    kinds = {
        op.get_friendly_name(): op.get_element_type().get_type_name()
        for op in graph_of(files).get_ops()
        if op.get_type_name() == "Constant" and len(op.get_output_shape(0)) == 2 and min(op.get_output_shape(0)) > 1
    }
    large = [kind for kind in kinds.values() if kind not in ("i64", "i32")]
    assert large.count("f16") >= 1 and large.count("i8") > 8 and "f32" not in large
