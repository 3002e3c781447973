"""Where a head's vectors come from."""

from spacy.language import Language

from tests.annotated import make_examples
from tests.pipeline.pipelines import adamw, encoder_of, head_of, make_nlp
from tests.tiny import WIDTH


def test_a_head_that_listens(two_heads: Language) -> None:
    upstream = head_of(two_heads, "bert_ner").upstream
    assert upstream.shared is encoder_of(two_heads).shared
    assert upstream.own is None and upstream.width == WIDTH
    assert [listener.head_name for listener in upstream.name_listeners()] == ["bert_ner"]


def test_a_head_with_an_encoder_of_its_own(two_heads: Language) -> None:
    two_heads.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    upstream = head_of(two_heads, "bert_ner").upstream
    assert upstream.shared is None and upstream.width is None
    assert upstream.own is head_of(two_heads, "bert_ner").model.get_ref("encoder")
    assert not upstream.finish() and upstream.checksum() is None
    upstream.weigh(1.0)
    upstream.discard_step()
    upstream.complete_step()


def test_the_width_is_not_known_before_there_are_weights(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ["bert_ner"])
    assert head_of(nlp, "bert_ner").upstream.width is None


def test_a_heads_part_in_the_step(two_heads: Language) -> None:
    head, shared = head_of(two_heads, "bert_ner"), encoder_of(two_heads).shared
    examples = make_examples(two_heads)
    assert not head.upstream.finish()  # no step, so none that is owed
    encoder_of(two_heads).update(examples)
    head.update(examples)
    assert list(shared.step.weights().values()) == [sum(len(eg.predicted) for eg in examples)]
    head.upstream.discard_step()
    assert shared.step is None


def test_the_checksum_to_save_is_that_after_a_step_that_is_owed(two_heads: Language) -> None:
    head, encoder = head_of(two_heads, "bert_ner"), encoder_of(two_heads)
    before = head.upstream.checksum()
    two_heads.update(make_examples(two_heads), sgd=adamw(), exclude=["bert_textcat"])
    assert encoder.shared.step is not None
    after = head.upstream.checksum()
    assert encoder.shared.step is None and after == encoder.shim.weights_checksum() != before
    assert head.upstream.saved_identity(after) == encoder.shim.identity
    assert head.upstream.saved_identity("of other weights") == "of other weights"
    assert head.upstream.saved_identity(None) is None
