"""Every address of the product."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from interview.views import (
    account,
    figure,
    health,
    interview,
    item,
    question,
    report,
    review,
    submission,
    template,
)

urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("sign-in/", account.SignIn.as_view(), name="login"),
    path("sign-in/demo/<str:role>/", account.demo_sign_in, name="demo_sign_in"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("releases/<int:release_id>/figures/<path:name>", figure.figure, name="figure"),
    path("interviews/", template.catalogue, name="catalogue"),
    path("interviews/mine/", interview.mine, name="interview_list"),
    path("interviews/start/<slug:slug>/", interview.start, name="interview_start"),
    path("interviews/<uuid:pk>/", interview.show, name="interview"),
    path("interviews/<uuid:pk>/<int:position>/", item.item, name="item"),
    path("interviews/<uuid:pk>/<int:position>/submit/", submission.create, name="item_submit"),
    path("interviews/<uuid:pk>/<int:position>/save/", item.save, name="item_save"),
    path("interviews/<uuid:pk>/finish/", interview.finish, name="interview_finish"),
    path("interviews/<uuid:pk>/closed/", interview.closed, name="interview_closed"),
    path("interviews/<uuid:pk>/report/", report.report, name="report"),
    path("review/", review.queue, name="review_queue"),
    path("review/<uuid:pk>/claim/", review.claim, name="review_claim"),
    path("review/<uuid:pk>/<int:position>/", review.item, name="review_item"),
    path("review/<uuid:pk>/release/", review.release, name="review_release"),
    path("questions/", question.question_list, name="question_list"),
    path("questions/<slug:slug>/", question.question, name="question"),
    path("questions/<slug:slug>/edit/", question.edit, name="question_edit"),
    path("questions/<slug:slug>/preview/", question.preview, name="question_preview"),
    path("api/v1/", include("interview.api.urls")),
    path("", account.home, name="home"),
]
