"""Publishes a treatment on a site, a small one unless it is there, as often as it is told to, in a process of its own.

A line with a number comes in, and goes out again as soon as the publish has returned.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[3]
PATH = "/treatments/light-peel/"
#: What the title of the page says.
SAYS = rb"<title>Number (\d+)"


def publish_each_number_that_comes():
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic_site.settings"
    django.setup()
    from treatments.models import Treatment
    from treatments.publication import publishing
    from treatments.tests.builders import make_treatment

    (slug,) = sys.argv[1:]
    treatment = Treatment.objects.filter(slug=slug).first() or make_treatment(slug=slug)
    for line in sys.stdin:
        Treatment.objects.filter(pk=treatment.pk).update(title=f"Number {int(line)}")
        publishing.publish_sample(treatment)
        print(line, end="", flush=True)


@contextlib.contextmanager
def publisher(environment, slug="light-peel"):
    """Gives publish(number), which returns after the publish has."""
    command = [sys.executable, "-m", "treatments.tests.journeys.publisher", slug]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:

        def publish(number):
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{number}\n"

        yield publish
        process.stdin.close()


if __name__ == "__main__":
    publish_each_number_that_comes()
