"""What all factories have in common is tested in `tests/test_factories.py`."""

import spacy

from spacy_bert_ext.factories.pretraining import PRETRAINING
from spacy_bert_ext.pieces.masks import Masking


def test_its_settings():
    nlp = spacy.blank("en")
    head = nlp.add_pipe("bert_pretraining", config={"mask_share": 0.2, "mask_by": "token", "loss_weight": 0.5})
    assert head.masking == Masking(0.2, "token", PRETRAINING["masked"], PRETRAINING["random"])
    assert head.head_steps == PRETRAINING["head_steps"] and head.seed == 0 and head.controls.weight == 0.5
    assert nlp.add_pipe("bert_pretraining", name="plain").masking == Masking()
    assert not head.next_sentence
    assert nlp.add_pipe("bert_pretraining", name="pairs", config={"next_sentence": True}).next_sentence
