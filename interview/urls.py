"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from interview.views import account, figure, health

urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("sign-in/", account.SignIn.as_view(), name="login"),
    path("sign-in/demo/<str:role>/", account.demo_sign_in, name="demo_sign_in"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("releases/<int:release_id>/figures/<path:name>", figure.figure, name="figure"),
    path("api/v1/", include("interview.api.urls")),
    path("", account.home, name="home"),
]
