"""Pre-training on raw text: a training that writes checkpoints of transformers instead of pipelines."""
