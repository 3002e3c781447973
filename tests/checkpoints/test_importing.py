"""Fine-tuned checkpoints as pipelines: the same scores as transformers' own code, on the same windows."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import spacy
import torch
import transformers
from safetensors.torch import load_file, save_file
from spacy.cli.init_config import fill_config
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from thinc.api import Adam
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
)

from spacy_bert_ext import from_pretrained
from spacy_bert_ext.huggingface.parts import take_apart
from spacy_bert_ext.pieces.byte_level import add_prefix_space
from spacy_bert_ext.pipeline.bert_ner import gold_tags
from spacy_bert_ext.training.callbacks import create_add_labels_v1
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.checkpoints.classifiers import ARCHITECTURES, AUTO, CATEGORIES, TAGS, make_classifier
from tests.coded import raises_code

TEXTS = (
    "The president of Germany met Angela Merkel in Berlin .",
    "unbelievably small particle",
    "London",
    "Microsoft and Apple are opening offices in London , Paris and New York",
)
RAW_TEXTS = (*TEXTS, "He didn't know that, did he?", "  Don't!\n(e-mail: C++, 3-1...)  You cannot. ")
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
    """Of the tokens' first pieces, or of the texts as they stand."""
    of_tokens = task == "token-classification"
    tokenizer = AutoTokenizer.from_pretrained(folder, **({"add_prefix_space": True} if of_tokens else {}))
    if of_tokens:
        add_prefix_space(tokenizer.backend_tokenizer)  # which transformers 5 ignores for modernbert
    model = AUTO[task].from_pretrained(folder).eval()
    found = []
    for doc in docs:
        words = [token.text for token in doc]
        pieces = tokenizer(words if of_tokens else doc.text, is_split_into_words=of_tokens, return_tensors="pt")
        given = {name: pieces[name] for name in ("input_ids", "attention_mask")}
        with torch.no_grad():
            logits = model(**given).logits[0]
        if of_tokens:
            of_words = pieces.word_ids()
            logits = logits[[of_words.index(i) for i in range(len(words))]]
        found.append(logits)
    return found


def test_tag_scores_are_those_of_transformers(folders, architecture):
    folder = folders[architecture, "token-classification"]
    nlp = from_pretrained(folder, encoder=FP32)
    docs = [nlp.make_doc(text) for text in TEXTS]
    expected = logits_by_transformers(folder, "token-classification", docs)
    found = nlp.get_pipe("bert_ner").model.predict(docs).logits.split([len(doc) for doc in docs])
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    assert torch.cat(expected).std() > 0.1
    assert nlp.get_pipe("bert_ner").labels == ("PER", "LOC")


def test_category_scores_are_those_of_transformers(folders, architecture):
    folder = folders[architecture, "text-classification"]
    nlp = from_pretrained(folder, encoder=FP32)
    docs = [nlp.make_doc(text) for text in RAW_TEXTS]
    expected = torch.stack(logits_by_transformers(folder, "text-classification", docs))
    found = nlp.get_pipe("bert_textcat").model.predict(docs)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert expected.std(0).min() > 0.01
    probabilities = [list(nlp(text).cats.values()) for text in RAW_TEXTS]
    torch.testing.assert_close(torch.tensor(probabilities), expected.softmax(1), rtol=1e-4, atol=1e-4)


def test_imported_pipelines_are_saved_and_loaded(folders, architecture, tmp_path):
    for task in AUTO:
        nlp = from_pretrained(folders[architecture, task], encoder=FP32)
        nlp.to_disk(tmp_path / task)
        again = spacy.load(tmp_path / task)
        for ours, loaded in zip(nlp.pipe(RAW_TEXTS), again.pipe(RAW_TEXTS)):
            assert annotations(ours) == annotations(loaded)


def test_a_saved_pipeline_does_not_tell_where_its_checkpoint_lay(ready, tmp_path):
    nlp = from_pretrained(ready, encoder=FP32)
    nlp.to_disk(tmp_path / "pipeline")
    assert nlp.config["components"]["bert_encoder"]["model"]["name"] == "ready"
    for file in (tmp_path / "pipeline").rglob("*"):
        assert file.is_dir() or str(tmp_path).encode() not in file.read_bytes(), file
    nlp.get_pipe("bert_encoder").initialize(lambda: [Example(nlp.make_doc("a"), nlp.make_doc("a"))])  # still finds it


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


# Labels


def tagger(tmp_path: Path, names: Sequence[str], **settings) -> Language:
    folder = make_classifier(tmp_path / "tagger", "distilbert", "token-classification", names)
    return from_pretrained(folder, encoder=FP32, **settings)


def test_entities_are_read_from_the_checkpoints_own_tags(tmp_path):
    nlp = tagger(tmp_path, ("B_LOC", "[CLS]", "I_LOC", "B_PER", "O"))
    ner = nlp.get_pipe("bert_ner")
    assert (ner.scheme, ner.labels, ner.decoder) == ("BIO", ("LOC", "PER"), "greedy")
    doc = nlp.make_doc(TEXTS[3])
    scores = ner.model.predict([doc]).logits.argmax(1).tolist()
    assert set(scores) >= {1, 3, 4}
    assert [token.ent_type_ for token in nlp(doc)] == [["LOC", "", "LOC", "PER", ""][tag] for tag in scores]


def test_outputs_for_padding_and_special_pieces_are_never_entities(tmp_path):
    nlp = tagger(tmp_path, ("PER", "[PAD]", "O", "[SEP]", "X", "[CLS]"))
    ner = nlp.get_pipe("bert_ner")
    assert (ner.scheme, ner.labels) == ("IO", ("PER",))
    docs = list(nlp.pipe(TEXTS))
    tags = torch.cat([ner.model.predict([doc]).logits.argmax(1) for doc in docs]).tolist()
    assert set(tags) >= {0, 4}
    assert [token.ent_type_ for doc in docs for token in doc] == ["PER" if tag == 0 else "" for tag in tags]
    eg = Example.from_dict(nlp.make_doc("Angela Merkel left"), {"entities": [(0, 13, "PER")]})
    assert gold_tags(ner, [eg], ner.model.predict([eg.predicted])).tolist() == [0, 0, 2]


def test_gold_entities_become_the_checkpoints_own_tags(tmp_path):
    nlp = tagger(tmp_path, ("B_LOC", "[CLS]", "I_LOC", "B_PER", "O"))
    ner = nlp.get_pipe("bert_ner")
    eg = Example.from_dict(
        nlp.make_doc("Angela Merkel visited New York"), {"entities": [(0, 13, "PER"), (22, 30, "LOC")]}
    )
    assert gold_tags(ner, [eg], ner.model.predict([eg.predicted])).tolist() == [3, 3, 4, 0, 2]


def test_labels_are_renamed_and_added(tmp_path):
    nlp = tagger(tmp_path, TAGS, labels={"PER": "PERSON"}, component="entities")
    head = nlp.get_pipe("entities")
    assert head.labels == ("PERSON", "LOC")
    docs = [nlp.make_doc(text) for text in TEXTS]
    before = head.model.predict(docs).logits
    assert head.add_label("ORG") == 1
    after = head.model.predict(docs).logits
    assert after[:, :5].equal(before) and after.shape[1] == 7
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline").get_pipe("entities")
    assert again.labels == ("PERSON", "LOC", "ORG")
    assert again.output_names(again.labels) == ["O", "B-PERSON", "I-PERSON", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
    assert again.model.predict(docs).logits.equal(after)
    # Initialized anew, it has all tags of its scheme in their order.
    nlp.get_pipe("entities").initialize(lambda: [Example(doc, doc) for doc in docs], nlp=nlp, labels=["ORG"])
    assert head.cfg["tags"] is None and head.labels == ("PERSON", "LOC", "ORG")


@pytest.mark.parametrize("names", [{"PER": "LOC"}, {"ORG": "COMPANY"}, {"PER": ""}])
def test_labels_that_cannot_be_renamed(tmp_path, names):
    with raises_code("B044"):
        tagger(tmp_path, TAGS, labels=names)


def test_names_for_outputs_can_be_given(tmp_path):
    names = [f"LABEL_{i}" for i in range(5)]
    with raises_code("B041"):
        tagger(tmp_path, names)
    with raises_code("B042"):
        tagger(tmp_path, names, tags=TAGS[:3])
    assert tagger(tmp_path, names, tags=TAGS, scheme="iob2").get_pipe("bert_ner").labels == ("PER", "LOC")


def test_categories_that_hold_independently(tmp_path):
    settings = {"problem_type": "multi_label_classification"}
    folder = make_classifier(tmp_path, "roberta", "text-classification", CATEGORIES, **settings)
    nlp = from_pretrained(folder, encoder=FP32)
    assert nlp.pipe_names == ["bert_encoder", "bert_textcat_multilabel"]
    (logits,) = logits_by_transformers(folder, "text-classification", [nlp.make_doc(TEXTS[0])])
    assert list(nlp(TEXTS[0]).cats.values()) == pytest.approx(logits.sigmoid().tolist(), abs=1e-4)


# Training in `spacy train`


def test_training_goes_on_with_source_and_new_labels(tmp_path):
    tagger(tmp_path, TAGS).to_disk(tmp_path / "ready")
    blank = spacy.blank("en")
    docs = [Doc(blank.vocab, words=["London", "calls", "Apple"], ents=["B-LOC", "O", "B-ORG"])] * 16
    DocBin(docs=docs).to_disk(tmp_path / "train.spacy")
    (tmp_path / "base.cfg").write_text(CONFIG.replace("READY", str(tmp_path / "ready")))
    fill_config(tmp_path / "config.cfg", tmp_path / "base.cfg")
    paths = {"paths.train": str(tmp_path / "train.spacy"), "paths.dev": str(tmp_path / "train.spacy")}
    train(tmp_path / "config.cfg", tmp_path / "out", overrides=paths)
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert nlp.get_pipe("bert_ner").labels == ("PER", "LOC", "ORG")
    assert [(ent.text, ent.label_) for ent in nlp("London calls Apple").ents] == [("London", "LOC"), ("Apple", "ORG")]


CONFIG = """
[paths]
train = null
dev = null

[nlp]
lang = "en"
pipeline = ["bert_encoder", "bert_ner"]

[components]

[components.bert_encoder]
source = "READY"

[components.bert_ner]
source = "READY"

[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${paths.dev}

[training]
max_steps = 40
eval_frequency = 40

[training.optimizer]
@optimizers = "spacy-bert-ext.AdamW.v1"
encoder_learn_rate = 0.001
head_learn_rate = 0.01

[initialize]

[initialize.before_init]
@callbacks = "spacy-bert-ext.add_labels.v1"
component = "bert_ner"
labels = ["LOC", "ORG"]
"""


# What is refused


def test_a_checkpoint_without_a_head_is_refused(bert_folder, roberta_folder):
    with raises_code("B036") as caught:
        from_pretrained(roberta_folder)
    assert "RobertaForMaskedLM" in str(caught.value)
    with raises_code("B036"):
        from_pretrained(bert_folder)


@pytest.mark.parametrize("settings", [{"problem_type": "regression"}, {}])
def test_regression_is_refused(tmp_path, settings):
    names = ["score"] if not settings else CATEGORIES
    folder = make_classifier(tmp_path, "bert", "text-classification", names, **settings)
    with raises_code("B040"):
        from_pretrained(folder)


@pytest.fixture
def ready(tmp_path) -> Path:
    return Path(make_classifier(tmp_path / "ready", "bert", "token-classification", TAGS))


def edit(path: Path, **settings) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def test_damaged_and_foreign_checkpoints_are_refused(ready):
    # Copies: what older safetensors load is the file itself, which is replaced below.
    weights = {name: weight.clone() for name, weight in load_file(ready / "model.safetensors").items()}
    edit(ready / "config.json", auto_map={"AutoConfig": "own.Config"}, model_type="own")
    with raises_code("B007"):
        from_pretrained(str(ready))
    edit(ready / "config.json", model_type="bert", auto_map={})
    half = {name: weight for name, weight in weights.items() if not name.startswith("classifier")}
    save_file(half, ready / "model.safetensors", metadata={"format": "pt"})
    with raises_code("B005"):
        from_pretrained(str(ready))
    few = {**weights, "bert.embeddings.word_embeddings.weight": weights["bert.embeddings.word_embeddings.weight"][:9]}
    save_file({**few}, ready / "model.safetensors", metadata={"format": "pt"})
    edit(ready / "config.json", vocab_size=9)
    with raises_code("B008"):
        from_pretrained(str(ready))
    torch.save(weights, ready / "pytorch_model.bin")
    (ready / "model.safetensors").unlink()
    with raises_code("B002"):
        from_pretrained(str(ready))
    save_file(weights, ready / "model.safetensors", metadata={"format": "pt"})
    for file in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        (ready / file).unlink(missing_ok=True)
    with raises_code("B004"):
        from_pretrained(str(ready))


def test_weights_for_more_outputs_than_labels_are_told_by_their_shapes(ready):
    edit(ready / "config.json", id2label=dict(enumerate(TAGS[:3])))
    with raises_code("B005") as caught:
        from_pretrained(str(ready))
    for shape in ("[5", "[3") if transformers.__version__.startswith("4.") else ("(5,)", "(3,)"):
        assert shape in str(caught.value)
    edit(ready / "config.json", id2label=dict(enumerate(TAGS)))
    assert from_pretrained(str(ready)).get_pipe("bert_ner").labels == ("PER", "LOC")


def test_a_head_that_is_not_linear_at_its_end_cannot_grow(tmp_path):
    head = tagger(tmp_path, TAGS).get_pipe("bert_ner")
    module = head.shim.module
    module.model.after = torch.nn.Linear(3, 2)
    with raises_code("B023"):
        head.add_label("ORG")
    assert head.labels == ("PER", "LOC")


def test_a_crf_needs_a_head_of_ours():
    model = {"@architectures": "spacy-bert-ext.HuggingFaceTokenClassifier.v1", "encoder": LISTENER}
    with raises_code("B043"):
        spacy.blank("en").add_pipe("bert_ner", config={"decoder": "crf", "model": model})


LISTENER = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "*"}


def test_longformers_tags_are_those_of_transformers(tmp_path):
    # Its windows of attention are smaller than the texts.
    folder = make_classifier(tmp_path / "ready", "longformer", "token-classification", TAGS)
    nlp = from_pretrained(folder, encoder={**FP32, "window_pieces": 128})
    docs = [nlp.make_doc(text) for text in (*TEXTS, " ".join(TEXTS))]
    expected = torch.cat(logits_by_transformers(folder, "token-classification", docs))
    torch.testing.assert_close(nlp.get_pipe("bert_ner").model.predict(docs).logits, expected, rtol=1e-4, atol=1e-4)
    nlp.to_disk(tmp_path / "pipeline")
    assert annotations(spacy.load(tmp_path / "pipeline")(TEXTS[3])) == annotations(nlp(TEXTS[3]))


def test_longformers_categories_are_refused(tmp_path):
    # It attends otherwise to a window's first piece there.
    folder = make_classifier(tmp_path, "longformer", "text-classification", CATEGORIES)
    with raises_code("B038"):
        from_pretrained(folder)


@pytest.mark.parametrize("architecture", ["convbert", "squeezebert", "fnet"])
def test_encoders_that_need_more_or_other_than_pieces_and_mask_are_refused(architecture):
    # ConvBERT sees padding, SqueezeBERT needs its pooler, FNet has no mask.
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    extra = {}
    if architecture == "squeezebert":
        extra = {"embedding_size": 16, **{f"{name}_groups": 1 for name in ("q", "k", "v", "post_attention", "output")}}
    config = AutoConfig.for_model(architecture, vocab_size=50, num_labels=3, initializer_range=0.5, **sizes, **extra)
    with raises_code("B038"):
        take_apart(AutoModelForTokenClassification.from_config(config), "token-classification")


def test_outputs_without_a_name_are_refused(ready):
    edit(ready / "config.json", id2label={str(i): "" if i == 3 else tag for i, tag in enumerate(TAGS)})
    with raises_code("B048") as caught:
        from_pretrained(str(ready))
    assert "output 3" in str(caught.value)
    assert from_pretrained(ready, tags=TAGS).to_bytes()
    with raises_code("B048") as caught:
        from_pretrained(ready, tags=[*TAGS[:4], ""])
    assert "output 4" in str(caught.value)


def test_outputs_whose_name_is_no_text_are_refused(ready):
    edit(ready / "config.json", id2label={str(i): None if i == 3 else tag for i, tag in enumerate(TAGS)})
    # transformers 5.17 refuses the config; others read it, and leave it to us.
    with pytest.raises(ValueError, match=r"\[B048\].*output 3|\[B001\].*id2label"):
        from_pretrained(str(ready))


@pytest.mark.parametrize("settings", [{}, {"labels": {"good": "fine"}}, {"tags": ("bad", "good", "bad")}])
def test_categories_of_one_name_are_refused(tmp_path, settings):
    folder = make_classifier(tmp_path, "bert", "text-classification", ("good", "good", "bad"))
    with raises_code("B070") as caught:
        from_pretrained(folder, **settings)
    assert ("'bad'" if "tags" in settings else "'good'") in str(caught.value)
    assert from_pretrained(folder, tags=CATEGORIES).get_pipe("bert_textcat").labels == CATEGORIES


def test_an_unknown_scheme_is_refused(ready):
    with raises_code("B010") as caught:
        from_pretrained(str(ready), scheme="letters")
    assert "BILUO, BIO, IOB1, IO" in str(caught.value)


def test_added_labels_are_a_list():
    with raises_code("B026"):
        create_add_labels_v1("bert_ner", "ORG")


def test_labels_can_be_added_between_updates_with_any_optimizer(tmp_path):
    nlp = tagger(tmp_path, TAGS)
    example = Example.from_dict(nlp.make_doc(TEXTS[0]), {"entities": [(17, 24, "LOC")]})
    for sgd in (Adam(0.001), create_adamw_v1()):
        nlp.update([example], sgd=sgd)
        nlp.get_pipe("bert_ner").add_label(f"NEW-{type(sgd).__name__}")
        nlp.update([example], sgd=sgd)
    assert nlp.get_pipe("bert_ner").model.predict([example.predicted]).logits.shape[1] == 9
