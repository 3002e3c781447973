"""What only `bert_pretraining` has."""
