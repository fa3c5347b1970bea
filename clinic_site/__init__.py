"""Wiring: settings, addresses, the server and the log. No feature lives here."""
