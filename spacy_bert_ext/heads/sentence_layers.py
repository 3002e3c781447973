"""Transformer layers over the sentences of a text.

Liu and Lapata (2019), "Text Summarization with Pretrained Encoders". Vectors are normalized before each part of a
layer, not after it, which needs no warm-up of its own: Xiong et al. (2020), "On Layer Normalization in the Transformer
Architecture".
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..kernels.dropout import dropout

SLOWEST = 10_000.0  # of the waves of positions: Vaswani et al. (2017), "Attention Is All You Need"


class SentenceLayer(nn.Module):
    """Attention between all sentences of one text, and two linear layers.

    Attention is computed by blocks: its memory grows with the number of sentences, its time with the square of it.

    dropout (float): In [0, 1), on what both parts add, in training.
    """

    def __init__(self, width: int, *, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.dropout = n_heads, dropout
        self.attention_norm, self.hidden_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention_in, self.attention_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.hidden_in, self.hidden_out = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Of the sentences of one text: (n_sentences, width)."""
        n_sentences, width = vectors.shape
        parts = self.attention_in(self.attention_norm(vectors)).view(n_sentences, 3, self.n_heads, -1)
        query, key, value = parts.permute(1, 2, 0, 3)[:, None].unbind(0)
        attended = functional.scaled_dot_product_attention(query, key, value)
        attended = attended[0].transpose(0, 1).reshape(n_sentences, width)
        vectors = vectors + dropout(self.attention_out(attended), self.dropout, training=is_train)
        hidden = functional.gelu(self.hidden_in(self.hidden_norm(vectors)))
        found: Tensor = vectors + dropout(self.hidden_out(hidden), self.dropout, training=is_train)
        return found


def waves(n_places: int, width: int, like: Tensor) -> Tensor:
    """Vectors of the places 0, 1, ...: sines in the first half, cosines in the second: (n_places, width).

    width (int): Even.
    """
    steps = torch.arange(width // 2, device=like.device, dtype=torch.float32)
    angles = torch.arange(n_places, device=like.device)[:, None] * torch.exp(-math.log(SLOWEST) * 2 * steps / width)
    return torch.cat([angles.sin(), angles.cos()], dim=1)
