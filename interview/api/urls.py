from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from interview.api import views

app_name = "api"

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("interviews/", views.InterviewList.as_view(), name="interview_list"),
    path("interviews/<uuid:pk>/", views.InterviewDetail.as_view(), name="interview"),
    path("interviews/<uuid:pk>/clock/", views.Clock.as_view(), name="clock"),
    path("interviews/<uuid:pk>/notes/", views.InterviewNotes.as_view(), name="notes"),
    path("interviews/<uuid:pk>/presence/", views.InterviewPresence.as_view(), name="presence"),
    path("items/<uuid:pk>/draft/", views.ItemDraft.as_view(), name="draft"),
    path("items/<uuid:pk>/submissions/", views.ItemSubmissions.as_view(), name="submissions"),
    path("submissions/<uuid:pk>/", views.SubmissionDetail.as_view(), name="submission"),
    path("gradings/<uuid:pk>/", views.GradingDetail.as_view(), name="grading"),
]
