from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("interview", "0006_trials"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="estimate",
            field=models.JSONField(help_text="The key of an estimate with all its variants.", null=True),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "estimate"), ("estimate__isnull", True), _connector="OR"),
                name="release_has_an_estimate_only_when_estimate",
            ),
        ),
    ]
