"""How data is written in files: a reader, and mostly a writer, of each format. A table names them."""
