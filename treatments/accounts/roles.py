"""Who may do what at the desk: four groups with no more rights than each needs, set up anew after each `migrate`."""

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from treatments.models import PARTS, Waiver

#: What a role may do, by model: the verbs with which the codenames of Django's permissions begin.
Rights = dict[str, tuple[str, ...]]

LOOK = ("view",)
ALL = ("view", "add", "change", "delete")
#: What an editor keeps right, and the comments on it; waivers are a clinician's.
CONTENT: Rights = {
    "treatment": ("view", "add", "change", "publish"),
    "edition": LOOK,
    **{str(model._meta.model_name): ALL for model in PARTS.values() if model is not Waiver},
    "waiver": LOOK,
    "comment": ("view", "change", "delete"),
}
REQUESTS: Rights = {
    "consultationrequest": ("view", "add", "change"),
    "message": ("view", "change"),
    "task": ("view", "change"),
    "requestevent": LOOK,
    "seatcell": LOOK,
}
HOURS: Rights = {"clinic": ("view", "change", "open"), "openinghours": ALL, "closure": ALL}
#: What the clinic says of itself to the public, and under which approval.
PUBLIC: Rights = {"clinician": ALL, "approval": ALL}
ROLES: dict[str, Rights] = {
    "Front desk": {**REQUESTS, "clinic": LOOK, "openinghours": LOOK, "closure": LOOK},
    "Editor": CONTENT,
    "Clinician": {
        **CONTENT,
        "treatment": ("view", "add", "change", "publish", "confirm"),
        "waiver": ALL,
        "consultationrequest": LOOK,
        "task": ("view", "change"),
    },
    "Manager": {
        **CONTENT,
        **REQUESTS,
        **HOURS,
        **PUBLIC,
        "notice": ("view", "add"),
        "user": ("view", "add", "change"),
        "group": LOOK,
    },
}
#: What a manager may give and take; every other role, and whoever has one, is the owner's.
GIVEN_BY_MANAGERS = ("Front desk", "Editor")


def set_up(using: str = "default") -> None:
    """Make the groups in the database of this alias, and give each exactly its permissions."""
    # Django makes them app by app; here those of both apps are needed.
    for label in ("auth", "treatments"):
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for name, models in ROLES.items():
        group, _is_new = Group.objects.using(using).get_or_create(name=name)
        codenames = [f"{verb}_{model}" for model, verbs in models.items() for verb in verbs]
        known = Permission.objects.using(using).filter(content_type__app_label__in=("auth", "treatments"))
        group.permissions.set(known.filter(codename__in=codenames))
