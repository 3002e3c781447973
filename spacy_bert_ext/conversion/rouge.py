"""ROUGE-1 and ROUGE-2 (Lin 2004), and the sentences of a text that tell most of an abstract.

For ASCII texts they are those of the library rouge-score without stemmer. That library sees nothing of other letters;
here words of other alphabets count, too, and each Chinese or Japanese character is a word.
"""

import re
from collections import Counter
from collections.abc import Sequence

_CHARACTERS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_CHARACTERS}]|[^\W_{_CHARACTERS}]+")


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def rouge_f(words: Sequence[str], reference: Sequence[str], n: int) -> float:
    """F of the n-grams that both have, from 0 to 1; each counts as often as both have it.

    n (int): Words in an n-gram.
    """
    found, wanted = _ngrams(words, n), _ngrams(reference, n)
    n_equal = (found & wanted).total()
    return 2 * n_equal / (found.total() + wanted.total()) if n_equal else 0.0


def greedy_summary(sentences: Sequence[Sequence[str]], abstract: Sequence[str]) -> list[int]:
    """Numbers of the sentences that tell most of an abstract, in their order.

    The sentence that raises the sum of ROUGE-1 and ROUGE-2 most is added, until none does (Nallapati et al. 2017).

    sentences: Words of each.
    """
    chosen: list[int] = []
    best = 0.0
    while True:
        scores = {
            i: _score([word for j in sorted([*chosen, i]) for word in sentences[j]], abstract)
            for i, words in enumerate(sentences)
            if words and i not in chosen
        }
        i = max(scores, key=scores.__getitem__, default=-1)
        if i < 0 or scores[i] <= best:
            return sorted(chosen)
        chosen.append(i)
        best = scores[i]


def _score(words: Sequence[str], abstract: Sequence[str]) -> float:
    return rouge_f(words, abstract, 1) + rouge_f(words, abstract, 2)


def _ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))
