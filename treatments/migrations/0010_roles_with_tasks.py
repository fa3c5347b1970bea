from django.db import migrations


class Migration(migrations.Migration):
    """It set up the roles, which are set up after every migrating since (`treatments.apps`)."""

    dependencies = [("treatments", "0009_promises_are_tasks")]
    operations = []
