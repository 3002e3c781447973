"""A span categorizer with attributes: learning, predicting, labels, files, commands."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import DocBin, Span
from spacy.training import Example

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.pipeline.bert_spancat import BertSpanCategorizer
from tests.coded import raises_code
from tests.pipeline.gradients import Recorder, switch_off_dropout, update_as_spacy_train
from tests.pipeline.pipelines import head_of, learn, make_nlp
from tests.pipeline.spans.attributed import GOLD, NAMES, extensions_removed, make_examples

BOTH = ("bert_spancat", "bert_spancat_singlelabel")


@pytest.fixture(autouse=True)
def defined(no_extensions: None) -> None:
    pass


def make_spancat(folder: str, *, factory: str = "bert_spancat", initialize: bool = True, **config) -> Language:
    nlp = make_nlp(folder, heads=())
    nlp.add_pipe(factory, config={"attributes": list(NAMES), **config})
    if initialize:
        nlp.initialize(lambda: make_examples(nlp))
    return nlp


def spancat_of(nlp: Language, factory: str = "bert_spancat") -> BertSpanCategorizer:
    return head_of(nlp, factory)


def listed(nlp: Language) -> list[list[tuple]]:
    found = []
    for text in GOLD:
        doc = nlp(text)
        found.append([(s.start, s.end, s.label_, s._.negated, s._.certainty) for s in doc.spans["sc"]])
    return found


@pytest.mark.parametrize("factory", BOTH)
def test_learns_values_by_heart(bert_folder: str, factory: str) -> None:
    nlp = make_spancat(bert_folder, factory=factory)
    assert spancat_of(nlp, factory).attribute_values == {"negated": [False, True], "certainty": ["sure", "unsure"]}
    learn(nlp, make_examples(nlp), steps=60)
    for found, gold in zip(listed(nlp), GOLD.values()):
        assert [row[:4] for row in found] == [row[:4] for row in sorted(gold)]
        assert all(one[4] == row[4] for one, row in zip(found, sorted(gold)) if row[4] is not None)
    doc = nlp(next(iter(GOLD)))
    (span,), attrs = doc.spans["sc"], doc.spans["sc"].attrs
    assert (attrs["negated"], attrs["negated_scores"].tolist()) == ([True], [span._.negated_score])
    assert 0.5 <= span._.negated_score <= 1
    scores = nlp.evaluate(make_examples(nlp))
    assert scores["spans_sc_negated_acc"] == scores["spans_sc_certainty_macro_f"] == 1.0


def test_new_weights_know_how_rare_values_are(bert_folder: str) -> None:
    negated, certainty = spancat_of(make_spancat(bert_folder)).shim.module.value_layers()
    assert negated.bias.tolist() == pytest.approx(np.log([4 / 9, 5 / 9]).tolist())
    assert certainty.bias.tolist() == pytest.approx(np.log([5 / 8, 3 / 8]).tolist())


def test_spans_without_values_give_no_loss_of_values(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    pipe, examples = spancat_of(nlp), make_examples(nlp)
    scores = pipe.raw_scores([eg.predicted for eg in examples])
    with_values = pipe.get_loss(examples, scores)
    for eg in examples:
        for key in [key for key in eg.reference.user_data if key[0] == "._."]:
            del eg.reference.user_data[key]
    without = pipe.get_loss(examples, scores)
    assert without.value < with_values.value and without.weight == with_values.weight
    assert not any(gradient.any() for gradient in without.gradients[7:])
    assert all(gradient.any() for gradient in with_values.gradients[7:])


def test_sub_batches_make_the_step_of_one_batch(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    switch_off_dropout(nlp)
    pipe = spancat_of(nlp)
    pipe.shim.module.dropout = 0.0
    pipe.model.attrs["head"].dropout = 0.0
    found = []
    for split in ([5], [1, 4], [2, 2, 1]):
        examples = make_examples(nlp)
        batches = [[examples.pop() for _ in range(n)] for n in split]
        recorder = Recorder()
        update_as_spacy_train(nlp, batches, recorder, ())
        found.append({name: grad for step in recorder.gradients for name, grad in step.items()})
    assert any("attributes.negated_values" in name for name in found[0])
    for other in found[1:]:
        for name, gradient in found[0].items():
            torch.testing.assert_close(other[name], gradient, rtol=1e-3, atol=1e-5, msg=name)


def test_no_values_and_only_one_are_told(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, initialize=False)
    without = DocBin().from_bytes(DocBin(docs=[eg.reference for eg in make_examples(nlp)]).to_bytes())
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in without.get_docs(nlp.vocab)]
    with raises_code("B414", match=r"has 7 spans .* 'negated'.*store_user_data=True"):
        nlp.initialize(lambda: examples)
    with pytest.warns(UserWarning, match=r"B417\] All values of the attribute 'certainty' .* are 'sure'"):
        nlp.initialize(lambda: make_examples(nlp)[:3])
    nothing = make_spancat(bert_folder, initialize=False)
    with raises_code("B024"):
        nothing.initialize(lambda: make_examples(nothing, key="other"))


def test_own_defaults_count_as_values(bert_folder: str) -> None:
    Span.set_extension("negated", default=False)
    Span.set_extension("certainty", default="")
    nlp = make_spancat(bert_folder, initialize=False, attributes=["negated"])
    examples = make_examples(nlp)
    for eg in examples:
        for key in [key for key, value in eg.reference.user_data.items() if value is False]:
            del eg.reference.user_data[key]
    nlp.initialize(lambda: examples)
    assert spancat_of(nlp).attribute_values == {"negated": [False, True]}


def test_unknown_values_are_refused(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    examples = make_examples(nlp)
    examples[0].reference.spans["sc"][0]._.certainty = "maybe"
    with raises_code("B415", match="'maybe'"):
        nlp.update(examples, sgd=Recorder())


# Labels and files


def test_label_data_is_a_table(bert_folder: str) -> None:
    data = spancat_of(make_spancat(bert_folder)).label_data
    assert data == {
        "labels": ["PART", "SIGN"],
        "attributes": {"negated": [False, True], "certainty": ["sure", "unsure"]},
    }
    nlp = make_spancat(bert_folder, initialize=False)
    table = json.loads(json.dumps({**data, "attributes": {"certainty": ["sure", "unsure", "unknown"]}}))
    nlp.config["initialize"]["components"]["bert_spancat"] = {"labels": table}
    nlp.initialize(lambda: make_examples(nlp))
    assert spancat_of(nlp).labels == ("PART", "SIGN")
    assert spancat_of(nlp).attribute_values == {"negated": [False, True], "certainty": ["sure", "unsure", "unknown"]}
    assert spancat_of(make_spancat(bert_folder, attributes=[])).label_data == ["PART", "SIGN"]


@pytest.mark.parametrize(
    "table",
    [
        {"attributes": {}},
        {"labels": ["SIGN"], "attributes": {"other": [1, 2]}},
        {"labels": ["SIGN"], "attributes": {"negated": [True, "yes"]}},
        {"labels": ["SIGN"], "attributes": {"negated": [True, True]}},
        {"labels": ["SIGN"], "attributes": {"negated": [None]}},
        {"labels": ["SIGN"], "attributes": ["negated"]},
    ],
)
def test_other_tables_are_refused(bert_folder: str, table: dict) -> None:
    nlp = make_spancat(bert_folder, initialize=False)
    with raises_code("B416", match="It has the attributes .*'negated'"):
        spancat_of(nlp).initialize(lambda: make_examples(nlp), nlp=nlp, labels=table)


def test_a_new_label_leaves_values(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, threshold=0.0)
    docs = [nlp.make_doc(text) for text in GOLD]
    before = spancat_of(nlp).predict(docs)
    assert spancat_of(nlp).add_label("NEW") == 1
    after = spancat_of(nlp).predict(docs)
    old = after.label < 2
    for one, other in zip(before.attributes, after.attributes, strict=True):
        assert other.value[old].tolist() == one.value.tolist()


def test_a_saved_pipeline_predicts_the_same(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_spancat(bert_folder)
    learn(nlp, make_examples(nlp), steps=20)
    expected = listed(nlp)
    nlp.to_disk(tmp_path)
    with extensions_removed(*NAMES):
        for again in (spacy.load(tmp_path), pickle.loads(pickle.dumps(nlp))):
            assert listed(again) == expected
            assert spancat_of(again).attribute_values == spancat_of(nlp).attribute_values
    nlp.replace_listeners("bert_encoder", "bert_spancat", ["model.encoder"])
    assert listed(nlp) == expected
    other = spacy.blank("en")
    other.add_pipe("bert_encoder", source=spacy.load(tmp_path))
    other.add_pipe("bert_spancat", source=spacy.load(tmp_path))
    assert listed(other) == expected


def test_files_of_other_attributes_are_refused(bert_folder: str, tmp_path: Path) -> None:
    make_spancat(bert_folder).to_disk(tmp_path)
    with pytest.raises(
        ValueError, match="its `attributes` are negated, certainty, those in the component's config none"
    ):
        spacy.load(tmp_path, config={"components": {"bert_spancat": {"attributes": []}}})
    settings = tmp_path / "bert_spancat" / "cfg"
    (tmp_path / "bert_spancat" / "checksums.json").unlink(missing_ok=True)
    for attributes, match in (
        ({"negated": [False], "certainty": ["sure", "unsure"]}, r"negated \(2 values\), but .* negated \(1 values\)"),
        ("negated", "no table of values"),
    ):
        settings.write_text(json.dumps({**json.loads(settings.read_text()), "attributes": attributes}))
        with pytest.warns(UserWarning, match="B191"), pytest.raises(ValueError, match=match):
            spacy.load(tmp_path)


def test_no_values_yet(bert_folder: str) -> None:
    pipe = spancat_of(make_spancat(bert_folder, initialize=False))
    assert pipe.from_bytes(pipe.to_bytes()).attribute_values == {"negated": [], "certainty": []}


def test_calibration_leaves_values(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    learn(nlp, make_examples(nlp), steps=20)
    before = listed(nlp)
    calibrate(nlp, make_examples(nlp))
    assert spancat_of(nlp).temperature() != 1.0 and listed(nlp) == before


def test_nan_in_scores_of_values_is_refused(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder, threshold=0.0)
    raw = spancat_of(nlp).raw_scores([nlp.make_doc("a b")])
    with torch.no_grad():
        raw.attributes[0][1].fill_(torch.nan)
    with raises_code("B154"):
        spancat_of(nlp).decode(raw)


def test_values_are_summarized(bert_folder: str) -> None:
    nlp = make_spancat(bert_folder)
    summary = spancat_of(nlp).summarize_gold(make_examples(nlp))
    assert summary.attributes == {"negated": {"True": 4, "False": 3}, "certainty": {"sure": 4, "unsure": 2}}
    plain = make_spancat(bert_folder, attributes=[])
    assert spancat_of(plain).summarize_gold(make_examples(plain)).attributes == {}
