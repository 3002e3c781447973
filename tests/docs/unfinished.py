"""Pages that are not yet as they shall be: take a page out of it when its blocks run and its sentences are short."""

UNFINISHED = {
    "README.md",
    "docs/guides/backends.md",
    "docs/guides/vectors.md",
    "docs/reference/conformance.md",
}
