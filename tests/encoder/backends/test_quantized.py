"""What the library that makes graphs int8 can't do."""

from types import SimpleNamespace

import pytest

from spacy_bert_ext.encoder.backends.quantized import int8_graph
from spacy_bert_ext.encoder.backends.traced import traced
from tests.coded import raises_code
from tests.tiny import make_encoder


def test_what_cant_be_int8_is_named_before_anything_is_written(bert_folder):
    trace = traced(make_encoder(bert_folder).shims[0].module, "openvino")

    def quantize(*args, **kwargs):
        print("its bar")
        raise KeyError("Could not find a node")

    nncf = SimpleNamespace(
        quantize=quantize,
        set_log_level=lambda level: None,
        Dataset=list,
        IgnoredScope=dict,
        AdvancedQuantizationParameters=dict,
        AdvancedSmoothQuantParameters=dict,
        ModelType=SimpleNamespace(TRANSFORMER=1),
        QuantizationPreset=SimpleNamespace(MIXED=1),
    )
    with raises_code("B361", match="BertModel.*Could not find a node"):
        int8_graph(nncf, None, trace, batches=[], progress=lambda *_: None)


def test_it_writes_nothing_of_its_own(bert_folder, capsys):
    pytest.importorskip("nncf")
    from tests.encoder.backends.int8_encoders import make_int8

    make_int8(bert_folder, "openvino")
    assert capsys.readouterr().out == ""
