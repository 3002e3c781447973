"""What the [training] block of a config refers to."""
