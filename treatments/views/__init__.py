"""One request in, one response out, one module for each noun."""
