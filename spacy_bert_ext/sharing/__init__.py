"""One pass of the encoder for all heads, and their gradients back."""
