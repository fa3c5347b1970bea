"""The clinic's times: when it is open, which visits are held, and which of them do not fit any more."""
