"""What a running site needs: its start, its worker, its health, and the end of personal data."""
