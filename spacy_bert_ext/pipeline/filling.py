"""What could stand at a place of a Doc, by the language model that the encoder was pre-trained as."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias, overload

import torch
from spacy.tokens import Doc, Span, Token
from spacy.util import minibatch
from spacy.vocab import Vocab
from torch import Tensor

from ..encoder.model import EncoderModel, forward_batches
from ..encoder.plan import plan_docs
from ..encoder.readings import embedding_of
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..heads.language_model import LanguageModelHead, LanguageModelModule, padded_rows, vectors_at
from ..heads.module import WEIGHTS_FILE, HeadModule
from ..huggingface.language_models import load_language_model
from ..pieces.blanks import Blank, MaskPiece, blanks_in, mask_piece_of, with_masks
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import TorchShim
from ..settings import check_number, is_whole_number
from ..sharing.foreign import ForeignListeners
from ..sharing.shared_encoder import settle
from .head_files import read_module
from .listened_to import ListenedToPipe

LANGUAGE_MODEL_FOLDER = "language_model"  # in the component's folder
_DOCS = 64  # at once
_ROWS = 256  # at once: in fp32 a vocabulary of 30,000 pieces takes 30 MB then

Text: TypeAlias = Doc | Span | Token


class Candidate(NamedTuple):
    """What could stand in a blank.

    text: A word or a part of one, as it is read; "##ing" goes on with the word before.
    probability: From 0 to 1, among all pieces of the vocabulary.
    piece: As the vocabulary spells it.
    span: The tokens of the Doc that have the blank.
    """

    text: str
    probability: float
    piece: str
    span: Span


class FillingPipe(ListenedToPipe):
    """A component with an encoder that may have a language model.

    language_model (bool): Whether it has one, with the encoder's weights.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: EncoderModel,
        name: str,
        *,
        language_model: bool,
        foreign: Sequence[ForeignListeners],
    ) -> None:
        super().__init__(vocab, model, name, foreign=foreign)
        self.language_model = language_model
        self._filling = TorchShim("head")  # its projection to the vocabulary has the weights of the encoder's embedding

    @overload
    def fill(self, text: Doc, n: int = 5) -> list[list[Candidate]]: ...

    @overload
    def fill(self, text: Span | Token, n: int = 5) -> list[Candidate]: ...

    def fill(self, text: Text, n: int = 5) -> list[list[Candidate]] | list[Candidate]:
        """Candidates for the blanks of a text, each one piece long. The Doc stays as it is.

        Probabilities are those of the language model in the encoder's precision. Where a Doc has several blanks, each
        is filled by itself, without the candidates of the others.

        text (Union[Doc, Span, Token]): A Doc in which the tokenizer's mask piece is written, such as "[MASK]"; or a
            token or span that gives way to a blank.
        n (int): How many candidates for each blank, from 1 to the size of the vocabulary.
        RETURNS (Union[List[List[Candidate]], List[Candidate]]): Of each blank of a Doc, in the order of the text; or of
            the blank at a token or span. The likeliest candidate comes first.
        RAISES (ValueError): The encoder has no language model, no weights or int8 ones; no mask piece is written in the
            Doc, or the span is empty.
        """
        return self.fill_many([text], n)[0]

    @in_own_surroundings
    def fill_many(self, texts: Iterable[Text], n: int = 5) -> list[list[list[Candidate]] | list[Candidate]]:
        """The result of `fill` for each text, in shared batches."""
        mask = self._mask_piece()
        n_pieces = len(self.shared.shim.loaded.checkpoint.tokenizer)
        allowed = f"a whole number from 1 to {n_pieces}, the size of the vocabulary"
        check_number("n", n, lambda number: is_whole_number(number) and 1 <= number <= n_pieces, allowed)
        filled: list[list[list[Candidate]] | list[Candidate]] = []
        for some in minibatch(texts, _DOCS):
            blanks = [_blanks_of(text, mask, self.name) for text in some]
            candidates = self._candidates([text if isinstance(text, Doc) else text.doc for text in some], blanks, n)
            for text, of_text in zip(some, blanks):
                found = [next(candidates) for _ in of_text.all]
                filled.append(found if isinstance(text, Doc) else found[of_text.chosen])
        return filled

    def _mask_piece(self) -> MaskPiece:
        """RAISES (ValueError): There is no language model, or its encoder has no weights to compute with."""
        shim = self.shared.shim
        checkpoint = shim.loaded.checkpoint
        if self._filling.module is None:
            raise ValueError(Errors.B448.format(name=self.name))
        if not checkpoint.has_weights:
            raise ValueError(Errors.B471.format(name=self.name))
        number = checkpoint.vocabulary(shim.settings.name).mask
        tokenizer = checkpoint.tokenizer
        return mask_piece_of(tokenizer.backend_tokenizer, str(tokenizer.mask_token), number)

    def _candidates(self, docs: Sequence[Doc], blanks: Sequence["_Blanks"], n: int) -> Iterator[list[Candidate]]:
        """Of each blank, Doc by Doc."""
        settle(self.shared, docs)
        shim, mask = self.shared.shim, self._mask_piece()
        blanked = with_masks(
            docs,
            [of_doc.all for of_doc in blanks],
            shim.loaded.tokenize,
            mask=mask,
            pieces_from=shim.settings.pieces_from,
        )
        encoded, _ = forward_batches(self.model, plan_docs(shim, blanked.docs, blanked.pieces), False)
        vectors = torch.cat(list(vectors_at(blanked.places, encoded)))
        spans = (_span_of(doc, blank) for doc, of_doc in zip(docs, blanks) for blank in of_doc.all)
        tokenizer = shim.loaded.checkpoint.tokenizer
        for rows in vectors.split(_ROWS):
            probabilities = self._probabilities(rows)[:, : len(tokenizer)]  # some vocabularies are filled up
            for best in zip(*(found.tolist() for found in probabilities.topk(n))):
                span = next(spans)
                yield [
                    Candidate(_text_of(tokenizer.decode([number]), piece), probability, piece, span)
                    for probability, number, piece in zip(*best, tokenizer.convert_ids_to_tokens(best[1]))
                ]

    @torch.no_grad()
    def _probabilities(self, vectors: Tensor) -> Tensor:
        """Of all pieces of the vocabulary: (n, n_vocabulary)."""
        module = self._filling.module_on(vectors.device)
        weight = embedding_of(self.shared.shim).weight
        logits: Tensor = module(padded_rows(vectors.float()), weight, is_train=False)[: len(vectors)]
        return logits.float().softmax(1)

    # Files

    def load_language_model(self) -> None:
        """Take the head of the checkpoint that the encoder's settings name, if there is to be one.

        RAISES (ValueError): The checkpoint has none.
        """
        if not self.language_model:
            return
        shim = self.shared.shim
        settings, is_untrained = shim.settings, shim.loaded.checkpoint.is_untrained
        found = None if is_untrained else load_language_model(settings.name, settings.revision)
        if found is None:
            raise ValueError(Errors.B470.format(name=self.name, checkpoint=settings.name))
        self._filling.module = LanguageModelModule(found)

    def write_language_model(self, folder: Path) -> None:
        """Write it into the component's folder; nothing if there is none."""
        module = self._filling.module
        if isinstance(module, LanguageModelModule):
            (folder / LANGUAGE_MODEL_FOLDER).mkdir()
            module.write(folder / LANGUAGE_MODEL_FOLDER)

    def read_language_model(self, files: SavedFiles) -> HeadModule | None:
        """What `write_language_model` wrote, for `use_language_model`; None if there is to be none.

        RAISES (ValueError): The files are missing or damaged.
        """
        if not self.language_model:
            return None
        if not files.has(f"{LANGUAGE_MODEL_FOLDER}/{WEIGHTS_FILE}"):
            raise ValueError(Errors.B472.format(name=self.name, path=files.where))
        return read_module(files.within(LANGUAGE_MODEL_FOLDER), LanguageModelHead())

    def use_language_model(self, module: HeadModule | None) -> None:
        self._filling.module = module


class _Blanks(NamedTuple):
    """Of one text: all blanks of its Doc, and which one the token or span gives way to."""

    all: list[Blank]
    chosen: int


def _blanks_of(text: object, mask: MaskPiece, name: str) -> _Blanks:
    """RAISES (ValueError): There is none, or this is no text. name (str): Of the component."""
    if isinstance(text, Doc):
        written = blanks_in(text, mask.text)
        if not written:
            raise ValueError(Errors.B449.format(name=name, mask=mask.text, text=text.text[:50]))
        return _Blanks(written, 0)
    if isinstance(text, Token):
        text = text.doc[text.i : text.i + 1]
    if not isinstance(text, Span) or not len(text):
        found = "an empty Span" if isinstance(text, Span) else type(text).__name__
        raise ValueError(Errors.B447.format(name=name, found=found))
    start, end = text.start_char, text.end_char
    written = blanks_in(text.doc, mask.text)
    touched = [blank for blank in written if blank.start < end and start < blank.end]
    if touched:  # a tokenizer may have cut the mask piece into tokens
        start, end = min(start, touched[0].start), max(end, touched[-1].end)
    others = [blank for blank in written if blank not in touched]
    blanks = sorted([*others, Blank(start, end)])
    return _Blanks(blanks, blanks.index(Blank(start, end)))


def _span_of(doc: Doc, blank: Blank) -> Span:
    span = doc.char_span(*blank, alignment_mode="expand")
    return doc[:] if span is None else span


def _text_of(read: str, piece: str) -> str:
    """read (str): What the tokenizer reads the piece as."""
    return read.strip() or piece
