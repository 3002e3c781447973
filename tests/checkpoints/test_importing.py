"""Ready checkpoints as pipelines: the same scores as transformers' own code, on the same windows."""

import pytest
import spacy
import torch
from spacy.tokens import Doc
from spacy.training import Example
from transformers import AutoTokenizer

from spacy_bert_ext import from_pretrained
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.checkpoints.classifiers import ARCHITECTURES, AUTO, CATEGORIES, TAGS, make_classifier

TEXTS = (
    "The president of Germany met Angela Merkel in Berlin .",
    "unbelievably small particle",
    "London",
    "Microsoft and Apple are opening offices in London , Paris and New York",
)
FP32 = {"precision": "fp32", "device": "cpu", "window_pieces": 64}


@pytest.fixture(scope="module", params=ARCHITECTURES)
def architecture(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[tuple[str, str], str]:
    return {
        (architecture, task): make_classifier(tmp_path_factory.mktemp("classifier"), architecture, task, names)
        for architecture in ARCHITECTURES
        for task, names in (("token-classification", TAGS), ("text-classification", CATEGORIES))
    }


def logits_by_transformers(folder: str, task: str, docs: list[Doc]) -> list[torch.Tensor]:
    """Of the tokens' first pieces, or of the texts."""
    tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    model = AUTO[task].from_pretrained(folder).eval()
    found = []
    for doc in docs:
        words = [token.text for token in doc]
        pieces = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        given = {name: pieces[name] for name in ("input_ids", "attention_mask")}
        with torch.no_grad():
            logits = model(**given).logits[0]
        if task == "token-classification":
            of_words = pieces.word_ids()
            logits = logits[[of_words.index(i) for i in range(len(words))]]
        found.append(logits)
    return found


def test_tag_scores_are_those_of_transformers(folders, architecture):
    folder = folders[architecture, "token-classification"]
    nlp = from_pretrained(folder, encoder=FP32)
    docs = [nlp.make_doc(text) for text in TEXTS]
    expected = logits_by_transformers(folder, "token-classification", docs)
    nlp.get_pipe("bert_encoder")
    found = nlp.get_pipe("bert_ner").model.predict(docs).logits.split([len(doc) for doc in docs])
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    assert torch.cat(expected).std() > 0.1
    assert nlp.get_pipe("bert_ner").labels == ("PER", "LOC")


def test_category_scores_are_those_of_transformers(folders, architecture):
    folder = folders[architecture, "text-classification"]
    nlp = from_pretrained(folder, encoder=FP32)
    docs = [nlp.make_doc(text) for text in TEXTS]
    expected = torch.stack(logits_by_transformers(folder, "text-classification", docs))
    found = nlp.get_pipe("bert_textcat").model.predict(docs)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert expected.std(0).min() > 0.01
    probabilities = [list(nlp(text).cats.values()) for text in TEXTS]
    torch.testing.assert_close(torch.tensor(probabilities), expected.softmax(1), rtol=1e-4, atol=1e-4)


def test_imported_pipelines_are_saved_and_loaded(folders, architecture, tmp_path):
    for task in AUTO:
        nlp = from_pretrained(folders[architecture, task], encoder=FP32)
        nlp.to_disk(tmp_path / task)
        again = spacy.load(tmp_path / task)
        for ours, loaded in zip(nlp.pipe(TEXTS), again.pipe(TEXTS)):
            assert annotations(ours) == annotations(loaded)


def annotations(doc: Doc) -> tuple:
    return [(ent.start, ent.end, ent.label_, ent._.score) for ent in doc.ents], doc.cats


def test_an_imported_pipeline_learns(folders, architecture):
    for task in AUTO:
        nlp = from_pretrained(folders[architecture, task], encoder=FP32)
        gold = {"entities": [(17, 24, "LOC")], "cats": {"positive": 1.0, "neutral": 0.0, "negative": 0.0}}
        examples = [Example.from_dict(nlp.make_doc(TEXTS[0]), gold)]
        sgd = create_adamw_v1(encoder_learn_rate=1e-3, head_learn_rate=1e-2)
        nlp.resume_training()
        losses = [sum(nlp.update(examples, sgd=sgd).values()) for _ in range(25)]
        assert losses[-1] < 0.3 * losses[0]


def test_a_long_doc_has_the_mean_of_its_windows(folders, tmp_path):
    folder = folders["bert", "text-classification"]
    nlp = from_pretrained(folder, encoder={**FP32, "overlap_pieces": 0, "window_pieces": 12})
    words = ["the"] * 10 + ["of"] * 10 + ["and"] * 5  # a piece each
    doc = Doc(nlp.vocab, words=words)
    parts = [Doc(nlp.vocab, words=words[start : start + 10]) for start in (0, 10, 20)]
    expected = logits_by_transformers(folder, "text-classification", parts)
    mean = (10 * expected[0] + 10 * expected[1] + 5 * expected[2]) / 25
    torch.testing.assert_close(nlp.get_pipe("bert_textcat").model.predict([doc])[0], mean, rtol=1e-4, atol=1e-4)
