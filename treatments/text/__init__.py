"""Words and pictures, as they are typed, kept and shown: what the gate needs and the page too."""
