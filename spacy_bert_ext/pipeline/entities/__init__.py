"""What `bert_ner` knows of entities: gold annotation, predictions on Docs, confidence, checkpoints."""
