"""What `apply` writes: chunks of rows as bytes, and files of them."""
