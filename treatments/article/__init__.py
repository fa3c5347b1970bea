"""A document as readers see it: its page, its sources, its figures."""
