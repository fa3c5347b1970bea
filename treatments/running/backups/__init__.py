"""Backups: database, pictures and key in one file, and back again (docs/decisions/0030-backups.md)."""
