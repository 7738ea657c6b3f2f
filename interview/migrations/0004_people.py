from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interview", "0002_kinds")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="invited_at",
            field=models.DateTimeField(
                blank=True,
                null=True,
                help_text="When they were last sent a link to choose their first password.",
            ),
        ),
    ]
