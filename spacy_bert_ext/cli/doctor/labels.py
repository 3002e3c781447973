"""Entities and categories: how often each is annotated, and what of it can't be learned."""

from collections import Counter
from collections.abc import Mapping, Sequence

from spacy.training import Example
from wasabi import msg

from ...pipeline.bert_ner import blank_ended_entities, misaligned_entities
from ...pipeline.bert_textcat import BertTextCategorizer, never_false

FEW_EXAMPLES = 20  # of a label, below which it is hard to learn
N_SHOWN = 5  # entities or labels that are quoted

Corpora = Mapping[str, Sequence[Example]]  # "train" and "dev"


def examine_entities(name: str, corpora: Corpora, *, learns: bool) -> None:
    """Print what a component that recognizes entities finds annotated.

    learns (bool): Whether it is trained; a frozen one is only evaluated.
    """
    msg.divider(f"Entities: {name}")
    _tell_whether_it_learns(learns)
    counts = {part: Counter(span.label_ for eg in egs for span in eg.reference.ents) for part, egs in corpora.items()}
    _report_counts(counts, "entities", "Annotate `doc.ents`: see `python -m spacy convert`.", learns)
    fits = True
    for part, examples in corpora.items():
        for find, fault, advice in (
            (
                misaligned_entities,
                "don't match the tokens",
                "They are not learned. Correct their boundaries, or make the tokenizer split there.",
            ),
            (
                blank_ended_entities,
                "begin or end in white space",
                "None that is predicted does, so that they count as mistakes. Correct their boundaries.",
            ),
        ):
            spans = [span for eg in examples for span in find(eg)]
            if spans:
                fits = False
                shown = ", ".join(repr(span.text) for span in spans[:N_SHOWN])
                msg.warn(f"{len(spans)} of {counts[part].total()} {part} entities {fault}: {shown}", advice)
    if fits and any(counts.values()):
        msg.good("All entities match the tokens")
    n_missing = sum(not eg.reference.has_annotation("ENT_IOB") for eg in corpora.get("train", ()))
    if learns and n_missing:
        msg.info(f"{n_missing} train Docs have no entity annotation", "They give no loss to this component.")


def examine_categories(name: str, pipe: BertTextCategorizer, corpora: Corpora, *, learns: bool) -> None:
    """Print what a categorizer finds annotated.

    learns (bool): Whether it is trained; a frozen one is only evaluated.
    """
    msg.divider(f"Categories: {name}")
    _tell_whether_it_learns(learns)
    counts = {
        part: Counter(label for eg in examples for label, value in eg.reference.cats.items() if value >= 0.5)
        for part, examples in corpora.items()
    }
    _report_counts(counts, "categories", "Set `doc.cats` of the training Docs.", learns)
    train = corpora.get("train", ())
    n_missing = sum(not eg.reference.cats for eg in train)
    if learns and n_missing:
        msg.info(f"{n_missing} train Docs have no categories", "They give no loss to this component.")
    always = [] if pipe.exclusive or not learns else never_false(eg.reference.cats for eg in train)
    if always:
        shown = ", ".join(always[:N_SHOWN]) + (", ..." if len(always) > N_SHOWN else "")
        msg.warn(
            f"{len(always)} categories are nowhere annotated as false: {shown}",
            "They would be predicted for every text. Give each Doc all categories, 1.0 for those that hold and 0.0 for "
            "the others: what is not annotated is not learned from.",
        )


def _tell_whether_it_learns(learns: bool) -> None:
    if not learns:
        msg.info("It is frozen: nothing of the train corpus is learned")


def _report_counts(counts: Mapping[str, Counter], what: str, advice: str, learns: bool) -> None:
    """Print how often each label occurs in each corpus."""
    train, dev = counts.get("train", Counter()), counts.get("dev", Counter())
    if learns and not train:
        msg.warn(f"There are no {what} in the train corpus", advice)
    if not dev:
        msg.warn(f"There are no {what} in the dev corpus", "Its scores can't tell which step is best: annotate some.")
    labels = sorted(set().union(*counts.values()))
    if not labels:
        return
    rows = [(label, *(str(counts[part][label]) for part in counts)) for label in labels]
    msg.table(rows, header=("label", *counts), aligns=("l", *("r" for _ in counts)), divider=True)
    rare = [label for label in labels if 0 < train[label] < FEW_EXAMPLES]
    if learns and rare:
        msg.warn(
            f"Fewer than {FEW_EXAMPLES} train examples: {', '.join(rare)}", "Annotate more of them, or merge labels."
        )
    unseen = [label for label in labels if not train[label]]
    if learns and train and unseen:
        msg.warn(f"Only in the dev corpus: {', '.join(unseen)}", "They can't be learned, and lower the scores.")
