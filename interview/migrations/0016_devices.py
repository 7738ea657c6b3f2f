from django.db import migrations, models

DEVICES = [("cpu", "CPU"), ("gpu", "GPU"), ("either", "CPU or GPU")]


class Migration(migrations.Migration):
    dependencies = [
        ("interview", "0015_appointments"),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name="device",
            field=models.CharField(
                choices=DEVICES, db_default="cpu", default="cpu", help_text="What it runs on.", max_length=8
            ),
        )
        for name in ("check", "grading")
    ]
