"""Pictures of a treatment."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled
from treatments.models.part import Part


class Photo(Part):
    """A picture, its text alternative and its caption; the files themselves belong to treatments.pictures."""

    part = "photos"
    named_by = "alt"
    anchor = "picture"
    worded_by = "picture"
    is_reviewed = True

    picture = models.CharField(
        _("picture"),
        max_length=80,
        validators=[RegexValidator(r"\A[0-9a-f]{64}\.webp\Z")],
        help_text=_("The file's name, made from its content."),
    )
    width = models.PositiveIntegerField(_("width, pixels"), validators=[MinValueValidator(1)])
    height = models.PositiveIntegerField(_("height, pixels"), validators=[MinValueValidator(1)])
    alt = models.TextField(_("text alternative"), help_text=_("What someone who cannot see it needs to know."))
    caption = models.TextField(_("caption"), blank=True)
    credit = models.CharField(_("credit"), max_length=120, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            *Part.Meta.constraints,
            filled("photo", "picture"),
            filled("photo", "alt"),
            models.CheckConstraint(name="photo_has_a_size", condition=Q(width__gte=1, height__gte=1)),
        ]

    def __str__(self) -> str:
        return self.alt
