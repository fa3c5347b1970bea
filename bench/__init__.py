"""What an answer of ours costs, beside the least that gunicorn and Django can do; `make bench` runs it."""
