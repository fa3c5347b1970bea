"""Plain values and what can be said of them: no database, no model. Every room may use them."""
