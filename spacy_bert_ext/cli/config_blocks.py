"""The text of generated configs, block by block; those of the components stand in `defaults/`."""

HEADER = """
# Config for spacy-bert-ext, task: {task}. Written by `python -m spacy bert init-config`.

[paths]
# Training and development data in spaCy's binary format; `python -m spacy convert` writes it.
train = null
dev = null
# Checkpoint in Hugging Face format: a folder, or a name on the hub.
encoder = {encoder}

[system]
# spaCy's own switch; the encoder chooses its device by `device` below, whatever stands here.
gpu_allocator = null
seed = 0

[nlp]
lang = "{lang}"
pipeline = {pipeline}
# Docs that are annotated together in prediction.
batch_size = 1000
disabled = []
before_creation = null
after_creation = null
after_pipeline_creation = null

# The language's own.
[nlp.tokenizer]
{tokenizer}
[nlp.vectors]
@vectors = "spacy.Vectors.v1"

[components]
"""

TRAINING = """
[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${{paths.train}}
gold_preproc = false
# 0: no Doc is too long, and no limit to their number.
max_length = 0
limit = 0
augmenter = null

[corpora.dev]
@readers = "spacy.Corpus.v1"
path = ${{paths.dev}}
gold_preproc = false
max_length = 0
limit = 0
augmenter = null

[training]
train_corpus = "corpora.train"
dev_corpus = "corpora.dev"
seed = ${{system.seed}}
gpu_allocator = ${{system.gpu_allocator}}
# Training stops after max_steps, or when `patience` steps brought no better score. An epoch has about as many steps as
# `python -m spacy bert doctor` says; 3 to 5 epochs are usual. The schedule below counts on max_steps.
max_steps = 1000
max_epochs = 0
patience = 0
eval_frequency = 100
accumulate_gradient = 1
# Not used by the components of this package: their heads have their own `dropout`, the encoder its checkpoint's.
dropout = 0.1
frozen_components = []
annotating_components = []
before_update = null

# The saved config names no folder of this machine.
[training.before_to_disk]
@callbacks = "spacy-bert-ext.portable_config.v1"

[training.batcher]
@batchers = "spacy-bert-ext.batch_by_pieces.v1"
# A batch of training: so many padded pieces, and so many Docs, at most.
max_batch_pieces = 1024
max_batch_docs = 64
# Docs that are sorted by length together; more of them waste less padding.
buffer_docs = 2048
# The same as in the encoder's block: spaCy does not let [training] refer to [components].
window_pieces = 256
context_pieces = 0
name = ${{paths.encoder}}
revision = null

[training.optimizer]
@optimizers = "spacy-bert-ext.AdamW.v1"
# 2e-4 suits encoders of up to 512 dimensions, 5e-5 those of BERT-base's 768, 2e-5 wider ones.
encoder_learn_rate = {encoder_rate}
head_learn_rate = 0.001
# Rate of each layer of the encoder, as a part of the one above; 0.65 to 0.95 spares what the lower ones know.
layer_decay = 1.0
# Not applied to biases and normalization weights.
weight_decay = 0.01
beta1 = 0.9
beta2 = 0.999
eps = 1e-8
# Longest gradient, over the encoder and its heads together.
grad_clip = 1.0

# Both rates rise over the first steps and then sink.
[training.optimizer.schedule]
@schedules = "spacy-bert-ext.warmup.v1"
# How they sink: "linear", "cosine", or "constant": not at all.
shape = "linear"
# Steps in which they rise, or a share of all steps.
warmup = 0.1
total_steps = ${{training.max_steps}}
# Factor of both rates at the end.
lowest = 0.0

# Losses, scores, learning rates, words per second and share of padding at each evaluation.
[training.logger]
@loggers = "spacy-bert-ext.Log.v1"
# Steps up to the next evaluation ("eval") or up to max_steps ("train"); null shows no bar.
progress_bar = "eval"
console_output = true
# File for one JSON object per evaluation.
output_file = null

[pretraining]

[initialize]
vectors = null
init_tok2vec = null
vocab_data = null
lookups = null
before_init = null
after_init = null

[initialize.tokenizer]
{initialize_tokenizer}
# Labels are read from the training data. To set them instead, write them with `python -m spacy init labels` and add
# [initialize.components.<name>.labels] with @readers = "spacy.read_labels.v1" and path = "labels/<name>.json".
[initialize.components]
"""
