"""Every error and warning text, one code each: what was found, what is allowed, which setting to change."""

from .messages.coded import CodedMessages


class Errors(metaclass=CodedMessages):
    # Checkpoints
    B001 = (
        "Can't load the checkpoint '{name}': {reason}. Give a folder in Hugging Face format (config.json, "
        "model.safetensors, tokenizer.json) or a name on the Hugging Face hub; in a config as `name` in the "
        "[components.<encoder>.model] block, and in [training.batcher]."
    )
    B002 = (
        "The checkpoint '{name}' has no safetensors weights. Weights are read from `model.safetensors` only, since "
        'pickled weights can run code. Convert it once on a machine where you trust it: `python -c "from '
        "transformers import AutoModel; AutoModel.from_pretrained('{name}').save_pretrained('converted')\"`, copy the "
        "tokenizer files beside it, and set `name` to the new folder."
    )
    B003 = (
        "A window of {found} pieces is longer than the checkpoint '{name}' accepts ({limit} pieces, special pieces "
        "included). Lower `window_pieces` in the encoder's config."
    )
    B004 = (
        "The checkpoint '{name}' has no fast tokenizer ({reason}). It needs a `tokenizer.json`, or vocabulary files "
        "from which transformers can build a fast tokenizer. Save one with `AutoTokenizer.from_pretrained(..., "
        "use_fast=True).save_pretrained(folder)`."
    )
    B005 = (
        "The weights of the checkpoint '{name}' don't fit its architecture {architecture}: {reason}. The file may be "
        "truncated or belong to another model: fetch or save the checkpoint again."
    )
    B006 = (
        "`overlap_pieces = {overlap}` is not allowed with `window_pieces = {window}`: a window holds {capacity} pieces "
        "besides its special ones, and the overlap may be at most half of it, from 0 to {limit}. Change "
        "`overlap_pieces` or `window_pieces` in the encoder's config."
    )
    B007 = (
        "The checkpoint '{name}' wants to run its own Python code (`auto_map` in config.json). Code from a checkpoint "
        "is never run. Use an architecture that transformers ships."
    )
    B008 = (
        "The tokenizer of the checkpoint '{name}' knows {vocabulary} pieces, but the encoder has vectors for only "
        "{embeddings}. Tokenizer and weights don't belong together: save both anew from where they came from."
    )
    B009 = (
        "The checkpoint '{name}' is of type '{model_type}', which is no encoder of text that reads `input_ids` and "
        "`attention_mask` ({reason}). Use one such as BERT, RoBERTa, DistilBERT or ModernBERT."
    )
    B072 = (
        "The vectors of the checkpoint '{name}' change with the padding behind a window ({architecture}): predictions "
        "for a text would change with the texts beside it. Use a checkpoint of another architecture, such as BERT, "
        "RoBERTa, DistilBERT or ModernBERT."
    )
    B230 = (
        "Initialization begins anew with the checkpoint '{name}' that the encoder was made of, which can't be loaded: "
        "{reason} The weights stay as they are. To go on training with them, call `nlp.resume_training()` instead of "
        "`nlp.initialize()`."
    )
    # Settings
    B010 = "Unknown value {found!r} for `{setting}`. Allowed: {allowed}."
    B011 = (
        "The device '{device}' is not available here: {reason}. Set `device` in the [components.<encoder>.model] "
        'block to "auto" or to one of: {available}.'
    )
    B012 = "`{setting} = {found}` is out of range. Allowed: {allowed}."
    B013 = (
        "The architecture {architecture} does not support gradient checkpointing. Set `gradient_checkpointing = "
        "false` in the encoder's config."
    )
    # Encoder and heads
    B020 = (
        "The component '{name}' listens to the encoder '{upstream}', but no such encoder comes before it in the "
        'pipeline. Put a `bert_encoder` before it (`nlp.add_pipe("bert_encoder", before="{name}")`), load the '
        "pipeline without excluding it, or set `upstream` in [components.{name}.model.encoder] to the encoder's name "
        '(or "*"). A head has an encoder of its own if `@architectures` in that block is '
        "`spacy-bert-ext.BertEncoder.v1`."
    )
    B021 = (
        "The encoder '{name}' has no weights yet. Call `nlp.initialize()`, train with `spacy train`, or load a saved "
        "pipeline with `spacy.load`. Components that `nlp.select_pipes` disables, or that [training] lists as "
        "`frozen_components`, are not initialized."
    )
    B022 = (
        "The component '{name}' has no weights yet. Call `nlp.initialize(get_examples)`, train with `spacy train`, or "
        "load a saved pipeline with `spacy.load`. Components that `nlp.select_pipes` disables, or that [training] "
        "lists as `frozen_components`, are not initialized: a new head can't be frozen."
    )
    B023 = (
        "Can't add labels to a head of type {architecture}: its last linear layer does not give the labels' scores. "
        "Initialize the component again with all labels, or train a `spacy-bert-ext.TokenClassifier.v1` or "
        "`spacy-bert-ext.TextClassifier.v1` on the encoder."
    )
    B024 = (
        "The component '{name}' found no labels: none in the {n_examples} examples, none given. Annotate the training "
        "data ({annotation}), add labels with `add_label`, or set [initialize.components.{name}.labels]."
    )
    B025 = (
        "`rehearse` is not implemented for '{name}'. Against forgetting, mix older examples into the training data or "
        "lower the learning rates."
    )
    B026 = "Labels of '{name}' must be a list of strings that are not empty, found {label!r}."
    B027 = (
        "Gold categories of '{name}' must lie between 0 and 1, found {value!r} for '{label}' in: {text!r}. Change "
        "`cats` in the training data."
    )
    B028 = (
        "The training step ran out of memory on {device} with {pieces} padded pieces. Lower `max_batch_pieces` in "
        "[training.batcher], raise `training.accumulate_gradient`, or set `gradient_checkpointing = true` in the "
        "encoder's config."
    )
    B260 = (
        "The component '{name}' ran out of memory with {n_docs} Docs of {n_tokens} tokens. Take fewer at once: lower "
        "`nlp.batch_size`, or in training `max_batch_docs` in [training.batcher], and cut long texts into several Docs."
    )
    B029 = (
        "The gold annotation has the label '{label}', which '{name}' does not know. It has: {labels}. Take it out of "
        'the data, or add it: in Python with `nlp.get_pipe("{name}").add_label`; in a config to '
        "[initialize.components.{name}.labels] or, if the component has a `source` and so is not initialized, with "
        "`spacy-bert-ext.add_labels.v1` in [initialize.before_init]."
    )
    B043 = (
        "The component '{name}' can't have `decoder = \"crf\"` with a head as transformers builds it, which has no "
        'scores of tag pairs. Set `decoder` to "constrained" or "greedy", or the architecture to '
        "`spacy-bert-ext.TokenClassifier.v1`."
    )
    B079 = (
        '`pooling = "pooler"` needs the pooler that BERT\'s checkpoints have, a dense layer and tanh: {reason}. Set '
        '`pooling` in the head\'s [...model] block to "cls", "mean", "max" or "attention", or take such a checkpoint.'
    )
    B150 = (
        "The loss of '{name}' is {loss} in step {step}, in a batch of {n_docs} Docs that begins with: {text!r}. "
        "Training stops. Pipelines that were saved before stay. Lower the learning rates (5e-5 for encoders, 1e-3 for "
        "heads are usual) or `class_weights`, or raise `warmup`, and begin anew from the last saved pipeline."
    )
    B152 = (
        "The weights of '{name}' hold nan or infinite numbers and are not saved: {weights} ({n} in all). A pipeline "
        "that was saved before stays. Lower the learning rates, and begin anew from the last saved pipeline."
    )
    B153 = (
        "The gradient of step {step} holds nan or infinite numbers, and is not applied: {weights} ({n} in all). "
        "Training stops. Pipelines that were saved before stay. Lower the learning rates, and begin anew from the last "
        "saved pipeline."
    )
    B154 = (
        "Scores of '{name}' are nan or infinite. The weights of the component or of its encoder are damaged, or too "
        'large for the precision: set `precision = "fp32"` in the encoder\'s [...model] block, or load a pipeline that '
        "was saved before training went wrong."
    )
    B151 = (
        "`positive_label = {label!r}` is a setting of two categories that exclude each other, and those of '{name}' "
        "don't. Take it out of [initialize.components.{name}]; scores of each label stand in `cats_f_per_type`."
    )
    # Losses
    B075 = (
        '`class_weights = {found!r}` is not allowed. Allowed: null, "balanced", or a table with a number above 0 for '
        'each class, such as {{"PERSON": 2.0}}.'
    )
    B076 = (
        "`class_weights` has a weight for '{label}', which '{name}' does not know. Its classes are: {classes}. Correct "
        "the table, or add the label."
    )
    B077 = "`{setting} = {found!r}` is no number. Allowed: {allowed}."
    B156 = (
        "`class_weights` can't tell two classes of '{name}' apart, which both have the name '{label}': tokens outside "
        "of entities are the class O. Give the label another name, or set `class_weights = null`."
    )
    B078 = (
        "The component '{name}' has `class_weights = \"balanced\"`, but was initialized without: its training data has "
        'not been counted. Initialize it (`nlp.initialize`), or give the weights in a table, such as {{"PERSON": 2.0}}.'
    )
    B320 = "The block `loss` has no setting `{found}`. Its settings are: {allowed}."
    # Configs
    B321 = (
        "There is no factory '{found}'. Install the package that registers it, or give its file with --code. Factories "
        "are: {allowed}."
    )
    B322 = "A config to complete needs `{key}` in [{section}]."
    B323 = "The line `{line}` is neither a [section] nor a `setting = value` below one nor a # comment."
    B324 = '`pipeline = {found}` in [nlp] is no list of components, such as ["bert_encoder", "bert_ner"].'
    # Training
    B080 = (
        '`shape = "{shape}"` and `warmup = {warmup}` need to know how many steps there are, but `total_steps` is '
        "{found}. Set it to `${{training.max_steps}}`, and `training.max_steps` to about the steps of all epochs "
        "(`python -m spacy bert doctor CONFIG --training.max_steps 10000` tells those of one), or `shape = "
        '"constant"` and `warmup` to a whole number of steps.'
    )
    B081 = (
        "`lora_rank` needs the package peft, which can't be imported: {reason}. Install it (`pip install "
        "'spacy-bert-ext[lora]'`), or set `lora_rank = 0` in the encoder's config to train the weights themselves."
    )
    B082 = (
        "With `lora_rank = {rank}` and `freeze = {freeze!r}` nothing in the encoder would learn: no linear layer is "
        "left for LoRA. Lower `freeze`, set `unfreeze_step`, or set `lora_rank = 0`."
    )
    # Vectors and devices
    B060 = (
        "There is no layer {found}: the checkpoint has the layers 0 (its embeddings) to {n_layers} (the last), or "
        "{lowest} to -1 from the end. Change `layers` in the [components.<encoder>] block."
    )
    B061 = (
        "The component '{name}' has no encoder of its own: it computes where the encoder that it listens to does. Move "
        'that: `nlp.get_pipe("bert_encoder").to(device)`.'
    )
    B063 = (
        "{path} has a Doc without a document: {text!r}. `spacy-bert-ext.ContextCorpus.v1` needs to know which Docs are "
        'parts of one document: set `doc.user_data["document_id"]` and save with `DocBin(store_user_data=True)`; or '
        "read the corpus with `spacy.Corpus.v1`, and set `context_pieces = 0` in the encoder's block."
    )
    B064 = (
        "`with_context` takes documents, each a list of the Docs that are its parts, and was given a {found} out of "
        "place: {text!r}. Make Docs of texts (`nlp.make_doc(text)`), and a list of the Docs of one document: "
        "`with_context([docs])`."
    )
    B071 = (
        "The component '{name}' listens to the `transformer` of spacy-transformers, and computes where that does: on "
        "the device that spaCy was told before the pipeline was loaded. Call `spacy.require_gpu(number)` or "
        "`spacy.require_cpu()`, and load it again."
    )
    # Neighbours
    B050 = (
        "A component of spaCy's listens to the encoder '{upstream}' (`spacy-bert-ext.Tok2VecListener.v1`), but no such "
        "encoder comes before it in the pipeline. Add a `bert_encoder` before it, or set `upstream` in its "
        '[...model.tok2vec] block to the encoder\'s name (or "*").'
    )
    B051 = (
        "`spacy-bert-ext.SpacyTransformersListener.v1` needs the package spacy-transformers, which can't be imported: "
        "{reason}. Install one that fits the installed transformers (`pip install spacy-transformers`), or put a "
        "`bert_encoder` instead of `transformer`."
    )
    B052 = (
        "A head listens to the component '{upstream}' of spacy-transformers, but no such component that has weights "
        "comes before it. Add a `transformer` before it, or set `upstream` in its [...model.encoder] block to the "
        'component\'s name (or "*"). A new one must not be among `frozen_components`, nor disabled: it would have no '
        "weights."
    )
    B053 = (
        "A head that listens to '{upstream}' was given a Doc without `doc._.trf_data`. Have spacy-transformers' "
        "`transformer` come before it and process the Doc: don't disable it, and list it under "
        "`annotating_components` if it is frozen in training."
    )
    B113 = (
        "`get_loss` of '{name}' needs the scores that its `predict` or its model gives for the Docs of these examples: "
        "{allowed}. Found: {found}."
    )
    B111 = (
        "Out of memory on {device}, even for one window of {pieces} pieces at a time. Free memory there, lower "
        '`window_pieces` in the encoder\'s config, or move the pipeline: `nlp.get_pipe("bert_encoder").to(device)`.'
    )
    B112 = (
        "This process was forked from one that has the pipeline on {device}, and can't use that device. Use one "
        'process (`n_process=1`), start others by `multiprocessing.set_start_method("spawn")`, or move the pipeline '
        'before: `nlp.get_pipe("bert_encoder").to("cpu")`.'
    )
    B110 = (
        "A head that listens to '{upstream}' learns from other Docs than those that '{upstream}' was just updated "
        "with, or tokens were merged or split in between. Update both with the same Examples, and put a component that "
        "changes tokens before '{upstream}'."
    )
    B054 = (
        "A component that listens by `spacy-transformers.TransformerListener.v1` can't be given a `bert_encoder` of "
        "its own. Set its [...model.tok2vec] block to `spacy-bert-ext.Tok2VecListener.v1`, and train it again."
    )
    B288 = (
        "The component '{name}' listens to '{encoder}' by `spacy.Tok2VecListener.v1`, which gets vectors of spaCy's "
        "`tok2vec` only. Set its [components.{name}.model.tok2vec] block to `spacy-bert-ext.Tok2VecListener.v1`."
    )
    B055 = (
        "transformers' own heads need a `bert_encoder`, whose checkpoint sets their form. On a "
        "`transformer` of spacy-transformers use `spacy-bert-ext.TokenClassifier.v1` or "
        "`spacy-bert-ext.TextClassifier.v1`."
    )
    # Files
    B030 = "Can't load '{name}' from {path}: {reason}. Save the pipeline again, or fetch it anew."
    B031 = (
        "The weights in {path} give {found_outputs} scores from vectors of width {found_width}, but '{name}' with its "
        "{labels} labels needs {outputs} scores, and its encoder gives width {width}. Labels, weights, encoder and the "
        "`scheme` of tags must come from one saved pipeline."
    )
    B032 = "{path} is not empty and holds no {what}: it is not replaced. Choose another path, or an empty folder."
    B550 = "{path} already holds a {what}. `--force` (in Python `force=True`) replaces it; or choose another path."
    B551 = "{path} holds a {what}, and {other}, which would be lost. Move that away, or choose another path."
    B555 = (
        "{path} {fault}. `python -m spacy bert convert` makes .spacy files of tables, CoNLL files and those of "
        "annotation tools."
    )
    B556 = "{path} is no config: it is no text in UTF-8. `python -m spacy bert init-config` writes one."
    B553 = "No path is set for the corpora: {parts}. Name their files on the command line, `{typed}`, or in the config."
    B033 = "The saved data names the file {file!r}, which lies outside of its own folder. It is refused."
    B200 = "Can't write to {path}: {reason}. The earlier content is unchanged. Choose another folder, or make room."
    B201 = (
        "{path} lies within the pipeline {pipeline}, and would be replaced, copied or packaged with it. Choose a path "
        "outside of it."
    )
    B202 = (
        "{path} has room for {free:.0f} MiB, but training needs {least:.0f} to {needed:.0f} MiB there (two pipelines "
        "and the training's state). Make room, or choose another `--output`."
    )
    B203 = (
        "The component '{name}' listens to the encoder '{encoder}', which is not in the pipeline any more: without it, "
        "the saved pipeline can't predict. Put it back before '{name}', remove '{name}', too, or call "
        '`nlp.replace_listeners("{encoder}", "{name}", ["{path}"])` before the encoder is removed.'
    )
    B204 = (
        "The component '{name}' names its encoder '{upstream}' (`upstream`), but that was renamed to '{encoder}': the "
        'saved pipeline would not find it. Rename it back. To have another name, train with `upstream = "*"`; or save, '
        "and then change the encoder's name in config.cfg (also in each `upstream`) and that of its folder."
    )
    B205 = (
        "Another process saved a pipeline to {path} while this one was being loaded, which would now be a mixture of "
        "both. Load it again."
    )
    B206 = (
        "{path} is being replaced by `nlp.to_disk` of another process, or was when that was killed: its files belong "
        "to two pipelines. If the process is still there, load again when it is done; else save the pipeline again, by "
        "`spacy_bert_ext.save_pipeline`, which leaves the old one whole. To load the folder as it is, delete {folder}."
    )
    B034 = (
        "The head has weights for vectors of width {found}, but its encoder gives width {width}. Use the head with the "
        "encoder it was trained with, or initialize it again."
    )
    B035 = (
        "A head that listens to '{upstream}' was given a Doc whose tokens were merged or split after '{upstream}' "
        "processed it, so that `doc._.trf_data` belongs to other tokens: {text!r}. Put the component that changes "
        "tokens before '{upstream}'."
    )
    B170 = (
        "Can't load '{name}' from {path}: the file {file} is not the one that was saved there: it is damaged, or was "
        "replaced. Save the pipeline again, or fetch it anew. To accept the file as it is, delete {checksums} from "
        "that folder, load the pipeline and save it."
    )
    B171 = (
        "Can't load '{name}' from {path}: it was not saved together with its encoder '{encoder}' ({encoder_path}), and "
        "a head is of use with its own encoder only. A save may have been interrupted, or a folder copied from another "
        "pipeline. Save the pipeline again, or fetch it anew. To accept the two as they are, delete {checksums} from "
        "both folders, load the pipeline and save it."
    )
    B270 = (
        "Can't load '{name}': it was not saved together with the encoder '{encoder}' that it listens to, and a head is "
        "of use with its own encoder only. A save may have been interrupted, or a folder copied from another pipeline. "
        "Save the pipeline again, or fetch it anew. To accept the two as they are, delete {checksums} from the "
        "encoder's folder, load the pipeline and save it."
    )
    B172 = (
        "Can't load '{name}': `{key} = {value}` in config.json {reason}. Config and weights don't belong together: "
        "save or fetch both again."
    )
    # Fine-tuned checkpoints
    B036 = (
        "The checkpoint '{name}' is a {architecture}, which classifies neither tokens nor texts, and answers no "
        "questions. Import one that ends in ForTokenClassification, ForSequenceClassification or ForQuestionAnswering; "
        "or use this as the `name` of a `bert_encoder`, and train heads on it."
    )
    B037 = (
        "transformers has no head for {task} on models of type '{model_type}'. Use `spacy-bert-ext.TokenClassifier.v1` "
        "or `spacy-bert-ext.TextClassifier.v1` as the head's architecture."
    )
    B038 = (
        "{architecture} can't be taken apart into an encoder and a head: run one after the other, on windows that are "
        "padded to like length, their output differs from that of the complete model. Use a checkpoint of another "
        "architecture."
    )
    B039 = (
        "The head of {architecture} reads the {needed!r} of a window, its encoder has `window_pooling = {found!r}`. "
        "Set `window_pooling = {needed!r}` in the encoder's block."
    )
    B040 = (
        "The checkpoint '{name}' gives a number, not a category (regression: {n_labels} labels, `problem_type` "
        "{problem_type!r}). If it was trained on pairs of texts, import it with `--pairs`. Set `problem_type` in its "
        'config.json if that is wrong: "single_label_classification" or "multi_label_classification".'
    )
    B041 = (
        'The labels of the checkpoint can\'t be read as tags of entities: {reason}. Found: {names}. Allowed: "O" and '
        'tags such as B-PER, I-PER or PER-B, PER-I (BIO, IOB1, BIOES, BMEWO, BILUO), or "O" and plain types. Give '
        "their names in the order of the outputs with `--tags`, or another `--scheme`; with IO all may be plain types."
    )
    B042 = (
        "The checkpoint '{name}' has {n_labels} outputs, but {found} names were given for them. Give one for each, in "
        "their order."
    )
    B044 = (
        "Labels can't be renamed as asked ({mapped}). The checkpoint has: {found}. Each may get one new name, which no "
        "other has."
    )
    B045 = "The pipeline has no head '{found}' of this package. It has: {heads}."
    B046 = (
        "transformers has no form for the head of '{name}' ({architecture}). These heads can be exported: imported "
        "ones, heads of type `spacy-bert-ext.HuggingFaceTokenClassifier.v1` or "
        "`spacy-bert-ext.HuggingFaceTextClassifier.v1`, and `spacy-bert-ext.TokenClassifier.v1` where transformers' "
        "own is one linear layer, too. `init-config --exportable` writes configs of such heads: train with one."
    )
    B049 = (
        "The head '{name}' was trained with `casing = true`, for which transformers has no form. To export it, train "
        "with `casing = false`; `init-config --exportable` writes such a config."
    )
    B065 = (
        "{path} holds no encoder (config.json, model.safetensors, tokenizer.json). Give the folder of a pipeline that "
        "has a `bert_encoder`."
    )
    B066 = "{path} is no pipeline: {reason}. Give {advice}."
    B067 = (
        "Can't push to '{repository}': {reason} Log in with `hf auth login` or set HF_TOKEN to a token that may write, "
        'and name the repository "user/name".'
    )
    B047 = (
        "The head '{name}' listens to a `transformer` of spacy-transformers, and can't be exported with its encoder. "
        "Train it on a `bert_encoder`."
    )
    B048 = (
        "The checkpoint '{name}' names no label for its output {number} (`id2label` in config.json). Give the names of "
        "all outputs, in their order, with `--tags`."
    )
    B070 = (
        "The checkpoint '{name}' has several outputs of the name {label!r} (`id2label` in config.json). Give a name of "
        "its own to each output, in their order, with `--tags`."
    )
    # Calibration
    B085 = (
        "Scores and outcomes must be arrays of one length with values from 0 to 1, and `n_bins` 1 or more: found the "
        "shapes {scores} and {correct}, or values out of range, and `n_bins = {n_bins}`."
    )
    B086 = (
        "There is nothing to calibrate '{name}' on: in the {n_docs} Docs it predicts nothing, or nothing that is "
        "annotated. Take other Docs, annotate them, or name the other heads with `--component`."
    )
    B087 = (
        "The Doc has no scores of '{name}' for: {label}. Have the component process it before asking for its "
        "categories: {text!r}"
    )
    B088 = (
        "`--thresholds` needs labels that hold independently, as those of `bert_textcat_multilabel` and "
        "`bert_spancat`. None of these heads has such labels: {heads}. Where categories exclude each other the best "
        "one counts; for entities there is `min_score`."
    )
    B400 = (
        "The thresholds of '{name}' can't be tuned: its setting `threshold` is {found}. Set it to a number from 0 to "
        "1, which holds for labels without a threshold of their own, or name other heads with `--component`."
    )
    B089 = (
        "The pipeline has no enabled head that can tell how sure it is: there is nothing to calibrate. It has: {pipes}."
    )
    # The command explain
    B397 = (
        "The pipeline has no component that can be explained{which}. It has: {pipes}. Give one with a trained head, "
        "such as `bert_ner` or `bert_textcat`."
    )
    B398 = (
        "Nothing to explain: {reason} (texts: {n_texts:,}). Give texts in which the pipeline finds something, or other "
        "components or spans with `--component` or `--spans-key`."
    )
    B399 = "{found} to explain. Give one text as the command's second argument, or `--file` with a text in each line."
    B420 = "{file} is not UTF-8: {reason} at byte {place:,}. Give UTF-8: `iconv -f latin1 -t utf-8` converts Latin-1."
    B421 = (
        "This head reads pairs of texts, and spacy-transformers' `transformer` encodes the Docs alone. Give it a "
        '`bert_encoder`: `@architectures = "spacy-bert-ext.EncoderListener.v1"` in its block `model.encoder`.'
    )

    B447 = (
        "'{name}' was given {found} to fill in. Give a Doc with the mask piece in its text (`nlp.make_doc(text)`), or "
        "a Token or a Span of a Doc that is to give way to a blank; `fill_many` takes several."
    )
    B448 = (
        "'{name}' has no language model, which fills in blanks. Set `language_model = true` in [components.{name}] "
        "before the pipeline is initialized or trained."
    )
    B449 = (
        "There is no blank to fill in the Doc {text!r}. Write {mask!r} where '{name}' is to find a word, or give it a "
        "token or a span of the Doc instead."
    )
    B470 = (
        "'{name}' is to have a language model (`language_model = true`), but its checkpoint '{checkpoint}' has none. "
        "Name a checkpoint that was pre-trained with one and still has it, such as `python -m spacy bert pretrain` "
        "writes, or set `language_model = false`."
    )
    B471 = (
        "'{name}' can't fill in blanks: its encoder is int8, and no longer has the piece vectors that candidates are "
        "compared with. Load the pipeline that it was made from."
    )
    B472 = (
        "'{name}' is to have a language model (`language_model = true`), but was saved without one in {path}. Set "
        "`language_model = false` in [components.{name}] of the pipeline's config.cfg, or train it again with `true`."
    )
    B474 = (
        "`spacy-bert-ext.PretrainMLM.v1` trains encoders of this package, but the layer '{found}' has none: it may "
        'listen to one. Set `component` in [pretraining] to the name of the encoder, such as "bert_encoder", and '
        '`layer` to "".'
    )

    # Language models
    B486 = "Masks were asked for before anything was planned: give the reading to a model first."
    B487 = (
        "The tokenizer of {name!r} has no mask piece: nothing can be masked. Take a checkpoint that was pre-trained "
        "with masks, or set `mask_token` in its tokenizer_config.json to a piece of its vocabulary."
    )
    B488 = (
        "A language-model head belongs to an encoder of this package: give it `spacy-bert-ext.EncoderListener.v1` or "
        "`spacy-bert-ext.BertEncoder.v1` as its `encoder`."
    )
    B489 = (
        "The model of '{name}' is no language model but {found}: its block needs `@architectures = "
        '"spacy-bert-ext.LanguageModel.v1"`.'
    )
    # Many texts
    B520 = (
        "There is no pipeline '{pipeline}': neither a folder nor an installed package. Correct the path or the name. "
        "On a cluster, give a folder that all machines see, or install the package on each."
    )
    B521 = "There is no column '{column}', but {found}. Set `{setting}` to one of these."
    B522 = (
        "The pipeline fails at each of the first {n_texts:,} texts: {reason}. Call `nlp(text)` with one of them: the "
        "traceback shows the place."
    )
    B523 = (
        "Annotate takes pandas' DataFrame, pyarrow's Table or RecordBatch, or a dict of arrays, not {found}. With Ray "
        "set `batch_format`; for Spark's `mapInPandas` give `annotate.each`."
    )
    B524 = (
        "Annotate takes the name of a folder or of a package, since each process loads the pipeline for itself; not an "
        "object of type {found}. Save it: `nlp.to_disk(folder)`."
    )
    B525 = (
        "Can't tell the kind of '{path}': {reason}. Allowed: {allowed}. Or name it with `--from` for the input, `--to` "
        "for the output."
    )
    B526 = "Can't read {place}: {reason}. Correct the path or the file, or name its kind with `--from`."
    B527 = "'{path}' is there already. Name another output, or replace it with `--force`."
    B528 = (
        "The job that was begun for '{output}' was another one. Changed since: {changed}. Change it back to go on, or "
        "begin anew with `--force`."
    )
    B529 = (
        "Rows {first:,} to {last:,} of '{path}' are not those that were annotated before. Give the same input to go "
        "on, or begin anew with `--force`."
    )
    B530 = (
        "One of {n_workers} processes that annotate has died; out of memory is the most likely reason. The same "
        "command goes on. Lower `--workers`, or `--batch-size` and begin anew with `--force`."
    )
    B531 = "'{path}' is a folder with other files than numbered .spacy files, and is not replaced. Name another output."
    B532 = "Another process is writing '{output}' at this moment. Wait for it, or name another output."
    B533 = "`{with_what}` does not go with {found}. Use {allowed}."
    B534 = "{what}: the library {library} is not installed. Install it with `pip install 'spacy-bert-ext[{extra}]'`."
    B535 = (
        "'{address}' is the address of a Ray client. Run the command on a machine of the cluster, with `--address "
        "auto`: the input is read there."
    )
    # Conversion
    B475 = (
        "Can't read {place}: {reason}. Correct the file, or name its format with `--format`. "
        "docs/guides/converting.md shows the formats."
    )
    B476 = "{place}: there is no {name!r}, only {found}. docs/guides/converting.md shows the form of each task."
    B477 = "{place}: found {found}, expected {allowed}. docs/guides/converting.md shows the form of each task."
    B478 = "Can't convert for the task {found!r}. `--task` is one of: {allowed}."
    B479 = (
        "Can't write {path}. OUTPUT must be a file that ends in .spacy, such as corpus/train.spacy; with `--split` a "
        "folder, with `--to` a file of that format."
    )
    B480 = (
        "`--columns {found}` must name three columns, separated by commas: first text, second text, and category or "
        "number."
    )
    B481 = (
        "{place}: there is no column {column!r}, only {found}. Name the three with `--columns`, or number them, "
        "such as `--columns 1,2,3`, if there is no header."
    )
    B482 = (
        "{place}: found {found} values, expected {expected}, as in the first line. A text that holds the separator "
        "must be quoted in CSV; in TSV it can't hold one."
    )
    B483 = "Nothing of {path} can be kept, and nothing was written: {reason}"
    B484 = (
        "The pipeline '{pipeline}' finds no sentences. Give one with a parser, `senter` or `sentencizer` to "
        "`--pipeline`, or leave it out: then the language's sentencizer is taken."
    )
    B500 = (
        "Can't tell the format of {path}: {reason}. Name it with `--format`: {allowed}. "
        "docs/guides/converting.md has an example of each."
    )
    B501 = "There is no format {found!r}. `--format` and `--to` are one of: {allowed}."
    B502 = "{path} is {kind}, and is not read. {advice}."
    B503 = (
        "{place}: {reason}. Text is taken for UTF-8, or UTF-16 with a byte order mark. Name another encoding, such as "
        "`--encoding {likely}`."
    )
    B504 = (
        "There is no encoding {found!r}. `--encoding` takes Python's names, such as utf-8, utf-16, latin-1 or cp1252."
    )
    B505 = (
        "{place}: {reason}. The columns are: {found}. Say which to take, such as `--columns text=NAME,label=NAME`; "
        "a table without a header numbers them: `--columns text=1,label=2`."
    )
    B506 = "`--columns {found}` can't be read: {reason}. Give ROLE=COLUMN, separated by commas. Roles: {allowed}."
    B507 = (
        "{place}: found {found}, expected {expected}. A row has a word and its columns, the last of them a tag, "
        "with a tab or blanks between; a blank line ends a sentence."
    )
    B508 = (
        "{place}: the tags are of no known scheme: {reason}. Schemes are IOB1, IOB2, BILUO, BIOES, BMES and IO. Name "
        "the scheme with `--scheme`, or the column of the tags with `--columns tag=3`."
    )
    B509 = (
        "{path} has no column {found!r}: it has {n_columns}, and they are numbered from 1 on, as in `--columns tag=3`."
    )
    B510 = "{place}: there are several groups of spans: {found}. Name the one to take with `--spans-key`."
    B511 = (
        "Can't read {path} as brat's files: a text (.txt) with its annotation (.ann) beside it is missing. Give the "
        "folder that holds both, each pair with the same name."
    )
    B512 = (
        "Reading the data set {path} needs the library datasets, which is not installed ({reason}). Install it: "
        "`pip install 'spacy-bert-ext[datasets]'`."
    )
    B513 = "Can't read the data set {path}: {reason}. INPUT is its name, or a folder that `save_to_disk` has written."
    B514 = (
        "There is no file or folder {path}. Give the path of one, or, with `--format datasets`, the name of a data set "
        "on the Hugging Face hub."
    )
    B485 = "`{option}` means nothing for the task {task!r}; it belongs to {allowed}. Leave it out."

    B490 = (
        "No text of {path} has a category. Besides the text, the first record has: {fields}. `--columns label=NAME` "
        "names the column of the categories; docs/guides/converting.md shows the categories of each format."
    )
    B583 = "The output {path} is the input itself, which would be lost. Choose another path."
    B582 = (
        "No text of {path} says which spans are in it, as `--task ner` and `--task spans` need. "
        "docs/guides/converting.md shows where each format has them. For categories: `--task textcat`."
    )
    B491 = (
        "The part {part!r} got none of the {n} Docs. Equal texts, and texts of one document, stay together: that makes "
        "{groups} groups for all parts. Raise the share of the part in `--split`, add data, or leave `--split` out."
    )
    B492 = "Can't read Docs of {path}: {reason}. They stand in files that end in .spacy."
    B493 = "Can't split into {path}. With `--split`, OUTPUT is a folder, such as corpus."
    B494 = (
        "No text has predictions with scores, so none is least sure. Predict with `python -m spacy bert apply`, and "
        "give its .spacy file to `convert`."
    )
    B580 = "{path} has parts already: {parts}. Leave `--split` out, or give one of these files."
    B581 = "{path}, line {line}: expected the name of a label, found an empty line."
    B499 = (
        "{one} and {other} are both the part {part!r} of the data. Take one away, or convert one file after the other."
    )
    B498 = "The format {found!r} can't be written. `--to` is one of: {allowed}."
    B496 = "`--least-sure` chooses texts for an annotation tool: name its format with `--to`, such as `--to prodigy`."
    B497 = "`{option}` means nothing with `--to`, which writes one file of texts as they are. Leave it out."
    B495 = "`--to` means nothing for the task {task!r}: annotation tools take {allowed}."

    # Curves of a training
    B584 = (
        "There is no log of a training at {path}. `python -m spacy bert train` writes `log.jsonl` beside `model-best`: "
        "give that folder, or the file."
    )
    B585 = "{path}, line {line}, is no row of a training's log. Give a `log.jsonl` of `python -m spacy bert train`."
    B586 = "Curves can't be written to {path}. Its name must end in one of: {allowed}."

    # Packages
    B540 = (
        "{found!r} can't be the name of a package. Allowed are ASCII letters, digits and _. Set `--name`, for instance "
        "to reviews."
    )
    B541 = "{found!r} can't be the version of a package. Give `--version` numbers with dots, such as 1.0.0."
    B542 = (
        "Can't make a wheel of {name}: it is not installed here, only its code in {path} is found. Install it, with "
        "`python -m pip install` and that folder's parent."
    )
    B543 = (
        "Can't make a wheel of {name}: version {found} is installed, but the code in {path} is version {code}. Install "
        "it again."
    )
    B544 = (
        "spaCy can't make a package of {path}. `python -m spacy package {path} FOLDER --build none` shows the reason."
    )

    # The quick command
    B545 = (
        "The folder {path} has the parts {found}, but no {missing}. Add a file of this name; or give one file, which "
        "is split into the three."
    )
    B546 = (
        "The default encoder for '{lang}', {name!r}, is not in the cache of the Hugging Face hub, and the hub is not "
        "reached. Name an encoder that is here with `--encoder`: a folder, or a name in the cache."
    )
    B547 = (
        "The step `{step}` was begun with other options: {before!r} instead of {now!r}. Give the same options to go "
        "on, another `--output`, or `--force` to begin again from this step."
    )
    B548 = (
        "The data of the step `{step}` have changed since it was begun. Give another `--output`, or `--force` to begin "
        "again from this step."
    )

    # Raw text
    B401 = (
        "There is no raw text: the reader `spacy-bert-ext.RawTexts.v1` has no `path`. Name a file or folder with "
        "`--paths.raw_text` for training, and with `--paths.raw_dev` for held-out text."
    )
    B402 = (
        "No raw text in {path}: {reason}. It is a file, or a folder with files that end in one of: {endings}, each "
        "also with .gz."
    )
    B403 = (
        "Can't read {place}: {reason}. Raw text is UTF-8, in lines or paragraphs (.txt), JSON lines (.jsonl) or Docs "
        "(.spacy), also compressed by gzip."
    )
    B404 = (
        "Can't read {place}: {reason}. Each line of JSON lines is an object with a text named {key!r}: the reader's "
        "`text_key` sets the name."
    )
    B405 = "There is no text in {path}: {n_files} files were read, in which no token makes a piece."
    B406 = (
        "The checkpoint {name!r} can't learn next sentences: {reason}. Take another one, such as BERT, or set "
        "`next_sentence = false`."
    )
    B407 = (
        "'{name}' has nothing to learn next sentences from: none of {n_docs} Docs has two sentences. Give it texts of "
        'several sentences, such as `text_per = "paragraph"` in the reader, or set `next_sentence = false`.'
    )
    B408 = (
        '`next_sentence = true` needs `window_pooling = "first"` in the block of the encoder, which has {found!r}: a '
        "next-sentence head reads the first piece of a window."
    )

    # Answers of heads
    B300 = (
        "'{name}' has no answer for this command: its class {kind} does not implement `{question}`. Implement it, as "
        "docs/guides/extending.md tells, or run the command without this component."
    )
    B301 = (
        "No component reads the checkpoint '{name}' of task '{task}'. There are components for: {allowed}. A package "
        "can register another one in `spacy_bert_ext_imported_heads`, see docs/guides/extending.md."
    )
    # Evaluation
    B095 = "The corpus has no Docs. Give a .spacy file, or a folder of them, with annotated Docs."
    B096 = (
        "Nothing that the pipeline predicts is annotated in the {n_docs} Docs: no entities, spans or categories, nor "
        "anything else that a component is scored by. Evaluate on annotated Docs, such as the development part of the "
        "training data."
    )
    B097 = (
        "The pipeline ({components}) predicts none of the annotation in the Docs. Give a pipeline that sets "
        "`doc.ents`, `doc.spans` or `doc.cats`, or whose components have a scorer, and Docs that are annotated with "
        "the same."
    )
    # Training
    B098 = (
        "The dev corpus is empty, so that the best step can't be chosen. Set `paths.dev` to a .spacy file with "
        "annotated Docs, or to a folder of them."
    )
    B099 = (
        "The batcher gives not a single batch of the training corpus, so that nothing can be trained. If the corpus is "
        "empty, correct `paths.train`. If all Docs are longer than a batch, set `discard_oversize = false` in "
        "[training.batcher], or raise its size."
    )
    # Pre-training
    B422 = (
        "This config can't be pre-trained: its pipeline ({pipeline}) has no language model, nothing that learns from "
        "raw text. `python -m spacy bert init-config --task pretrain` writes a config for that; `python -m spacy bert "
        "train` trains this one."
    )
    B423 = (
        "Pre-training writes a plain checkpoint, which holds the encoder and its language model and has no place for "
        "{others}. Take these components out of `pipeline` in [nlp]. Or train all of them with `python -m spacy bert "
        "train`, which saves a pipeline."
    )
    B424 = (
        "Pre-training wants one `bert_encoder` and one language model that listens to it. Found encoders: {encoders}; "
        "language models: {objectives}. Leave one of each in [nlp] pipeline."
    )
    B425 = (
        "The config has no `paths.raw_text`, from which pre-training reads its text. `python -m spacy bert init-config "
        "--task pretrain` writes a config for pre-training; `python -m spacy bert train` trains this one, on annotated "
        "Docs."
    )
    B427 = (
        "There is no option {found!r}: `--help` shows all. Settings of the config are named with their section, such "
        "as `--training.max_steps 100`. Components of this package choose their GPU by `device` in the encoder's block."
    )
    B426 = (
        "No {architecture} with random weights can be made from the config.json of '{name}': {reason}. Correct its "
        "sizes: `hidden_size` must be a multiple of `num_attention_heads`, for instance."
    )
    B428 = (
        "The encoder '{name}' begins with random weights, and `freeze = {freeze!r}` would keep some of them as they "
        'are: set `freeze = "none"` in its block.'
    )
    B231 = (
        "This can't go on: {reason} ({kind}, raised in {file}, line {line}). Correct the config, the texts, the corpus "
        "or the code that it names."
    )
    B232 = (
        "Can't use {path}: {reason}. Correct the path, on the command line (a config's: `--paths.train "
        "corpus/train.spacy`) or in the config that names it."
    )
    # Resuming
    B090 = (
        "{path} holds no state of a training that could be resumed. `python -m spacy bert train` and `pretrain` "
        "write one with each evaluation, into the folder that `--output` names (`spacy train` does not). Name that "
        "folder, or train without `--resume`."
    )
    B091 = "The state in {path} can't be read: {reason}. It is damaged: train anew, without `--resume`."
    B207 = (
        "The state in {path} can't be used: its file {file} is not the one that was saved there (see {checksums}). It "
        "is damaged, was edited, or belongs to another state: train anew, without `--resume`."
    )
    B092 = (
        "The state in {path} belongs to another training: {differences}. Only [paths] and, in [training], `max_steps`, "
        "`max_epochs`, `patience`, `eval_frequency` and `logger` may differ. Resume with the settings it began with, "
        "or train anew, without `--resume`."
    )
    B093 = (
        "The weights in {path} are not those of this pipeline: {n_different} differ in name or shape, for instance "
        "{example!r}. The checkpoint, a sourced pipeline, or the labels found in the data have changed: restore "
        "them to resume, or train anew, without `--resume`."
    )
    B094 = (
        "The component '{name}' holds weights by `{kind}`, which are neither thinc's nor torch's: the state of its "
        "training can't be saved. Use `spacy train`, which can't be resumed."
    )
    # Heads
    B290 = (
        "The model '{name}' holds no head that this package knows. Give the component a model of spacy-bert-ext, such "
        "as `spacy-bert-ext.TokenClassifier.v1`, or build yours with `spacy_bert_ext.heads.model.head_model`."
    )
    B291 = (
        "The model '{name}' gives no scores of tags. Give the component one that does: "
        "`spacy-bert-ext.TokenClassifier.v1` or `spacy-bert-ext.HuggingFaceTokenClassifier.v1`."
    )
    # Pairs of texts
    B292 = (
        "{n_docs} Docs were given in pairs, but that is an odd number. Give the first and the second text of each "
        "pair, one after the other."
    )
    B293 = (
        "The first text of a pair (with `bert_qa`, the question) is too long: {text!r} has {found} pieces, and only"
        " {allowed} leave room for the second text. Shorten it, or raise `window_pieces` in the encoder's block."
    )
    B450 = (
        "Both texts of a pair are too long for one window: even the shorter one, {text!r}, has {found} pieces, and "
        "at most {allowed} leave room for the other text. Raise `window_pieces` in the encoder's block, or shorten "
        "a text."
    )
    B451 = "{what} of {of} is {found}. Allowed: {allowed}."
    B452 = (
        "The pair of {of} has one text only, since {what} is empty or white space: {pair}. Give two texts. To leave"
        " a Doc as it is, give none: `doc._.pair = None`."
    )
    B453 = (
        "A Doc holds the border {border!r} of '{name}' more than once, so that its two texts can't be told apart: "
        "{text!r}. Give the second text as `doc._.pair`, or choose a `border` that no text has."
    )
    B455 = (
        "'{name}' finds no pair of texts in {n_docs} Docs: none has a second text as `doc._.pair`, and {border}. "
        "Set `doc._.pair`, and save the Docs with `DocBin(store_user_data=True)`, without which it is lost. Or set "
        "`border` to the characters between the two texts of a Doc."
    )
    B456 = (
        "'{name}' learns numbers {allowed}, and `doc._.pair_score` of a gold Doc is {found!r}: {text!r}. Correct it, "
        "or set `score_range`."
    )
    B457 = (
        "'{name}' gives one number for each pair and has no categories, so that it can't get the label {label!r}. "
        "For categories take `bert_textpair`."
    )
    B458 = (
        "'{name}' learns a number, and `loss.{setting} = {found!r}` is of categories. Leave it at {allowed!r}, or take "
        "`bert_textpair`."
    )
    B459 = (
        "The checkpoint '{name}' can't be imported as a head of pairs: {reason}. Heads of pairs give one of several "
        "categories, or a number, as it is (Identity) or through a sigmoid."
    )
    # Encoders
    B294 = (
        "No back end is registered as `backend = {found!r}`. There are: {known}. Choose one of these, or install the "
        "package that registers it."
    )
    B295 = (
        "The model '{name}' is no encoder of this package. Give the component a `spacy-bert-ext.BertEncoder.v1`, or a "
        "listener to a component that has one."
    )
    # Back ends
    B360 = (
        '`backend = "{backend}"` needs packages that can\'t be imported ({reason}). Install them: '
        'pip install "spacy-bert-ext[{extra}]"'
    )
    B361 = (
        'The architecture {architecture} can\'t be exported for `backend = "{backend}"`: {reason}. Use '
        '`backend = "torch"`, or another back end that can, see docs/guides/backends.md.'
    )
    B362 = (
        "This encoder is int8 and has no weights that could be {purpose}. Take the pipeline that it was made from, and "
        "quantize the result again (`python -m spacy bert quantize`)."
    )
    B363 = (
        'The encoder in {path} is int8, for `backend = "{found}"` only, but the config sets `backend = "{wanted}"`. '
        'Set `backend = "{found}"`, or take the pipeline that it was made from.'
    )
    B364 = (
        'The int8 encoder of `backend = "{backend}"` can\'t be used: {reason}. Take the pipeline that it was made from '
        "and quantize it again (`python -m spacy bert quantize`)."
    )
    B365 = (
        '`backend = "{backend}"` computes on the CPU, but the encoder is on {device}. Set `device = "cpu"`, or '
        '`backend = "torch"`.'
    )
    B366 = 'The back end "{backend}" has no int8. Give `--backend openvino` or `--backend onnx`.'
    B367 = (
        "{path} holds an int8 encoder, which is smaller than bf16 weights already. Use it as it is, or give the "
        "pipeline that it was made from."
    )
    B368 = (
        "Nothing to calibrate with: {n_docs} Docs without a single piece of text. Give some hundred texts like those "
        "that the pipeline is for with `--calibrate`."
    )
    # Quantising
    B370 = (
        "{path} has too few texts to calibrate with: {found} Docs that hold text, {least} are needed. Give .spacy "
        "files of some hundred texts like those that the pipeline is for with `--calibrate`; they need no annotation."
    )
    B371 = (
        "Nothing that '{name}' predicts is annotated in the {n_docs} Docs of `--evaluate`, so its loss can't be "
        "measured. Give Docs with these annotations, some hundred or more."
    )
    B372 = (
        "The pipeline has no `bert_encoder` to quantize; it has: {pipes}. Encoders within a head, and those of other "
        "libraries, can't be quantized. Give a pipeline whose heads share a `bert_encoder`."
    )
    B373 = "The encoder '{name}' is int8 already. Give the pipeline that it was made from."
    B374 = (
        "{path} holds {found} Docs, and `--evaluate` needs 2 or more, annotated. Give some hundred, to measure a loss "
        "of half a point."
    )
    B375 = (
        "{name} loses {loss} points of 100, more than `--max-loss {limit}` allows: nothing was written. Try more "
        "calibration texts (`--texts`), or others (`--seed`, `--calibrate`), which are like those that the pipeline is "
        "for; another `--backend`; a pipeline that was trained for longer; or allow more with `--max-loss`."
    )
    B376 = (
        "Nothing that the pipeline predicts has a score, so that its loss can't be measured; it has: {pipes}. Give "
        "one with a trained head, such as `bert_ner`."
    )
    # Explanations
    B390 = "Unknown {setting} of an explanation: {found!r}. Allowed: {allowed}."
    B391 = "'{name}' does not know the label {label!r}. It has: {labels}. Give one of these with `label`."
    B392 = (
        "'{name}' has nothing to explain in: {found}. Give `explain` a Doc or a Span with words: `nlp(text)`, or a "
        "Span of it such as `doc[2:4]`."
    )
    B393 = (
        "The tokenizer of the encoder of '{name}' has no piece for `baseline=\"{baseline}\"`. Choose another "
        "baseline: {others}."
    )
    B394 = "'{name}' can't be explained by this method: {reason}. Choose another one, such as `method=\"{method}\"`."
    B395 = (
        "'{name}' explains spans of a Doc, and got a whole one: {text!r}. Give `explain` a Span: an entity such as "
        "`doc.ents[0]`, or `doc[2:4]` with a `label`."
    )
    # Models
    B330 = (
        "The model '{name}' holds no torch module of this package. Give the component a model that an architecture of "
        "spacy-bert-ext builds, such as `spacy-bert-ext.TokenClassifier.v1`: `model.walk()` shows what it is made of."
    )
    B331 = (
        "`pooling = {pooling!r}` needs weights that this head was made without. Make the head with that `pooling`, or "
        'pool by "cls", "mean" or "max".'
    )

    # Spans
    B380 = (
        "The suggester of '{name}' gave {found}. It has to give a thinc `Ragged` for {n_docs} Docs: int numbers "
        "(n_spans, 2), first token and the one after the last, and how many spans each Doc has. Correct "
        "[components.{name}.suggester], or set `suggester = null`: then spans are found by the head."
    )
    B381 = (
        "The suggester of '{name}' names a span from token {start} to {end} of a Doc with {n_tokens} tokens "
        "({n_wrong} such spans in this batch). A span has at least one token, and ends within its Doc. Correct "
        "[components.{name}.suggester], or set `suggester = null`: then spans are found by the head."
    )
    B389 = (
        "The suggester of '{name}' failed: {error}. If it reads what other components annotate, such as a parse or a "
        "group of `doc.spans`, put these components before '{name}', and name them in "
        "`training.annotating_components`. Else correct [components.{name}.suggester], or set `suggester = null`: then "
        "spans are found by the head."
    )
    B382 = (
        "'{name}' has no suggester: its candidates are found by the head's scores of first and last tokens. Set "
        "[components.{name}.suggester] to have candidates suggested."
    )
    B383 = (
        "The model '{name}' gives no scores of spans. Set `@architectures = \"spacy-bert-ext.SpanClassifier.v1\"` in "
        "the component's block `model`."
    )
    B384 = (
        "The gold spans in `doc.spans[\"{key}\"]` have the label '{label}', which '{name}' does not know. It has: "
        '{labels}. Take it out of the data, or add it: in Python with `nlp.get_pipe("{name}").add_label`; in a config '
        "to [initialize.components.{name}.labels] or, if the component has a `source` and so is not initialized, with "
        "`spacy-bert-ext.add_labels.v1` in [initialize.before_init]."
    )
    B385 = (
        "The gold span {span!r} has the labels {labels}, but '{name}' gives each span one. Take one out of the data, "
        'or use `factory = "bert_spancat"`.'
    )
    B386 = (
        "The gold spans {span!r} and {other!r} overlap, but '{name}' may not give such spans. Take one out of the "
        "data, or set `allow_overlap = true` in [components.{name}]."
    )
    B410 = (
        "The setting `attributes` of '{name}': {found} {why}. It is a list of names, each an identifier that does not "
        'begin with an underscore and is no word of Python, such as ["negated", "certainty"]. An attribute `negated` '
        "takes `span._.negated` and `span._.negated_score`, and in a group's `attrs` `negated` and `negated_scores`."
    )
    B411 = (
        "'{name}' writes to `span._.{extension}`, which is defined as {kind}: it can't be set. Define it with a "
        "default or with a setter, or give the attribute another name in the setting `attributes`."
    )
    B412 = (
        "The span {span!r} has {found} as `span._.{attribute}`. A value of an attribute is True, False, a string or a "
        "finite number; None says that it is not annotated."
    )
    B413 = (
        "The attribute '{attribute}' of '{name}' has values of several kinds: {found}. All are to be bools, or "
        "strings, or numbers. Correct `span._.{attribute}` of the gold spans."
    )
    B414 = (
        "The training data has {n_spans} spans in `doc.spans[\"{key}\"]` for '{name}', but none has a value of the "
        "attribute '{attribute}'. Set `span._.{attribute}` of gold spans, and save the Docs with "
        "`DocBin(store_user_data=True)`, without which values are lost; or take it out of `attributes`."
    )
    B415 = (
        "The gold span {span!r} has {found} as `span._.{attribute}`, which '{name}' does not know. It has: {values}. "
        "Correct the value, or initialize the component with data that has it, or with "
        "[initialize.components.{name}.labels]."
    )
    B416 = (
        "'{name}' can't take {found} as labels. It has the attributes {attributes}, so that labels are a list, or the "
        "table that `python -m spacy init labels` saves: `labels`, a list, and `attributes`, a list of values of one "
        "kind for some or all of the attributes."
    )
    # Questions
    B430 = (
        "The encoder of '{name}' has `window_pooling = {found!r}`, but '{name}' reads the score of no answer from "
        'the first special piece of each window. Set `window_pooling = "first"` in the encoder\'s block.'
    )
    B431 = (
        "The model '{name}' gives no scores of answers. Set `@architectures = \"spacy-bert-ext.QuestionAnswerer.v1\"` "
        "in the component's block `model`."
    )
    B432 = (
        "{place} can't be asked: {found!r}. Give a table of names and questions, such as "
        '{{"PRICE": "How much does it cost?"}}, or a list of questions.'
    )
    B433 = "{place}: the question {name!r} is {found!r}. Give a text with something to read in it."
    B434 = "{place}: the question {question!r} has {found!r} for a name. Give a text that is not empty."
    B435 = "{place}: {question!r} stands there twice. Ask it once, or give a table of names and questions."
    B436 = (
        "The gold answer {text!r} in `doc.spans[\"{key}\"]` has the label '{label}', but '{name}' does not ask that "
        "here. It asks: {questions}. Give the question to `doc._.questions`, or to the setting `questions`. "
        "`DocBin` keeps `doc._.questions` only with `store_user_data=True`."
    )
    B437 = (
        "`loss.class_weights` of '{name}' is {found}, but an answer is no class. Take it out; `threshold` and "
        "`python -m spacy bert calibrate --thresholds` tell how sure an answer has to be."
    )
    B438 = (
        "There is nothing to learn for '{name}' in {n_examples} training examples: no Doc has both questions and the "
        'group `doc.spans["{key}"]`{others}. Set `doc._.questions`, or the setting `questions`; save the Docs with '
        "`DocBin(store_user_data=True)`, without which `doc._.questions` is lost; and set the group, which is empty "
        "for a Doc without any answer."
    )
    B442 = (
        "The head of the checkpoint '{name}' ({architecture}) is not one linear layer from vectors of pieces to "
        "their scores as first and last piece of an answer. Import a checkpoint of another architecture."
    )
    B439 = "The scorer's `normalization` is {found!r}. Allowed: {allowed}."
    B440 = "'{name}' was given {found} to answer. Give a Doc and a question; `answer_many` takes pairs of them."
    B460 = (
        "A summary has one length, but {found} are given. Give one of `n_sents`, `ratio` and `max_tokens`, and set the "
        "others to null (in a config) or leave them out (in Python)."
    )
    B461 = (
        "'{name}' chooses among sentences, but the Doc {text!r} has none. Put a component before '{name}' that "
        'finds sentences, such as `nlp.add_pipe("sentencizer", first=True)`. In training, name that component in '
        "`training.annotating_components` as well: `python -m spacy bert init-config --task summarizer` writes it "
        "so."
    )
    B462 = (
        "'{name}' can't learn from these examples (examples: {n_examples}): they have no {annotation}. Annotate "
        'whole sentences, or set `method` in [components.{name}] to "centroid" or "lexrank", which learn nothing.'
    )
    B463 = (
        "'{name}' has not processed the Doc {text!r}: its sentences have no scores. Run the pipeline on the text "
        "(`nlp(text)`), and keep user data where Docs are stored (`DocBin(store_user_data=True)`)."
    )
    B464 = (
        "'{name}' explains one sentence at a time, and was given a {found} that is no sentence: {text!r}. Give a "
        'sentence of a Doc that the pipeline has processed, such as `doc.spans["summary"][0]`.'
    )
    B465 = (
        "'{name}' reads no encoder, and has no vectors. Set `similarity` in the component's block to \"vectors\" or "
        '"both", and put a `bert_encoder` before it.'
    )
    B466 = (
        "The model '{name}' gives no scores of sentences. Set `@architectures = "
        '"spacy-bert-ext.SentenceClassifier.v1"` in the component\'s block `model`.'
    )
    B469 = (
        "`hidden = {hidden}` can't be split into `n_heads = {n_heads}` even parts. Set `hidden` in the block of "
        "`SentenceClassifier.v1` to a multiple of {multiple}."
    )
    # The command help
    B590 = "There is no message code {found!r}. Codes are {first} to {last}, such as `python -m spacy bert help B001`."
    # Configs of init-config, epochs
    B560 = (
        "There is no encoder '{name}': {reason}. `--encoder` takes a folder in Hugging Face format (config.json, "
        "model.safetensors, tokenizer.json), or a name on the Hugging Face hub."
    )
    B561 = (
        "The encoder '{name}' is no folder, was not fetched before, and the Hugging Face hub can't be reached to ask "
        "for it. Name a folder. Or add `--offline-ok` to `init-config`: then the config is written unchecked, for an "
        "encoder of BERT-base's size."
    )
    B562 = "`--epochs` counts the steps of an epoch in the training data: add `--train`, a .spacy file or folder."
    B563 = (
        "`--epochs` is for annotated Docs, which `--task pretrain` does not read. Set `max_steps` in [training]; "
        "`python -m spacy bert doctor` tells how many steps a pass over the text has."
    )
    B564 = (
        "`--exportable` does not go with {found}: transformers has no head of that kind. It goes with the components "
        "{allowed}."
    )
    B565 = "Can't count the steps of an epoch of {path}: {reason}."


class Warnings(metaclass=CodedMessages):
    B369 = '`backend = "{backend}"` is not used, torch predicts instead: {reason}.'
    B101 = (
        "{n_spans} of {total} gold entities of '{name}' don't match token boundaries and are not learned, for "
        "instance {examples}. Fix the annotation or the tokenizer (`python -m spacy bert doctor CONFIG` lists them)."
    )
    B102 = (
        "Out of memory on {device} with batches of {before} padded pieces: going on with {after}. Set "
        "`max_batch_pieces = {after}` in the encoder's block to start there."
    )
    B103 = (
        "The checkpoint exported from '{name}' may give other results in transformers: `{setting}` is {found!r}, "
        "and can't be exported. For equal results, train with `{setting} = {allowed!r}`."
    )
    B105 = (
        "`class_weights = \"balanced\"` of '{name}' can't weigh {n_classes} of {total} classes, which get weight 1: "
        "{classes}. The training data lacks examples of them, or, of independent ones, counterexamples. Annotate some, "
        "or take the labels out."
    )
    B106 = (
        "The temperature of '{name}' is {found}, an end of its range from {lowest} to {highest}: of {n_items} "
        "scored items {n_right:g} are right. Calibrate on more Docs that were not trained on."
    )
    B549 = (
        "'{name}' is not calibrated and stays as it is: {n_scored} of its predictions in the {n_docs} Docs can be "
        "scored, and `min_scored` asks for {least}. Calibrate on more Docs."
    )
    B302 = (
        "Not calibrated, since they can't tell how sure they are: {names}. Their classes don't implement `confidence`, "
        "see docs/guides/extending.md."
    )
    B120 = (
        "The head '{name}' learns from other Docs than those that the encoder '{encoder}' was given with `update` just "
        "before, so that the encoder learns nothing from them. Update both with the same Examples (the same Docs, not "
        "copies of them); to train the head alone, don't update the encoder."
    )
    B107 = (
        "The files that `{setting}` names are not those that the interrupted training read. It goes on, but its end "
        "will not be that of an uninterrupted training; examples that it has seen may come again."
    )
    B108 = (
        "The learning rate is 0, where its schedule begins, and the schedule does not move on: nothing is learned. "
        "In a training loop of your own call `optimizer.step_schedules()` after each `nlp.update`, or give it an "
        "optimizer without a schedule, such as `create_adamw_v1()`."
    )
    B166 = (
        "'{name}' and '{other}' have labels in common: {labels}. Their scores stand in `doc.cats` under the same name, "
        "and the later component overwrites those of the earlier one. Give the labels other names, or take one "
        "component out."
    )
    B165 = (
        "`span._.score` is defined already, by something else, and stays so: it does not give the scores of entities. "
        "Define that extension under another name."
    )
    B220 = (
        "{path} has room for {free:.0f} MiB. Training may need up to {needed:.0f} MiB there (two pipelines, and two "
        "states of the training while one replaces the other). When the disk is full it stops, and keeps what it has "
        "saved."
    )
    B190 = (
        "The file {file} of '{name}' in {path} was edited since it was saved. It is used as it is: save the pipeline "
        "(`nlp.to_disk`) to accept it, or fetch it anew if nobody has edited it."
    )
    B191 = (
        "The folder {path} of '{name}' has no {checksums}, so that damage to its files, or a mix of two saves, would "
        "not be seen. Save the pipeline (`nlp.to_disk`) to accept the files as they are."
    )
    B192 = (
        "The head '{name}' was not trained with the encoder '{encoder}' that it listens to, so that its predictions "
        "may be worth nothing. Give it its own encoder (`upstream` in [components.{name}.model.encoder] names it, "
        "`source` takes it along), or train it on this one."
    )
    B245 = (
        "{n_labels} of {total} labels of '{name}' are nowhere annotated as false, so that it learns to predict them"
        " for every text: {labels}. Give each training Doc all categories, 1.0 for those that hold and 0.0 for the "
        "others: a category without a value is not learned."
    )
    B454 = (
        "'{name}' reads pairs of texts, and leaves Docs with one text as they are, such as {text!r}. Give the "
        "second text as `doc._.pair`, or set `border` to the characters between the two texts of a Doc. (`spacy "
        "evaluate` predicts Docs without `doc._.pair` first, and scores them with it.)"
    )
    B419 = (
        "{n_spans} of {total} gold spans of '{name}' begin or end in white space, for instance {examples}. Without "
        "a suggester no predicted span does, so that they count as mistakes. Correct their boundaries."
    )
    B246 = (
        "{n_spans} of {total} gold entities of '{name}' begin or end in white space, for instance {examples}. No "
        "predicted entity does, so that they count as mistakes. Correct their boundaries."
    )
    B340 = (
        "Training does {now:,.0f} words/s, at best it did {best:,.0f}. The load of the machine is {load:.1f} on "
        "{cores} cores: other processes want them. Stop these, or let the training wait; if they stay, `threads = 1` "
        "in the encoder's block may be faster. `python -m spacy bert doctor` shows threads, cores and load."
    )
    B387 = (
        "{n_spans} of {total} gold spans of '{name}' don't match token boundaries and are not learned, for instance "
        "{examples}. Fix the annotation or the tokenizer (`python -m spacy bert doctor CONFIG` lists them)."
    )
    B388 = (
        "{n_spans} of {total} gold spans are not among the candidates that the suggester of '{name}' names, for "
        "instance {examples}. They are never found. Let it name longer spans, or set `suggester = null`: then spans of "
        "any length are found."
    )
    B418 = (
        "Gold spans of '{name}' were not compared with the suggester's candidates: it failed on Docs that no "
        "component has annotated yet ({error}). In training it gets the annotation of the components in "
        "`training.annotating_components`."
    )
    B396 = (
        "The scores of tokens by which '{name}' explains {text!r} miss the difference to the baseline by "
        "{error:.0%}, after {n_points} points of integrated gradients. The difference is small, or the score jumps "
        "on the way: raise `steps`, or choose another `baseline`."
    )
    B417 = (
        "All values of the attribute '{attribute}' of '{name}' are {value}: there is nothing to learn. A span without "
        "a value is not annotated. Set `span._.{attribute}` of the other gold spans too, or define the extension with "
        "their value as its default, in a file for `--code`. `DocBin` keeps values only with `store_user_data=True`."
    )
    B441 = (
        "{n_spans} of {total} gold answers of '{name}' don't match token boundaries, for instance {examples}. "
        "Questions without another answer are not learned. Fix the annotation or the tokenizer (`python -m spacy bert "
        "doctor CONFIG` lists them)."
    )
    B554 = (
        "None of the first {n_docs} Docs of the train corpus was given context, so that `context_pieces = {found}` "
        "of '{name}' changes nothing. Read the corpus with `spacy-bert-ext.ContextCorpus.v1`, or set "
        "`context_pieces = 0`."
    )
    B467 = (
        "ROUGE is not measured: the library rouge-score is not installed. Install it with `pip install rouge-score`, "
        "or set `rouge = false` in the scorer's block of the component."
    )
    B468 = (
        "{n_spans} of {total} gold spans of '{name}' fit no sentence (they hold half of its tokens or less) and are"
        " not learned, for instance {examples}. Gold spans are whole sentences, as the pipeline finds them: correct"
        " their boundaries, or let another component find the sentences."
    )
    B566 = "{fault}. {advice}"
