"""Calibration batches, and encoders that become int8."""

import pytest

from spacy_bert_ext.encoder.quantizing import calibration_batches, check_quantizes, quantize_encoder
from spacy_bert_ext.encoder.readings import TextPairs
from tests.coded import raises_code
from tests.encoder.backends.int8_encoders import LINES, no_progress
from tests.tiny import make_docs, make_encoder


def test_batches_are_of_all_lengths(bert_folder):
    shim = make_encoder(bert_folder).shims[0]
    docs = make_docs(*LINES, *(" ".join(line.split()[:3]) for line in LINES))
    batches = calibration_batches(shim, docs, 4)
    lengths = [batch.ids.shape[1] for batch in batches]
    assert len(batches) == 4 and lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 30 and lengths[-1] < 10
    assert len(calibration_batches(shim, docs, 1)) == 1


def test_what_heads_read_besides_calibrates_too(bert_folder):
    shim = make_encoder(bert_folder).shims[0]
    pairs = TextPairs([], make_docs(*LINES[:4]))
    (alone,) = calibration_batches(shim, [], 1, readings=[pairs])
    assert alone.token_types is not None and alone.token_types.max() == 1
    together = calibration_batches(shim, make_docs(*LINES), readings=[pairs])
    assert {batch.token_types is None for batch in together} == {True, False}


def test_docs_without_text_calibrate_nothing(bert_folder):
    with raises_code("B368", match="2 Docs"):
        calibration_batches(make_encoder(bert_folder).shims[0], make_docs("", " "))


def test_back_ends_without_int8_are_refused():
    with raises_code("B366", match="torch"):
        check_quantizes("torch")


def test_an_encoder_that_fails_stays_as_it_was(bert_folder, monkeypatch):
    pytest.importorskip("nncf")
    model = make_encoder(bert_folder)
    shim = model.shims[0]
    module = shim.module
    monkeypatch.setattr("spacy_bert_ext.encoder.backends.openvino_graph._files_of", _fail)
    with pytest.raises(OSError):
        quantize_encoder(shim, "openvino", calibration_batches(shim, make_docs(*LINES)), progress=no_progress)
    assert shim.module is module and shim.settings.backend == "torch"
    assert model.predict(make_docs(*LINES)).piece_vectors.isfinite().all()


def _fail(model, **options):
    raise OSError("disk full")
