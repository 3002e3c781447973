"""What is annotated for a head: how often each label, and what of it can't be learned."""

from collections import Counter
from collections.abc import Mapping, Sequence

from spacy.training import Example
from wasabi import msg

from ...pipeline.answers import GoldFault, GoldSummary, GoldWords, HeadAnswers, NoAnswerError
from ..reported import show

FEW_EXAMPLES = 20  # of a label, below which it is hard to learn
N_SHOWN = 5  # entities or labels that are quoted

Corpora = Mapping[str, Sequence[Example]]  # "train" and "dev"


def examine_gold(name: str, head: HeadAnswers, corpora: Corpora, *, learns: bool) -> None:
    """Print what a head finds annotated.

    learns (bool): Whether it is trained; a frozen one is only evaluated.
    """
    words = head.gold_words
    msg.divider(f"{words.what.capitalize()}: {name}")
    if not learns:
        msg.info("It is frozen: nothing of the train corpus is learned")
    try:
        found = {part: head.summarize_gold(examples) for part, examples in corpora.items()}
    except NoAnswerError as error:
        show(msg.info, "Its annotations can't be counted", str(error))
        return
    _report_counts({part: summary.counts for part, summary in found.items()}, words, learns)
    fits = True
    for part, summary in found.items():
        for fault in summary.faults:
            fits = False
            if learns or not fault.in_training:
                _report_fault(fault, part, words.what)
    if words.all_fit and fits and any(summary.counts for summary in found.values()):
        msg.good(words.all_fit)
    attributes = {name for summary in found.values() for name in summary.attributes}
    for attribute in sorted(attributes):
        _report_values(attribute, found, words, learns)
    n_missing = found["train"].n_unannotated if "train" in found else 0
    if learns and n_missing:
        msg.info(f"{n_missing} train Docs have no annotation of {words.what}", "They give no loss to this component.")


def _report_fault(fault: GoldFault, part: str, what: str) -> None:
    if fault.in_training and part != "train":
        return
    shown = ", ".join(fault.items[:N_SHOWN]) + (", ..." if len(fault.items) > N_SHOWN else "")
    number = str(len(fault.items)) if fault.n_of is None else f"{len(fault.items)} of {fault.n_of} {part}"
    msg.warn(f"{number} {what} {fault.fault}: {shown}", fault.advice)


def _report_values(attribute: str, found: Mapping[str, GoldSummary], words: GoldWords, learns: bool) -> None:
    """Print how often spans have each value of an attribute."""
    counts = {part: summary.attributes[attribute] for part, summary in found.items()}
    advice = f"Set `span._.{attribute}` of gold spans, and save the Docs with `DocBin(store_user_data=True)`."
    _report_counts(counts, GoldWords(f"values of `{attribute}`", advice), learns, header=attribute)
    if learns and len(counts.get("train", ())) == 1:
        advice = f"A span without a value is not annotated. Set `span._.{attribute}` of the other gold spans, too."
        msg.warn(f"`{attribute}` has one value only in the train corpus: {next(iter(counts['train']))}", advice)
    if learns and counts.get("train"):
        n_missing = found["train"].counts.total() - counts["train"].total()
        if n_missing:
            msg.info(f"{n_missing} train {words.what} have no value of `{attribute}`", "They give it no loss.")


def _report_counts(
    counts: Mapping[str, Counter[str]], words: GoldWords, learns: bool, *, header: str = "label"
) -> None:
    """Print how often each label occurs in each corpus."""
    train, dev = counts.get("train", Counter()), counts.get("dev", Counter())
    if learns and not train:
        msg.warn(f"There are no {words.what} in the train corpus", words.advice)
    if not dev:
        advice = "Its scores can't tell which step is best: annotate some."
        msg.warn(f"There are no {words.what} in the dev corpus", advice)
    labels = sorted(set().union(*counts.values()))
    if not labels:
        return
    rows = [(label, *(str(counts[part][label]) for part in counts)) for label in labels]
    msg.table(rows, header=(header, *counts), aligns=("l", *("r" for _ in counts)), divider=True)
    rare = [label for label in labels if 0 < train[label] < FEW_EXAMPLES]
    if learns and rare:
        msg.warn(
            f"Fewer than {FEW_EXAMPLES} train examples: {', '.join(rare)}", "Annotate more of them, or merge labels."
        )
    unseen = [label for label in labels if not train[label]]
    if learns and train and unseen:
        msg.warn(f"Only in the dev corpus: {', '.join(unseen)}", "They can't be learned, and lower the scores.")
