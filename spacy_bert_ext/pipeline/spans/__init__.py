"""What `bert_spancat` knows of spans: gold annotation, predictions on Docs, confidence."""
