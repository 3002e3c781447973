"""Blanks are filled as transformers fills them, whatever has become of the encoder since it was loaded."""

import copy
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from transformers import AutoConfig, AutoModelForMaskedLM, BertForMaskedLM, BertForPreTraining, pipeline

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.checkpoints.halving import halve
from spacy_bert_ext.encoder.plan import plan_docs
from spacy_bert_ext.kernels.embedding import PieceEmbedding
from spacy_bert_ext.pieces.blanks import blanks_in, mask_piece_of, with_masks
from spacy_bert_ext.pipeline.filling import LANGUAGE_MODEL_FOLDER, Candidate
from tests.annotated import make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of, learn
from tests.tiny import KINDS, TEXT

TEXTS = [
    "The president of Germany met the {} of Austria.",
    "{} met the chancellor, in {}.",
    "He said that{}, and {} again",
    "gas  {}  Berlin",
    "{}",
    "Zürich:{}",
]
OF_TOKENS = ("bert", "distilbert")  # whose pieces of a token don't depend on a space before it


@pytest.fixture(scope="session")
def language_models(checkpoints: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The same checkpoints, all with a language model's head."""
    folder = shutil.copytree(checkpoints["bert"], tmp_path_factory.mktemp("filling") / "bert")
    torch.manual_seed(0)
    BertForMaskedLM(AutoConfig.from_pretrained(folder)).save_pretrained(folder)
    return {**checkpoints, "bert": str(folder)}


def make_filling(folder: str, **settings: Any) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"language_model": True, **encoder_config(folder, **settings)})
    nlp.initialize()
    return nlp


@pytest.fixture
def filling(language_models: dict[str, str]) -> Language:
    return make_filling(language_models["bert"])


def probabilities(candidates: list[Candidate]) -> dict[str, float]:
    return {candidate.piece: candidate.probability for candidate in candidates}


def results(nlp: Language) -> list[list[dict[str, float]]]:
    encoder = encoder_of(nlp)
    docs = [nlp.make_doc(text.replace("{}", "[MASK]")) for text in TEXTS]
    return [[probabilities(candidates) for candidates in of_doc] for of_doc in encoder.fill_many(docs, 3)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pieces_from", ["text", "tokens"])
def test_candidates_are_those_of_transformers(language_models: dict[str, str], kind: str, pieces_from: str) -> None:
    nlp = make_filling(language_models[kind], pieces_from=pieces_from)
    filler = pipeline("fill-mask", model=language_models[kind], tokenizer=language_models[kind], top_k=7)
    tokenizer = filler.tokenizer
    for text in TEXTS if pieces_from == "text" or kind in OF_TOKENS else [TEXTS[4]]:
        doc = nlp.make_doc(text.replace("{}", tokenizer.mask_token))
        expected = filler(doc.text)
        expected = [expected] if isinstance(expected[0], dict) else expected
        found = encoder_of(nlp).fill(doc, 7)
        assert len(found) == len(expected) == text.count("{}")
        for of_blank, wanted in zip(found, expected):
            pieces = tokenizer.convert_ids_to_tokens([candidate["token"] for candidate in wanted])
            assert [candidate.piece for candidate in of_blank] == pieces
            scores = [candidate["score"] for candidate in wanted]
            assert [candidate.probability for candidate in of_blank] == pytest.approx(scores, abs=1e-5)
            for candidate, other in zip(of_blank, wanted):
                assert candidate.text == (other["token_str"].strip() or candidate.piece)


def test_a_checkpoint_that_tells_next_sentences_too(language_models: dict[str, str], tmp_path: Path) -> None:
    folder = str(shutil.copytree(language_models["bert"], tmp_path / "bert"))
    BertForPreTraining.from_pretrained(folder).save_pretrained(folder)
    assert results(make_filling(folder)) == results(make_filling(language_models["bert"]))


def test_a_candidate_knows_where_it_would_stand(filling: Language) -> None:
    doc = filling.make_doc("He met [MASK] and x[MASK].")
    before = doc.to_bytes()
    first, second = encoder_of(filling).fill(doc)
    assert len(first) == len(second) == 5
    assert first[0].span.text == "[MASK]" and "[MASK]" in second[0].span.text
    assert first[0].probability >= first[1].probability
    assert doc.to_bytes() == before
    assert sum(candidate.probability for candidate in encoder_of(filling).fill(doc[1], 500)) == pytest.approx(
        1.0, abs=0.1
    )


def test_a_token_or_a_span_gives_way_to_one_blank(filling: Language) -> None:
    encoder = encoder_of(filling)
    doc = filling.make_doc("The tokenization of untranslatable words.")
    (expected,) = encoder.fill(filling.make_doc("The tokenization of [MASK] words."))
    found = encoder.fill(doc[3])
    assert probabilities(found) == pytest.approx(probabilities(expected), abs=1e-6)
    assert found[0].span.text == "untranslatable"
    (expected,) = encoder.fill(filling.make_doc("The [MASK] words."))
    assert probabilities(encoder.fill(doc[1:4])) == pytest.approx(probabilities(expected), abs=1e-6)


def test_blanks_that_are_written_stay_blanks_beside_a_token(filling: Language) -> None:
    encoder = encoder_of(filling)
    doc = filling.make_doc("He met [MASK] in Berlin.")
    both = filling.make_doc("[MASK] met [MASK] in Berlin.")
    at_first, at_second = map(probabilities, encoder.fill(both))
    assert probabilities(encoder.fill(doc[0])) == pytest.approx(at_first, abs=1e-6)
    (alone,) = map(probabilities, encoder.fill(doc))
    tokens = [token for token in doc if 7 <= token.idx < 13]
    for token in tokens:  # "[", "MASK", "]"
        assert probabilities(encoder.fill(token)) == alone
    assert probabilities(encoder.fill(both[0:1])) == at_first
    assert alone != at_second


def test_a_blank_of_a_long_doc_is_filled_in_the_window_that_shows_most_around_it(
    language_models: dict[str, str],
) -> None:
    folder = language_models["bert"]
    nlp = make_filling(folder, window_pieces=16, overlap_pieces=4)
    shim = encoder_of(nlp).shim
    words = TEXT.split()[:60]
    words[10] = words[33] = "[MASK]"
    doc = Doc(nlp.vocab, words=words)
    tokenizer = shim.loaded.checkpoint.tokenizer
    mask = mask_piece_of(tokenizer.backend_tokenizer, "[MASK]", tokenizer.mask_token_id)
    blanked = with_masks([doc], [blanks_in(doc, "[MASK]")], shim.loaded.tokenize, mask=mask, pieces_from="tokens")
    batches = plan_docs(shim, blanked.docs, blanked.pieces)
    windows = batches.windows
    assert len(windows.start) > 3
    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    for place, found in zip(blanked.places, encoder_of(nlp).fill(doc), strict=True):
        number = int(np.flatnonzero((windows.own_start <= place) & (place < windows.own_end))[0])
        ids = torch.tensor([[2, *blanked.pieces.ids[windows.start[number] : windows.end[number]], 3]])
        with torch.no_grad():
            logits = model(ids).logits[0, 1 + place - windows.start[number]]
        best = logits.softmax(0).topk(5)
        assert [candidate.probability for candidate in found] == pytest.approx(best.values.tolist(), abs=1e-5)


def test_many_texts_give_what_each_gives(filling: Language) -> None:
    encoder = encoder_of(filling)
    docs = [filling.make_doc(text.replace("{}", "[MASK]")) for text in TEXTS]
    given = [docs[0], docs[1][1], docs[2], docs[3][0:1]] * 20
    for text, found in zip(given, encoder.fill_many(iter(given), 2), strict=True):
        expected = encoder.fill(text, 2)
        if not isinstance(text, Doc):
            found, expected = [found], [expected]
        assert len(found) == len(expected)
        for one, other in zip(found, expected):
            assert probabilities(one) == pytest.approx(probabilities(other), abs=1e-6)
    assert encoder.fill_many([]) == []


# Files, copies, training


@pytest.mark.parametrize("way", ["disk", "bytes", "pickle", "copy"])
def test_it_is_saved_with_the_encoder(filling: Language, tmp_path: Path, way: str) -> None:
    expected = results(filling)
    if way == "disk":
        save_pipeline(filling, tmp_path / "saved")
        folder = tmp_path / "saved" / "bert_encoder"
        assert {path.name for path in (folder / LANGUAGE_MODEL_FOLDER).iterdir()} == {
            "config.json",
            "model.safetensors",
        }
        # The projection is that of the encoder's embedding.
        sizes = [(part / "model.safetensors").stat().st_size for part in (folder, folder / LANGUAGE_MODEL_FOLDER)]
        assert sizes[1] < sizes[0] / 4
        loaded = spacy.load(tmp_path / "saved")
    elif way == "bytes":
        loaded = spacy.blank("en")
        settings = filling.get_pipe_config("bert_encoder")
        loaded.add_pipe("bert_encoder", config={name: settings[name] for name in settings if name != "factory"})
        loaded.from_bytes(filling.to_bytes())
    else:
        loaded = pickle.loads(pickle.dumps(filling)) if way == "pickle" else copy.deepcopy(filling)
    assert results(loaded) == expected
    again = tmp_path / "again"
    loaded.to_disk(again)
    assert results(spacy.load(again)) == expected


def test_half_pipelines_and_other_names(filling: Language, tmp_path: Path) -> None:
    expected = results(filling)
    filling.rename_pipe("bert_encoder", "another")
    save_pipeline(filling, tmp_path / "saved")
    halve(tmp_path / "saved", tmp_path / "half")
    loaded = spacy.load(tmp_path / "half")
    loaded.rename_pipe("another", "bert_encoder")
    for found, wanted in zip(results(loaded), expected, strict=True):
        for one, other in zip(found, wanted, strict=True):
            shared = one.keys() & other.keys()
            assert shared
            assert [one[piece] for piece in shared] == pytest.approx([other[piece] for piece in shared], rel=0.1)


def test_damage_is_found(filling: Language, tmp_path: Path) -> None:
    save_pipeline(filling, tmp_path / "saved")
    file = tmp_path / "saved" / "bert_encoder" / LANGUAGE_MODEL_FOLDER / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with raises_code("B170"):
        spacy.load(tmp_path / "saved")


def test_it_follows_the_encoder_in_training(language_models: dict[str, str]) -> None:
    nlp = make_filling(language_models["bert"])
    nlp.add_pipe("bert_ner")
    nlp.initialize(lambda: make_examples(nlp))
    before = results(nlp)
    learn(nlp, steps=1, sgd=adamw())
    embedding = encoder_of(nlp).shim.loaded_module.get_input_embeddings()
    assert isinstance(embedding, PieceEmbedding) and not embedding.is_tied  # `fill` leaves training as it is
    after = results(nlp)
    assert after != before
    whole = AutoModelForMaskedLM.from_pretrained(language_models["bert"]).eval()
    whole.base_model.load_state_dict(encoder_of(nlp).shim.plain_module().state_dict(), strict=False)
    whole.tie_weights()
    ids = torch.tensor([encoder_of(nlp).shim.loaded.checkpoint.tokenizer("[MASK]")["input_ids"]])
    best = whole(ids).logits[0, 1].softmax(0).topk(3)
    assert list(after[4][0].values()) == pytest.approx(best.values.tolist(), abs=1e-5)


# Errors


def test_what_can_not_be_filled_is_refused(filling: Language, bert_folder: str) -> None:
    encoder, doc = encoder_of(filling), filling.make_doc("He met [MASK].")
    for text in ("He met [MASK].", None, [doc]):
        with raises_code("B447", match=type(text).__name__):
            encoder.fill(text)
    with raises_code("B447", match="an empty Span"):
        encoder.fill(doc[1:1])
    with raises_code("B449", match=r"'Hello'.*\[MASK\]"):
        encoder.fill(filling.make_doc("Hello"))
    with raises_code("B449"):
        encoder.fill(filling.make_doc(""))
    for n, code in ((0, "B012"), (10**6, "B012"), (1.5, "B012"), ("many", "B077")):
        with raises_code(code, match="vocabulary"):
            encoder.fill(doc, n)


def test_an_encoder_without_a_language_model(nlp: Language, bert_folder: str) -> None:
    encoder = nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    with raises_code("B021"):
        encoder.fill(nlp.make_doc("[MASK]"))
    nlp.initialize()
    with raises_code("B448", match="language_model = true"):
        encoder.fill(nlp.make_doc("[MASK]"))


def test_a_checkpoint_without_a_language_model_is_refused(nlp: Language, bert_folder: str) -> None:
    nlp.add_pipe("bert_encoder", config={"language_model": True, **encoder_config(bert_folder)})
    with raises_code("B470", match="spacy bert pretrain"):
        nlp.initialize()


def test_random_weights_have_no_language_model(nlp: Language, language_models: dict[str, str]) -> None:
    encoder = nlp.add_pipe("bert_encoder", config={"language_model": True, **encoder_config(language_models["bert"])})
    with raises_code("B470"):
        encoder.load_checkpoint(random_weights=True)


def test_a_pipeline_that_was_saved_without_one(nlp: Language, bert_folder: str, tmp_path: Path) -> None:
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    nlp.initialize()
    nlp.to_disk(tmp_path / "saved")
    with raises_code("B472", match="saved without"):
        spacy.load(tmp_path / "saved", config={"components.bert_encoder.language_model": True})


def test_an_int8_encoder_says_why_it_can_not(filling: Language, tmp_path: Path) -> None:
    for package in ("nncf", "openvino"):
        pytest.importorskip(package)
    from spacy_bert_ext.encoder.quantizing import calibration_batches, quantize_encoder
    from tests.encoder.backends.int8_encoders import no_progress

    shim, docs = encoder_of(filling).shim, [filling.make_doc(text) for text in TEXTS]
    quantize_encoder(shim, "openvino", calibration_batches(shim, docs), progress=no_progress)
    filling.get_pipe_config("bert_encoder")["model"]["backend"] = "openvino"
    save_pipeline(filling, tmp_path / "int8")
    loaded = spacy.load(tmp_path / "int8")
    with raises_code("B471", match="int8"):
        encoder_of(loaded).fill(loaded.make_doc("[MASK]"))
