"""Pages that are not yet as they shall be: take a page out of it when its blocks run and its sentences are short."""

UNFINISHED = {
    "README.md",
}
