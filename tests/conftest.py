"""What holds for the tests of every room."""

from hypothesis import HealthCheck, settings

# How fast examples are made says something about the machine and nothing about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
