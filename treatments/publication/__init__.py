"""A treatment from files and rows to an edition: the document, what is wrong with it, and publishing it."""
