"""What all HTML pages have in common: how templates are read, and their style."""
