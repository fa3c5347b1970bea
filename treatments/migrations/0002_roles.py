from django.db import migrations


class Migration(migrations.Migration):
    """It set up the roles, which are set up after every migrating since (`treatments.apps`)."""

    dependencies = [
        ("treatments", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = []
