"""spaCy's exclusive textcat, for Docs of which some have no categories annotated.

spaCy's own takes a Doc without categories for one in which none holds, and would learn that from every Doc of CoNLL.
Leaving those Docs out of its update is no way: spacy-transformers wants every listener to have the whole batch.
"""

from collections.abc import Callable

from spacy.language import Language
from spacy.pipeline.textcat import TextCategorizer
from thinc.api import Model


class PartlyAnnotatedTextCategorizer(TextCategorizer):
    @property
    def support_missing_values(self) -> bool:
        return True


@Language.factory(
    "textcat_partly_annotated",
    assigns=["doc.cats"],
    default_config={"threshold": 0.0, "scorer": {"@scorers": "spacy.textcat_scorer.v2"}},
)
def make_textcat_partly_annotated(nlp: Language, name: str, model: Model, threshold: float, scorer: Callable | None):
    return PartlyAnnotatedTextCategorizer(nlp.vocab, model, name, threshold=threshold, scorer=scorer)
