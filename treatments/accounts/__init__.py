"""Staff accounts: who they are, how they get in, and what they may do."""
