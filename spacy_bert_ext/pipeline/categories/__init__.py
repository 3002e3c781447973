"""What the categorizers know of categories: gold annotation, arithmetic, checkpoints."""
