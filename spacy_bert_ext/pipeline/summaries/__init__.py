"""What `bert_summarizer` knows of summaries: gold annotation, what stands on Docs, ROUGE."""
