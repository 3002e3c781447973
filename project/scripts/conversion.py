"""What the convert scripts share: splits on disk, tags to entities, Docs to `.spacy` files."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from wasabi import msg

SPLITS = ("train", "dev", "test")
OPTIONAL = "test"
# IOB or BMES; E- ends an entity and S- is one of a single token.
TAG = re.compile(r"O|[BIMES]-\S+")
CONTINUING = ("I-", "M-", "E-")
ENDING = ("E-", "S-")
DOWNLOAD_HINT = "run `python -m spacy project assets` to download the data"

# Start, end (exclusive) and label; the unit, characters or tokens, is the function's.
Bounds = tuple[int, int, str]


def convert_splits(
    folder: Path,
    output: Path,
    suffixes: tuple[str, ...],
    read: Callable[..., Iterable[Doc]],
    lang: str,
) -> None:
    """Write `output/<split>.spacy` for each split of `folder`. A missing test split is skipped, since not all have it.

    suffixes (Tuple[str, ...]): Of the files of a split: (".label", ".seq.in") means `train.label`, `train.seq.in`, ...
    read (Callable): From `nlp` and the paths of a split to its Docs. If they have categories, only those that hold.
    """
    write_splits(output, lambda nlp: {split: list(read(nlp, *paths)) for split, paths in _find(folder, suffixes)}, lang)


def write_splits(output: Path, read: Callable[[Language], dict[str, list[Doc]]], lang: str) -> None:
    """Write `output/<split>.spacy` for each split. An error in the data ends the program.

    read (Callable): From `nlp` to the Docs of each split. If they have categories, only those that hold.
    """
    nlp = spacy.blank(lang)
    try:
        splits = read(nlp)
    except (OSError, ValueError) as error:
        msg.fail(str(error))
        sys.exit(1)
    categories = sorted({category for docs in splits.values() for doc in docs for category in doc.cats})
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{OPTIONAL}.spacy").unlink(missing_ok=True)
    for split, docs in splits.items():
        for doc in docs:
            if doc.cats:
                doc.cats = {category: doc.cats.get(category, 0.0) for category in categories}
        path = output / f"{split}.spacy"
        DocBin(docs=docs, store_user_data=True).to_disk(path)
        n_ents = sum(len(doc.ents) for doc in docs)
        n_spans = sum(len(group) for doc in docs for group in doc.spans.values())
        spans = f", {n_spans:,} spans" if n_spans else ""
        msg.good(f"{path}: {len(docs):,} Docs, {n_ents:,} entities{spans}, {len(categories)} categories")


def _find(folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, list[Path]]]:
    for split in SPLITS:
        paths = [folder / f"{split}{suffix}" for suffix in suffixes]
        missing = [str(path) for path in paths if not path.is_file()]
        if not missing:
            yield split, paths
        elif split == OPTIONAL:
            msg.info(f"No {', '.join(missing)}: the {split} split is left out")
        else:
            raise FileNotFoundError(f"No {', '.join(missing)}: {DOWNLOAD_HINT}")


def read_lines(path: Path) -> list[str]:
    """Lines without their ends. Only line feeds end a line: data from the web also holds other separators.

    RAISES (ValueError): A file that is not UTF-8. It may begin with a byte order mark, as editors write it.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The position counts from behind the mark, in the bytes that the error holds.
        line = error.object.count(b"\n", 0, error.start) + 1
        found = f"found byte {error.object[error.start]:#04x}"
        raise ValueError(f"{path}, line {line}: expected UTF-8, {found}") from error
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def words_to_doc(
    nlp: Language,
    words: list[str],
    tags: list[str],
    *,
    sent_starts: list[bool] | None = None,
    spaces: list[bool] | None = None,
) -> Doc:
    """A Doc with the data's own tokens.

    sent_starts (List[bool]): Whether each token begins a sentence, where no entity continues; None if that is unknown.
    spaces (List[bool]): Whether a space follows each token. None if that is unknown: then training and evaluation keep
        the data's tokens; else they take those of the pipeline's tokenizer.
    """
    doc = Doc(nlp.vocab, words=words, spaces=spaces, sent_starts=sent_starts)
    bounds = tags_to_bounds(tags, sent_starts)
    doc.set_ents([Span(doc, start, end, label) for start, end, label in bounds], default="outside")
    return doc


def tags_to_bounds(tags: list[str], sent_starts: list[bool] | None = None) -> list[Bounds]:
    """Entities of IOB or BMES tags, in tokens. An I- that continues nothing begins an entity, as in IOB1.

    sent_starts (List[bool]): Whether each token begins a sentence, where no entity continues; None: only the first.

    RAISES (ValueError): A tag that is none.
    """
    bounds: list[Bounds] = []
    open_label = None
    for i, tag in enumerate(tags):
        if not TAG.fullmatch(tag):
            raise ValueError(f"'{tag}' is no tag: O, or B-, I-, M-, E- or S- and a label")
        label = tag[2:] or None
        if sent_starts and sent_starts[i]:
            open_label = None
        if label and tag.startswith(CONTINUING) and label == open_label:
            bounds[-1] = (bounds[-1][0], i + 1, label)
        elif label:
            bounds.append((i, i + 1, label))
        open_label = None if tag.startswith(ENDING) else label
    return bounds
