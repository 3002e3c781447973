"""BERT for spaCy: one shared encoder, heads for entities and categories, trained in `spacy train`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .about import __version__
from .pieces.document_context import with_context

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

    from .evaluation.curves.training_curves import TrainingCurves

__all__ = ["__version__", "from_pretrained", "render", "save_pipeline", "training_curves", "with_context"]


def from_pretrained(
    name: str,
    *,
    lang: str = "en",
    revision: str | None = None,
    component: str | None = None,
    scheme: str | None = None,
    tags: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    encoder: Mapping[str, object] | None = None,
    pairs: bool = False,
) -> "Language":
    """A pipeline of a fine-tuned checkpoint in Hugging Face format: `bert_encoder` and the head that fits.

    Token classification becomes `bert_ner`, which takes the best tag of each token as transformers does
    (`decoder = "greedy"`); sequence classification becomes `bert_textcat` or, with `problem_type =
    "multi_label_classification"`, `bert_textcat_multilabel`. The pipeline predicts at once and goes on training. Its
    config keeps the last part of a folder's absolute path only.

    name (str): Folder, or name on the Hugging Face hub.
    lang (str): Two-letter code of the language, whose tokenizer spaCy uses.
    revision (str): Branch, tag or commit on the hub.
    component (str): Name of the head; by default that of its factory.
    scheme (str): "BIO" (or "IOB2"), "IOB1", "BILUO" (or "BIOES") or "IO"; by default told from the tags.
    tags (Sequence[str]): Names of the outputs, where `id2label` is wrong or says nothing.
    labels (Mapping[str, str]): New names of labels, such as {"PER": "PERSON"}.
    encoder (Mapping[str, object]): Settings of `spacy-bert-ext.BertEncoder.v1`, such as {"device": "cpu"}. Windows have
        512 pieces, or as many as the checkpoint takes.
    pairs (bool): Whether a checkpoint that classifies texts was trained on pairs of texts, such as one for NLI or a
        cross-encoder: it becomes `bert_textpair` or, with one output, `bert_textpair_score`. Nothing in it tells.
    RAISES (ValueError): The checkpoint can't be loaded, has another kind of head, or labels that can't be read.
    """
    # Imported here: `spacy.blank()` imports this module, and needs neither torch nor transformers.
    from .checkpoints.importing import from_pretrained as load

    return load(
        name,
        lang=lang,
        revision=revision,
        component=component,
        scheme=scheme,
        tags=tags,
        labels=labels,
        encoder=encoder,
        pairs=pairs,
    )


def save_pipeline(nlp: "Language", path: str | Path) -> None:
    """`nlp.to_disk`, all or nothing: a kill, a full disk or an error leaves the folder as it was before.

    Other processes find the old pipeline or the new one at any moment; one that is loading it right then is told to
    load again. Files in the folder that belong to no pipeline, such as a README, stay.

    path (Union[str, Path]): New, an empty folder, or the folder of a pipeline, which is replaced.
    RAISES (ValueError): Something else is there; or a component listens to an encoder that would not be saved with it.
    RAISES (OSError): The disk is full, or the folder can't be written.
    """
    from .pipeline.saving import save_pipeline as save

    save(nlp, path)


def render(
    docs: "Doc | Span | Iterable[Doc | Span]",
    style: str = "ent",
    *,
    page: bool = False,
    minify: bool = False,
    jupyter: bool | None = None,
    options: Mapping[str, object] | None = None,
) -> str | None:
    """Show annotations with their scores, by displaCy: entities or spans in the text, categories as bars below it.

    Each entity has its score behind its label, and a line as long as the score below it. The colour of a span rises as
    high as its score. Annotations without a score look as displaCy draws them.

    docs (Union[Doc, Span, Iterable[Union[Doc, Span]]]): Annotated ones.
    style (str): "ent" for `doc.ents`, "span" for a group of `doc.spans`.
    page (bool): Make a whole HTML page.
    minify (bool): Leave out line breaks.
    jupyter (bool): Whether to display the HTML instead of returning it; None displays it in notebooks.
    options (Mapping[str, object]): Those of displaCy, such as `ents`, `colors` and `spans_key`. `cats` names the
        categories to show, in place of the ten best with a score of 0.01 or more.
    RETURNS (Optional[str]): HTML; None if it is displayed.
    RAISES (ValueError): Another style, or no Doc.
    """
    from .pipeline.rendering import render as render_docs

    return render_docs(docs, style, page=page, minify=minify, jupyter=jupyter, options=options)


def training_curves(training: str | Path) -> "TrainingCurves":
    """Loss, scores, learning rates and words per second of a training, by step. Notebooks show the curves.

    `.save("curves.png")` writes a picture: .svg or, with matplotlib, .png and .pdf. `.rows` are the numbers.

    training (Union[str, Path]): The folder of a training, or its `log.jsonl`.
    RAISES (ValueError): There is no log, or it is not one.
    """
    from .evaluation.curves.training_curves import training_curves as curves

    return curves(training)
