"""What `apply` reads: files of several kinds as rows, one after another."""
