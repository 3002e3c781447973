"""Fine-tuned checkpoints in and out: transformers' fine-tuned models ↔ pipelines."""
