import spacy

from spacy_bert_ext.training.callbacks import create_portable_config_v1


def test_absolute_paths_keep_their_last_part(nlp, bert_folder):
    nlp.add_pipe("bert_encoder", config={"model": {"name": bert_folder}})
    nlp.config["paths"] = {"train": "/home/someone/corpus/train.spacy", "dev": "corpus/dev.spacy", "vectors": None}
    nlp.config["initialize"]["vocab_data"] = "/home/someone/vocab"
    nlp.config["training"]["seed"] = 5
    changed = create_portable_config_v1()(nlp)
    assert changed is nlp
    assert nlp.config["components"]["bert_encoder"]["model"]["name"] == bert_folder.split("/")[-1]
    assert nlp.config["paths"] == {"train": "train.spacy", "dev": "corpus/dev.spacy", "vectors": None}
    assert nlp.config["initialize"]["vocab_data"] == "vocab"
    assert nlp.config["training"]["seed"] == 5


def test_paths_of_disabled_components_are_shortened_too(nlp, bert_folder):
    nlp.add_pipe("bert_encoder", config={"model": {"name": bert_folder}})
    nlp.disable_pipe("bert_encoder")
    create_portable_config_v1()(nlp)
    assert nlp.config["components"]["bert_encoder"]["model"]["name"] == bert_folder.split("/")[-1]


def test_hub_names_and_relative_folders_stay(nlp):
    nlp.add_pipe("bert_encoder", name="from_hub", config={"model": {"name": "owner/bert-base-cased"}})
    nlp.add_pipe("bert_encoder", name="from_folder", config={"model": {"name": "./checkpoints/bert"}})
    before = nlp.config.to_str()
    assert create_portable_config_v1()(nlp).config.to_str() == before


def test_a_saved_pipeline_names_no_folder_and_loads(nlp, bert_folder, tmp_path):
    nlp.add_pipe(
        "bert_encoder",
        config={"model": {"name": bert_folder, "window_pieces": 64, "overlap_pieces": 16, "device": "cpu"}},
    )
    nlp.initialize()
    create_portable_config_v1()(nlp).to_disk(tmp_path / "saved")
    files = [path for path in (tmp_path / "saved").rglob("*") if path.is_file()]
    assert {"config.cfg", "meta.json", "model.safetensors"} <= {path.name for path in files}
    assert not [path for path in files if bert_folder.encode() in path.read_bytes()]
    loaded = spacy.load(tmp_path / "saved")
    assert loaded.get_pipe("bert_encoder").model.get_dim("nO") == 32
