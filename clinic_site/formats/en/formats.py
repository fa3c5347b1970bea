"""How dates and times are written where a template does not say otherwise: as on the public pages."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
