"""A head that is no part of the package: it tags tokens. Written only with what docs/guides/extending.md names."""

from collections import Counter

import numpy as np
from spacy.language import Language

from spacy_bert_ext.defaults import default_loss
from spacy_bert_ext.explanation.explained import Explained, log_odds_of, place_of
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.tag_losses import cross_entropy_of_tags
from spacy_bert_ext.pipeline.answers import GoldSummary, GoldWords
from spacy_bert_ext.pipeline.confidence import confidence_of_best
from spacy_bert_ext.pipeline.labelled_head import LabelledHead
from spacy_bert_ext.tagging.tags import MISSING


class TokenTagger(LabelledHead):
    annotation_hint = "tags in `token.tag_`"
    gold_words = GoldWords("tags", "Set `token.tag_` of the training Docs.")

    def initialize(self, get_examples, *, nlp=None, labels=None):
        examples = list(get_examples())
        found = sorted({token.tag_ for eg in examples for token in eg.reference if token.tag_})
        self.initialize_with(found if labels is None else labels, len(examples))

    def decode(self, raw_scores):
        return raw_scores.taggable, raw_scores.logits.argmax(dim=1).tolist()

    def set_annotations(self, docs, predicted):
        taggable, tags = predicted[0], iter(predicted[1])
        for token, has_tag in zip((token for doc in docs for token in doc), taggable):
            token.tag_ = self.labels[next(tags)] if has_tag else ""

    def get_loss(self, examples, scores):
        return cross_entropy_of_tags(scores, self.gold(examples, scores), self.controls, self.class_weights())

    def gold(self, examples, scores):
        """(n_taggable,)."""
        tags = [tag for eg in examples for tag in eg.get_aligned("TAG", as_string=True)]
        number = {label: i for i, label in enumerate(self.labels)}
        return np.array([number[tag] if tag else MISSING for tag in tags], dtype=np.int64)[scores.taggable]

    # Answers

    def check_gold(self, eg):
        unknown = {token.tag_ for token in eg.reference if token.tag_} - set(self.labels)
        if unknown:
            raise ValueError(f"'{self.name}' does not know the tags {sorted(unknown)}: it has {self.labels}.")

    def is_annotated(self, gold):
        return gold.has_annotation("TAG")

    def summarize_gold(self, examples):
        docs = [eg.reference for eg in examples]
        counts = Counter(token.tag_ for doc in docs for token in doc if token.tag_)
        return GoldSummary(counts, sum(not doc.has_annotation("TAG") for doc in docs))

    def confidence(self, raw_scores, examples):
        gold, n_done = [], 0
        for scores in raw_scores:
            gold.append(self.gold(examples[n_done : n_done + len(scores.tokens_per_doc)], scores))
            n_done += len(scores.tokens_per_doc)
        logits = np.concatenate([scores.logits.cpu().double().numpy() for scores in raw_scores])
        return confidence_of_best(logits, np.eye(len(self.labels) + 1)[np.concatenate(gold)][:, :-1])

    def explained(self, text, label, raw_scores):
        """The log odds of the tag of the first token."""
        n_tags, token = len(self.labels), text[0].i
        row = int(raw_scores.taggable[:token].sum())
        best = self.labels[int(raw_scores.logits[row].argmax())]
        place = place_of(best if label is None else label, self.labels, self.name)

        def score(scores):
            return log_odds_of(scores.logits.view(len(scores.tokens_per_doc), -1, n_tags)[:, row], place)

        tokens = (token, token + 1)
        return Explained(self.labels[place], f"log odds of {self.labels[place]}", score, target=tokens, reads=tokens)


@Language.factory(
    "token_tagger",
    assigns=["token.tag"],
    default_config={
        "model": {
            "@architectures": "spacy-bert-ext.TokenClassifier.v1",
            "encoder": {"@architectures": "spacy-bert-ext.EncoderListener.v1"},
        },
        "loss": default_loss(),
        "scorer": {"@scorers": "spacy.tagger_scorer.v1"},
    },
    default_score_weights={"tag_acc": 1.0},
)
def make_token_tagger(nlp, name, model, loss, scorer):
    return TokenTagger(nlp.vocab, model, name, controls=LossControls.from_settings(loss), scorer=scorer)
