"""The only room that imports transformers: checkpoints, their configs, tokenizers and modules."""
