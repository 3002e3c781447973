"""Questions and answers of `bert_qa`: what Docs are asked, gold answers, and what is written."""
