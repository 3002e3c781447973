"""Raw text for pre-training: files → texts → tokens → windows → Docs, in a stream and in bounded memory."""
