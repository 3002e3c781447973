from torch import nn

from spacy_bert_ext.kernels.replacing import places_of_layers


def test_every_layer_has_its_place() -> None:
    inner = nn.Sequential(nn.Linear(1, 1))
    module = nn.ModuleDict({"inner": inner, "last": nn.ReLU()})
    found = {(id(parent), name): child for parent, name, child in places_of_layers(module)}
    assert found == {(id(module), "inner"): inner, (id(module), "last"): module["last"], (id(inner), "0"): inner[0]}


def test_layers_may_be_exchanged_meanwhile() -> None:
    module = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1), nn.ReLU()))
    for parent, name, child in places_of_layers(module):
        if isinstance(child, nn.Linear):
            setattr(parent, name, nn.Sequential(nn.Linear(2, 2)))
    assert [type(part).__name__ for part in module.modules()].count("Linear") == 2
    assert module[0][0].in_features == module[1][0][0].in_features == 2
