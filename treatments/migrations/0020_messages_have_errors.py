from django.db import migrations


class Migration(migrations.Migration):
    """Columns named by the field's own words; their values stay."""

    dependencies = [("treatments", "0019_lists_of_tasks_by_due")]

    operations = [
        migrations.RenameField("message", "fault", "error"),
        migrations.RenameField("message", "is_our_fault", "is_of_our_account"),
    ]
