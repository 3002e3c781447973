from spacy_bert_ext.evaluation.confusion import confusion


def test_pairs_are_counted_and_none_is_the_last():
    pairs = [("A", "A"), ("A", "B"), ("A", "B"), (None, "A"), ("B", None)]
    assert confusion(pairs, ["A", "B"]) == {"labels": ["A", "B", None], "counts": [[1, 2, 0], [0, 0, 1], [1, 0, 0]]}
    assert confusion([], []) == {"labels": [None], "counts": [[0]]}
