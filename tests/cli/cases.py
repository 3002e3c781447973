"""Configs that train and configs that don't: for each a change of a config that trains, by what it is about.

A change is given the config and the folder of `Files`, and may return overrides of the command line.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.util import registry
from thinc.api import Config

from spacy_bert_ext.cli.configs.tasks import make_config
from tests.annotated import make_examples

Change = Callable[[Config, "Files"], None]


class Case(NamedTuple):
    """A change, and whether training begins after it.

    is_brief: Whether it is tried in every run of the tests.
    """

    change: Change
    trains: bool
    is_brief: bool


CASES: dict[str, Case] = {}


def case(trains: bool, *, brief: bool = False) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        CASES[change.__name__] = Case(change, trains, brief)
        return change

    return register


class Files:
    """What the configs name: an encoder, corpora, and a pipeline with other categories and entities."""

    def __init__(self, folder: Path, encoder: str) -> None:
        self.folder, self.encoder = folder, encoder
        self.pipeline = folder / "pipeline"
        self.vocab = spacy.blank("en").vocab

    def corpus(self, name: str, docs: list[Doc]) -> str:
        path = self.folder / f"{name}.spacy"
        DocBin(docs=docs, store_user_data=True).to_disk(path)
        return str(path)

    def docs(self) -> list[Doc]:
        return [eg.reference for eg in make_examples(spacy.blank("en"))]

    def config(self) -> Config:
        text = make_config(["bert_ner", "bert_textcat"], self.encoder, "en").replace(
            "window_pieces = 256", "window_pieces = 128"
        )
        config = Config().from_str(text, interpolate=False)
        path = self.folder / "good.spacy"
        if not path.exists():
            self.corpus("good", self.docs())
        config["paths"].update(train=str(path), dev=str(path))
        config["training"].update(max_steps=1, eval_frequency=1)
        config["training"]["logger"]["progress_bar"] = None
        config["components"]["bert_encoder"]["model"].update(precision="fp32", device="cpu")
        return config


def head(config: Config, name: str = "bert_ner") -> dict[str, Any]:
    return config["components"][name]


def remove(config: Config, *names: str) -> None:
    for name in names:
        config["nlp"]["pipeline"].remove(name)
        del config["components"][name]


def source(config: Config, files: Files, *names: str) -> None:
    for name in names:
        config["components"][name] = {"source": str(files.pipeline)}


def only_ner(config: Config) -> None:
    remove(config, "bert_textcat")
    config["training"]["score_weights"] = {"ents_f": 1.0}


def multilabel(config: Config) -> None:
    config["nlp"]["pipeline"][-1] = "bert_textcat_multilabel"
    block = config["components"].pop("bert_textcat")
    block.update(factory="bert_textcat_multilabel", scorer={"@scorers": "spacy-bert-ext.textcat_multilabel_scorer.v1"})
    config["components"]["bert_textcat_multilabel"] = block


# Plain


@case(True, brief=True)
def as_written(config, files): ...


@case(True)
def multilabel_categories(config, files):
    multilabel(config)


@case(True)
def without_an_optimizer_of_ours(config, files):
    config["training"]["optimizer"] = {"@optimizers": "Adam.v1", "learn_rate": 0.001}


@case(True)
def crf(config, files):
    head(config)["decoder"] = "crf"


@case(True)
def accumulated(config, files):
    config["training"]["accumulate_gradient"] = 2


# Frozen, annotating


@case(True, brief=True)
def frozen_new_encoder(config, files):
    config["training"]["frozen_components"] = ["bert_encoder"]


@case(True)
def frozen_new_annotating_encoder(config, files):
    config["training"].update(frozen_components=["bert_encoder"], annotating_components=["bert_encoder"])


@case(False, brief=True)
def frozen_new_head(config, files):
    config["training"]["frozen_components"] = ["bert_textcat"]


@case(True)
def annotating_heads(config, files):
    config["training"]["annotating_components"] = ["bert_ner", "bert_textcat"]


@case(True, brief=True)
def nothing_but_frozen(config, files):
    source(config, files, "bert_encoder", "bert_ner", "bert_textcat")
    config["training"]["frozen_components"] = ["bert_encoder", "bert_ner", "bert_textcat"]


@case(False)
def frozen_stranger(config, files):
    config["training"]["frozen_components"] = ["parser"]


# Sourced


@case(True)
def sourced(config, files):
    source(config, files, "bert_encoder", "bert_ner", "bert_textcat")


@case(True, brief=True)
def sourced_frozen_categorizer_without_gold_categories(config, files):
    source(config, files, "bert_encoder", "bert_textcat")
    config["training"]["frozen_components"] = ["bert_textcat"]
    docs = files.docs()
    for doc in docs:
        doc.cats = {}
    config["paths"]["train"] = files.corpus("no_cats", docs)


@case(True)
def sourced_categorizer_without_gold_categories(config, files):
    source(config, files, "bert_encoder", "bert_textcat")
    docs = files.docs()
    for doc in docs:
        doc.cats = {}
    config["paths"]["train"] = files.corpus("no_cats", docs)


def alien_docs(files: Files) -> list[Doc]:
    docs = files.docs()
    docs[0].ents = [Span(docs[0], 0, 2, "PLANET")]
    return docs


@case(False, brief=True)
def sourced_ner_with_more_labels_in_the_corpus(config, files):
    source(config, files, "bert_encoder", "bert_ner", "bert_textcat")
    config["paths"]["train"] = files.corpus("alien", alien_docs(files))


@case(False, brief=True)
def sourced_ner_with_more_labels_in_a_later_batch(config, files):
    sourced_ner_with_more_labels_in_the_corpus(config, files)
    config["paths"]["train"] = files.corpus("late", [*files.docs() * 30, *alien_docs(files)])
    config["training"]["batcher"]["max_batch_docs"] = 1


@case(True)
def sourced_frozen_ner_with_more_labels_in_the_corpus(config, files):
    sourced_ner_with_more_labels_in_the_corpus(config, files)
    config["training"]["frozen_components"] = ["bert_ner"]


@case(True)
def more_labels_only_in_the_dev_corpus(config, files):
    source(config, files, "bert_encoder", "bert_ner", "bert_textcat")
    config["paths"]["dev"] = files.corpus("alien", alien_docs(files))


@case(True)
def sourced_ner_that_is_given_labels_before(config, files):
    sourced_ner_with_more_labels_in_the_corpus(config, files)
    config["initialize"]["before_init"] = {
        "@callbacks": "spacy-bert-ext.add_labels.v1",
        "component": "bert_ner",
        "labels": ["PLANET"],
    }


@case(True, brief=True)
def two_sourced_heads_that_are_given_labels_before(config, files):
    sourced_ner_with_more_labels_in_the_corpus(config, files)
    add_labels = "spacy-bert-ext.add_labels.v1"
    config["initialize"]["before_init"] = {
        "@callbacks": "spacy-bert-ext.in_turn.v1",
        "*": {
            "entities": {"@callbacks": add_labels, "component": "bert_ner", "labels": ["PLANET"]},
            "categories": {"@callbacks": add_labels, "component": "bert_textcat", "labels": ["other"]},
        },
    }


@case(False)
def labels_for_a_stranger(config, files):
    config["initialize"]["before_init"] = {
        "@callbacks": "spacy-bert-ext.add_labels.v1",
        "component": "parser",
        "labels": ["PLANET"],
    }


@case(False)
def sourced_from_nowhere(config, files):
    config["components"]["bert_ner"] = {"source": str(files.folder / "nowhere")}


@case(False)
def sourced_what_is_not_there(config, files):
    config["components"]["bert_ner"] = {"source": str(files.pipeline), "component": "bert_nothing"}


# Corpora


@case(True)
def streamed(config, files):
    config["training"]["max_epochs"] = -1


@registry.readers("tests.endless.v1")
def create_endless(path: str):
    def read(nlp):
        while True:
            yield from spacy.training.Corpus(path)(nlp)

    return read


@case(True, brief=True)
def streamed_without_end(config, files):
    config["training"]["max_epochs"] = -1
    config["corpora"]["train"] = {"@readers": "tests.endless.v1", "path": config["paths"]["train"]}


@case(False, brief=True)
def streamed_and_empty(config, files):
    config["training"]["max_epochs"] = -1
    only_ner(config)
    config["initialize"]["components"] = {"bert_ner": {"labels": ["PERSON"]}}
    config["paths"]["train"] = files.corpus("empty", [])


@case(False)
def an_empty_train_corpus(config, files):
    config["paths"]["train"] = files.corpus("empty", [])


@case(False)
def an_empty_dev_corpus(config, files):
    config["paths"]["dev"] = files.corpus("empty", [])


@case(False)
def no_train_corpus(config, files):
    config["paths"]["train"] = None


@case(False)
def an_absent_dev_corpus(config, files):
    config["paths"]["dev"] = str(files.folder / "nowhere.spacy")


@case(False)
def a_text_as_train_corpus(config, files):
    path = files.folder / "text.spacy"
    path.write_text("no corpus")
    config["paths"]["train"] = str(path)


@case(False)
def nothing_annotated(config, files):
    config["paths"]["train"] = files.corpus("bare", [Doc(files.vocab, words=["a", "b"])] * 3)


@case(True)
def nothing_annotated_to_evaluate_on(config, files):
    config["paths"]["dev"] = files.corpus("bare", [Doc(files.vocab, words=["a", "b"])] * 3)


@case(False)
def several_exclusive_categories(config, files):
    docs = files.docs()
    docs[1].cats = {"news": 1.0, "sport": 1.0, "order": 0.0}
    config["paths"]["train"] = files.corpus("several", docs)


@case(False)
def categories_out_of_range(config, files):
    docs = files.docs()
    docs[1].cats = {"news": 3.0, "sport": 0.0, "order": 0.0}
    config["paths"]["train"] = files.corpus("range", docs)


@case(False)
def a_single_exclusive_category(config, files):
    docs = files.docs()
    for doc in docs:
        doc.cats = {"news": 1.0}
    config["paths"]["train"] = files.corpus("single", docs)


@case(True, brief=True)
def multilabel_categories_that_are_never_false(config, files):
    multilabel(config)
    docs = files.docs()
    for doc in docs:
        doc.cats = {label: value for label, value in doc.cats.items() if value}
    config["paths"]["train"] = files.corpus("true", docs)


@case(True, brief=True)
def entities_that_end_in_white_space(config, files):
    blank = Doc(files.vocab, words=["Berlin", " ", "calls"], spaces=[True, False, False])
    blank.ents = [Span(blank, 0, 2, "GPE")]
    config["paths"]["train"] = files.corpus("blank", [*files.docs(), blank])


@case(True)
def empty_and_blank_docs(config, files):
    docs = [Doc(files.vocab), Doc(files.vocab, words=[" "]), *files.docs()]
    config["paths"].update(train=files.corpus("awkward", docs), dev=files.corpus("awkward", docs))


@case(False, brief=True)
def a_batcher_that_leaves_all_out(config, files):
    config["training"]["batcher"] = {"@batchers": "spacy.batch_by_words.v1", "size": 1, "tolerance": 0.0}
    config["training"]["batcher"]["discard_oversize"] = True


@case(True)
def spacys_batcher(config, files):
    config["training"]["batcher"] = {"@batchers": "spacy.batch_by_words.v1", "size": 100, "tolerance": 0.2}


# Encoders and listeners


@case(True)
def an_encoder_for_each_head(config, files):
    model = config["components"].pop("bert_encoder")["model"]
    config["nlp"]["pipeline"].remove("bert_encoder")
    for name in ("bert_ner", "bert_textcat"):
        head(config, name)["model"]["encoder"] = model


@case(True)
def a_new_head_on_a_sourced_frozen_encoder(config, files):
    source(config, files, "bert_encoder", "bert_ner")
    config["training"]["frozen_components"] = ["bert_encoder", "bert_ner"]


@case(True)
def two_heads_for_entities(config, files):
    config["nlp"]["pipeline"].append("second_ner")
    config["components"]["second_ner"] = {**head(config), "overwrite": False}


@case(True)
def two_categorizers_with_the_same_labels(config, files):
    config["nlp"]["pipeline"].append("bert_textcat_multilabel")
    block = {**head(config, "bert_textcat"), "factory": "bert_textcat_multilabel"}
    block["scorer"] = {"@scorers": "spacy-bert-ext.textcat_multilabel_scorer.v1"}
    config["components"]["bert_textcat_multilabel"] = block


@case(False)
def an_exclusive_categorizer_beside_one_that_is_not(config, files):
    two_categorizers_with_the_same_labels(config, files)
    several_exclusive_categories(config, files)


@case(False)
def no_encoder(config, files):
    remove(config, "bert_encoder")


@case(False)
def an_encoder_after_its_heads(config, files):
    config["nlp"]["pipeline"] = ["bert_ner", "bert_textcat", "bert_encoder"]


@case(False)
def an_unknown_upstream(config, files):
    head(config)["model"]["encoder"]["upstream"] = "bert_decoder"


@case(True)
def a_disabled_head(config, files):
    config["nlp"]["disabled"] = ["bert_textcat"]


@case(True)
def a_tagger_that_listens(config, files):
    tagger(config, files, {"@architectures": "spacy-bert-ext.Tok2VecListener.v1", "upstream": "bert_encoder"})


@case(True)
def a_tagger_that_listens_to_a_frozen_new_encoder(config, files):
    tagger(config, files, {"@architectures": "spacy-bert-ext.Tok2VecListener.v1", "upstream": "bert_encoder"})
    config["training"]["frozen_components"] = ["bert_encoder"]


@case(True)
def a_tagger_that_listens_as_to_a_transformer(config, files):
    tagger(config, files, transformer_listener())


@case(True, brief=True)
def a_tagger_that_listens_as_to_a_transformer_to_a_frozen_new_encoder(config, files):
    tagger(config, files, transformer_listener())
    config["training"].update(frozen_components=["bert_encoder"], annotating_components=["bert_encoder"])


@case(False)
def a_tagger_that_listens_to_nobody(config, files):
    tagger(config, files, {"@architectures": "spacy-bert-ext.Tok2VecListener.v1", "upstream": "bert_encoder"})
    remove(config, "bert_encoder", "bert_ner", "bert_textcat")
    config["training"]["score_weights"] = {"tag_acc": 1.0}


def transformer_listener() -> dict[str, Any]:
    return {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "grad_factor": 1.0,
        "upstream": "bert_encoder",
        "pooling": {"@layers": "reduce_mean.v1"},
    }


def tagger(config: Config, files: Files, listener: dict[str, Any]) -> None:
    config["nlp"]["pipeline"].append("tagger")
    model = {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": listener}
    config["components"]["tagger"] = {"factory": "tagger", "model": model}
    docs = files.docs()
    for doc in docs:
        for token in doc:
            token.tag_ = "WORD" if token.is_alpha else "OTHER"
    config["paths"].update(train=files.corpus("tags", docs), dev=files.corpus("tags", docs))


@case(False)
def heads_on_a_transformer_that_is_not_there(config, files):
    listener = {"@architectures": "spacy-bert-ext.SpacyTransformersListener.v1", "upstream": "*"}
    for name in ("bert_ner", "bert_textcat"):
        head(config, name)["model"]["encoder"] = listener
    remove(config, "bert_encoder")


@case(True, brief=True)
def heads_on_a_transformer(config, files):
    heads_on_a_transformer_that_is_not_there(config, files)
    config["nlp"]["pipeline"].insert(0, "transformer")
    model = {"@architectures": "spacy-transformers.TransformerModel.v3", "name": files.encoder}
    model["get_spans"] = {"@span_getters": "spacy-transformers.doc_spans.v1"}
    model["tokenizer_config"] = {"use_fast": True}
    config["components"]["transformer"] = {"factory": "transformer", "model": model}


@case(False)
def heads_on_a_frozen_new_transformer(config, files):
    heads_on_a_transformer(config, files)
    config["training"].update(frozen_components=["transformer"], annotating_components=["transformer"])


# Wrong names and numbers


@case(False)
def an_absent_checkpoint(config, files):
    config["paths"]["encoder"] = str(files.folder / "nowhere")


@case(False, brief=True)
def an_absent_checkpoint_of_the_batcher(config, files):
    config["training"]["batcher"]["name"] = str(files.folder / "nowhere")


@case(False)
def too_long_windows(config, files):
    config["components"]["bert_encoder"]["model"]["window_pieces"] = 4000


@case(False)
def an_unknown_decoder(config, files):
    head(config)["decoder"] = "best"


@case(False)
def an_unknown_factory(config, files):
    head(config)["factory"] = "bert_new"


@case(False)
def an_unknown_setting(config, files):
    head(config)["colour"] = "red"


@case(False)
def an_unknown_initialize_setting(config, files):
    config["initialize"]["components"] = {"bert_ner": {"lables": []}}


@case(False)
def weights_of_an_unknown_class(config, files):
    head(config)["loss"]["class_weights"] = {"GEP": 2.0}


@case(False, brief=True)
def a_negative_patience(config, files):
    config["training"]["patience"] = -1


@case(False)
def negative_steps(config, files):
    config["training"]["max_steps"] = -1
    config["training"]["optimizer"]["schedule"]["total_steps"] = 10


@case(False)
def negative_epochs(config, files):
    config["training"]["max_epochs"] = -2


@case(False)
def no_evaluation(config, files):
    config["training"]["eval_frequency"] = 0


@case(False)
def no_sub_batches(config, files):
    config["training"]["accumulate_gradient"] = 0


@case(True)
def a_negative_seed(config, files):
    config["system"]["seed"] = -1


@case(False)
def a_schedule_without_steps(config, files):
    config["training"].update(max_steps=0, max_epochs=1)


@case(True)
def epochs_without_a_schedule(config, files):
    config["training"].update(max_steps=0, max_epochs=1)
    del config["training"]["optimizer"]["schedule"]


@case(False)
def a_negative_rate(config, files):
    config["training"]["optimizer"]["head_learn_rate"] = -1.0


@case(False)
def a_batch_of_no_pieces(config, files):
    config["training"]["batcher"]["max_batch_pieces"] = 0


@case(True)
def scores_that_nothing_gives(config, files):
    config["training"]["score_weights"] = {"dep_las": 1.0}


@case(False, brief=True)
def scores_that_are_tables(config, files):
    config["training"]["score_weights"] = {"ents_per_type": 1.0}


@case(False)
def a_misspelled_corpus(config, files):
    config["training"]["dev_corpus"] = "corpora.test"


# Callbacks, loggers, packages


@case(False, brief=True)
def a_logger_whose_package_is_missing(config, files):
    config["training"]["logger"] = {"@loggers": "spacy.WandbLogger.v3", "project_name": "x"}
    config["training"]["logger"]["remove_config_values"] = []


@case(True)
def spacys_logger(config, files):
    config["training"]["logger"] = {"@loggers": "spacy.ConsoleLogger.v1", "progress_bar": False}


@case(False)
def a_log_in_the_place_of_a_folder(config, files):
    config["training"]["logger"]["output_file"] = str(files.folder)


@case(False, brief=True)
def a_log_in_a_file(config, files):
    files.corpus("good", files.docs())
    config["training"]["logger"]["output_file"] = str(files.folder / "good.spacy" / "log.jsonl")


@case(False)
def an_unknown_callback(config, files):
    config["initialize"]["before_init"] = {"@callbacks": "tests.nothing.v1"}


@registry.callbacks("tests.raises.v1")
def create_raising():
    def raising(*args):
        return {}["what it needs"]

    return raising


@registry.callbacks("tests.gives_nothing.v1")
def create_giving_nothing():
    return lambda nlp: None


@case(False, brief=True)
def a_callback_that_raises_before_the_step(config, files):
    config["training"]["before_update"] = {"@callbacks": "tests.raises.v1"}


@case(False)
def a_callback_that_raises_after_initialization(config, files):
    config["initialize"]["after_init"] = {"@callbacks": "tests.raises.v1"}


@case(False)
def a_callback_that_gives_no_pipeline_to_save(config, files):
    config["training"]["before_to_disk"] = {"@callbacks": "tests.gives_nothing.v1"}


@case(False)
def a_tokenizer_whose_package_is_missing(config, files):
    config["nlp"].update(lang="ja", tokenizer={"@tokenizers": "spacy.ja.JapaneseTokenizer", "split_mode": None})
