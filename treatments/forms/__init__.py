"""What may be typed on the site and at the desk, one module for each noun."""
