"""A small pipeline becomes int8, and is compared with what it was; what can't be quantised."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.pipeline.bert_encoder import BertEncoder
from spacy_bert_ext.quantization import quantizing
from spacy_bert_ext.quantization.quantizing import Report, encoders_of, quantize
from tests.annotated import TEXTS
from tests.coded import raises_code
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import HEADS, encoder_of, head_of
from tests.quantization.corpora import annotated_file, request, texts_file

NER, EXCLUSIVE, MULTILABEL, SPANS, *_ = HEADS


@pytest.fixture(scope="module")
def quantized(trained_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Language, Language, Report]:
    pytest.importorskip("nncf")
    original, nlp = spacy.load(trained_folder), spacy.load(trained_folder)
    return original, nlp, quantize(original, nlp, request(tmp_path_factory.mktemp("corpora")))


def test_the_report_has_scores_of_both(quantized: tuple[Language, Language, Report]) -> None:
    *_, report = quantized
    assert report.backend == "openvino" and report.n_docs == 12 and report.n_texts == 40
    counting = {(one.component, one.name): one for one in report.changes if one.counts}
    assert set(counting) == {
        (NER, "ents_f"),
        (EXCLUSIVE, "cats_score"),
        (MULTILABEL, "cats_score"),
        (SPANS, "spans_sc_f"),
    }
    assert counting[NER, "ents_f"].before == pytest.approx(100 * 2 * 16 / (20 + 18))
    labels = {one.name for one in report.changes if one.component == NER and not one.counts}
    assert labels == {"PERSON", "ORG", "GPE"}
    assert report.loss == max(one.before - one.after for one in counting.values())
    assert report.performance["ents_f"] == pytest.approx(counting[NER, "ents_f"].after / 100)


def test_annotations_stay_nearly_all(quantized: tuple[Language, Language, Report]) -> None:
    *_, report = quantized
    categories = {f"categories of {name}" for name in (EXCLUSIVE, MULTILABEL)}
    assert set(report.agreements) == {"entities", *categories, "spans sc"}
    assert all(agreement.share > 0.9 for agreement in report.agreements.values())


def test_sizes_and_speeds(quantized: tuple[Language, Language, Report]) -> None:
    *_, report = quantized
    assert all(number > 0 for number in (*report.megabytes, *report.speeds))


def test_heads_have_new_temperatures_and_the_original_stays(quantized: tuple[Language, Language, Report]) -> None:
    original, nlp, report = quantized
    assert list(report.heads) == list(HEADS)
    for name, head in report.heads.items():
        assert head_of(original, name).cfg["temperature"] == head.temperature_before == 1
        assert head_of(nlp, name).cfg["temperature"] == head.temperature > 1


def test_the_result_is_saved_and_loaded_with_its_back_end(
    quantized: tuple[Language, Language, Report], tmp_path: Path
) -> None:
    original, nlp, *_ = quantized
    assert original.config["components"]["bert_encoder"]["model"]["backend"] == "torch"
    nlp.to_disk(tmp_path / "int8")
    loaded = spacy.load(tmp_path / "int8")
    assert loaded.config["components"]["bert_encoder"]["model"]["backend"] == "openvino"
    expected = [annotations(doc) for doc in nlp.pipe(TEXTS)]
    assert [annotations(doc) for doc in loaded.pipe(TEXTS)] == expected
    assert [annotations(loaded(text)) for text in TEXTS] == expected
    with raises_code("B373", match="bert_encoder"):
        encoders_of(loaded)


def test_temperatures_can_stay(trained_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    original, nlp = spacy.load(trained_folder), spacy.load(trained_folder)
    report = quantize(original, nlp, request(tmp_path, refit=False))
    assert {head.temperature for head in report.heads.values()} == {1.0}


def test_all_is_computed_on_the_cpu(trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, nlp = spacy.load(trained_folder), spacy.load(trained_folder)
    moved: list[tuple[BertEncoder, str]] = []
    monkeypatch.setattr(BertEncoder, "to", lambda encoder, device: moved.append((encoder, device)))
    monkeypatch.setattr(quantizing, "quantize_encoder", lambda *_, **options: None)
    monkeypatch.setattr(quantizing, "_compare", lambda *_: None)
    settings = nlp.get_pipe_config("bert_encoder")["model"]
    for before, after in (("cuda:0", "cpu"), ("auto", "auto")):
        settings["device"] = before
        quantize(original, nlp, request(tmp_path))
        assert (settings["backend"], settings["device"]) == ("openvino", after)
    assert moved == [(encoder_of(original), "cpu"), (encoder_of(nlp), "cpu")] * 2


def test_each_of_two_encoders_is_given_new_docs(
    trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, nlp = spacy.load(trained_folder), spacy.load(trained_folder)
    seen: list[int] = []

    @Language.component("once_of_quantizing")
    def once(doc: Doc) -> Doc:
        seen.append(id(doc))
        kept.append(doc)
        return doc

    kept: list[Doc] = []
    nlp.add_pipe("once_of_quantizing", first=True)
    encoder = encoder_of(nlp)
    monkeypatch.setattr(quantizing, "encoders_of", lambda nlp: dict.fromkeys(["bert_encoder", "bert_ner"], encoder))
    monkeypatch.setattr(quantizing, "quantize_encoder", lambda *_, **options: None)
    monkeypatch.setattr(quantizing, "_compare", lambda *_: None)
    quantize(original, nlp, request(tmp_path))
    assert len(seen) == len(set(seen)) == 80


def test_a_pipeline_without_encoder() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    with raises_code("B372", match="sentencizer"):
        encoders_of(nlp)


def test_an_encoder_without_weights(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder")
    with raises_code("B021"):
        encoders_of(nlp)


def test_what_is_missing_is_told_before_anything_is_done(trained_folder: Path, tmp_path: Path) -> None:
    original, nlp = spacy.load(trained_folder), spacy.load(trained_folder)
    texts, few = texts_file(tmp_path), tmp_path / "few"
    few.mkdir()
    wrong = {
        "B294": {"backend": "abacus"},
        "B366": {"backend": "torch"},
        "B374": {"evaluate": annotated_file(few, [(TEXTS[0], {"cats": {"news": 1.0}})])},
        "B371": {"evaluate": texts},
        "B370": {"calibrate": annotated_file(tmp_path)},
    }
    for code, others in wrong.items():
        with raises_code(code):
            quantize(original, nlp, request(tmp_path)._replace(**others))
    assert encoder_of(nlp).shim.settings.backend == "torch"
