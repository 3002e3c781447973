"""transformers alone, with which vectors are compared."""

import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedModel

from spacy_bert_ext.encoder.output import EncodedDocs
from spacy_bert_ext.pieces.byte_level import add_prefix_space
from tests.tiny import TEXT

SENTENCES = TEXT.strip().splitlines()


class Peer:
    """transformers alone."""

    def __init__(self, folder: str) -> None:
        self.model: PreTrainedModel = AutoModel.from_pretrained(folder).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        if self.model.config.model_type in ("roberta", "modernbert"):
            self.tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
            add_prefix_space(self.tokenizer.backend_tokenizer)  # which transformers 5 ignores for modernbert

    def pieces(self, doc: Doc) -> list[int]:
        words = [token.text for token in doc]
        options = {"is_split_into_words": True, "add_special_tokens": False, "split_special_tokens": True}
        return self.tokenizer(words, **options).input_ids if words else []

    @torch.no_grad()
    def hidden(self, pieces: list[int]) -> Tensor:
        """Hidden states of one window, special pieces included: (n_pieces + 2, width)."""
        ids = [self.tokenizer.cls_token_id, *pieces, self.tokenizer.sep_token_id]
        return self.model(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).last_hidden_state[0]


def check(encoded: EncodedDocs, peer: Peer, docs: list[Doc]) -> None:
    """Of Docs that fit into one window each."""
    expected = [peer.hidden(peer.pieces(doc)) for doc in docs]
    assert encoded.piece_vectors.dtype == encoded.window_vectors.dtype == torch.float32
    torch.testing.assert_close(encoded.piece_vectors, torch.cat([h[1:-1] for h in expected]), atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.window_vectors, torch.stack([h[0] for h in expected]), atol=1e-5, rtol=0)


def one_piece_words(peer: Peer, n_words: int) -> list[str]:
    vocab = Vocab()
    words = [word for word in dict.fromkeys(TEXT.split()) if len(peer.pieces(Doc(vocab, words=[word]))) == 1]
    assert len(words) > 20
    return [words[i * i % len(words)] for i in range(n_words)]
