"""What messages advise works where they appear."""

import pytest
import spacy
from spacy.language import Language
from thinc.api import Config

from spacy_bert_ext.training.callbacks import create_in_turn_v1
from tests.annotated import DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import weights_of
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of, head_of, make_initialized, make_nlp

ALIEN = ("Mars is red", {"entities": [(0, 4, "PLANET")]})


def as_from_a_config(nlp: Language) -> Language:
    return spacy.util.load_model_from_config(Config().from_str(nlp.config.to_str()))


@pytest.mark.parametrize("from_config", [False, True])
def test_a_head_that_is_initialized_alone_has_its_encoders_checkpoint(bert_folder: str, from_config: bool) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner", "bert_textcat"))
    nlp = as_from_a_config(nlp) if from_config else nlp
    with nlp.select_pipes(enable="bert_textcat"):
        nlp.initialize(lambda: make_examples(nlp))
        assert set(nlp(TEXTS[0]).cats) == {"news", "sport", "order"}
    expected = weights_of(encoder_of(make_initialized(bert_folder, ())).shim.module)
    found = weights_of(encoder_of(nlp).shim.module)
    assert all(expected[name].equal(weight) for name, weight in found.items())


def test_a_head_that_is_initialized_alone_keeps_the_encoders_weights(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",))
    nlp.update(make_examples(nlp), sgd=adamw())
    before = weights_of(encoder_of(nlp).shim.module)
    with nlp.select_pipes(enable="bert_textcat"):
        nlp.initialize(lambda: make_examples(nlp))
    assert all(before[name].equal(weight) for name, weight in encoder_of(nlp).shim.module.named_parameters())


def test_a_new_head_that_was_left_out_says_why_it_has_no_weights(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner", "bert_textcat"))
    with nlp.select_pipes(disable="bert_textcat"):
        nlp.initialize(lambda: make_examples(nlp))
    with raises_code("B022", match="'bert_textcat'.*select_pipes.*frozen_components"):
        nlp("Hello")
    with nlp.select_pipes(enable="bert_textcat"):
        nlp.initialize(lambda: make_examples(nlp))
    assert nlp("Hello").cats


def test_a_head_without_an_encoder_gets_one_as_the_message_says(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_ner")
    with raises_code("B020", match=r'nlp.add_pipe\("bert_encoder", before="bert_ner"\).*BertEncoder.v1'):
        nlp.initialize(lambda: make_examples(nlp))
    nlp.add_pipe("bert_encoder", before="bert_ner", config=encoder_config(bert_folder))
    nlp.initialize(lambda: make_examples(nlp))
    own = {"@architectures": "spacy-bert-ext.BertEncoder.v1", **encoder_config(bert_folder)["model"]}
    other = spacy.blank("en")
    other.add_pipe("bert_ner", config={"model": {"encoder": own}})
    other.initialize(lambda: make_examples(other))
    assert [len(doc) for doc in other.pipe(TEXTS)] == [len(doc) for doc in nlp.pipe(TEXTS)]


def test_an_unknown_label_is_added_as_the_message_says(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_ner",))
    examples = make_examples(nlp, [*DATA, ALIEN])
    with raises_code("B029", match=r"'PLANET'.*nlp.get_pipe\(\"bert_ner\"\).add_label.*add_labels.v1"):
        nlp.update(examples, sgd=adamw())
    nlp.get_pipe("bert_ner").add_label("PLANET")
    nlp.update(examples, sgd=adamw())


def test_check_gold_names_what_a_head_cannot_learn(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder)
    ner, textcat = head_of(nlp, "bert_ner"), head_of(nlp, "bert_textcat")
    (alien,) = make_examples(nlp, [ALIEN])
    with raises_code("B029", match="PLANET"):
        ner.check_gold(alien)
    (wrong,) = make_examples(nlp, [("a b", {"cats": {"news": 2.0, "other": 7.0}})])
    with raises_code("B027", match="'news'"):
        textcat.check_gold(wrong)
    for eg in make_examples(nlp, [*DATA, ("", {}), ("a b", {"cats": {"other": 7.0}})]):
        ner.check_gold(eg)
        textcat.check_gold(eg)


def test_categories_that_are_never_false_are_told(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_textcat_multilabel",))
    data = [("a b", {"cats": {"x": 1.0, "y": 1.0}}), ("c d", {"cats": {"y": 0.0}})]
    with pytest.warns(UserWarning, match=r"B245\] 1 of 2 labels of 'bert_textcat_multilabel'.*: x\."):
        nlp.initialize(lambda: make_examples(nlp, data))


def test_entities_with_white_space_at_an_end_are_told(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    data = [*DATA, ("Berlin  calls", {"entities": [(0, 8, "GPE")]})]
    with pytest.warns(UserWarning, match=r"B246\] 1 of 6 gold entities.*'Berlin  '"):
        nlp.initialize(lambda: make_examples(nlp, data))


def test_callbacks_in_turn_go_from_one_to_the_next(nlp: Language) -> None:
    told = []
    other = spacy.blank("de")
    callback = create_in_turn_v1(told.append, lambda given: other, told.append)
    assert callback(nlp) is other and told == [nlp, other]
    assert create_in_turn_v1()(nlp) is nlp
