"""What is true: fields, choices, constraints and derived properties, one noun to a file."""

from interview.models.accommodation import Accommodation
from interview.models.appointment import Appointment
from interview.models.area import Area, Topic
from interview.models.check import Check, Proof
from interview.models.draft import Draft
from interview.models.event import Event
from interview.models.extra_time import ExtraTime
from interview.models.grading import Grading
from interview.models.interview import Interview
from interview.models.item import Item
from interview.models.notes import Notes
from interview.models.presence import Presence
from interview.models.problem import Problem
from interview.models.question import Question
from interview.models.readiness import ReadinessItem
from interview.models.recusal import Recusal
from interview.models.release import Release
from interview.models.review import AreaJudgement, Comment, Mark, Override, Review, SharedComment
from interview.models.rubric_change import RubricChange
from interview.models.second_look import SecondLook
from interview.models.self_assessment import SelfAssessment, SelfMark
from interview.models.snapshot import Snapshot
from interview.models.submission import Submission
from interview.models.template import Section, Slot, Template
from interview.models.user import User
from interview.models.worker import Worker
from interview.models.working_copy import Change, WorkingCopy

__all__ = [
    "Accommodation",
    "Appointment",
    "Area",
    "AreaJudgement",
    "Change",
    "Check",
    "Comment",
    "Draft",
    "Event",
    "ExtraTime",
    "Grading",
    "Interview",
    "Item",
    "Mark",
    "Notes",
    "Override",
    "Presence",
    "Problem",
    "Proof",
    "Question",
    "ReadinessItem",
    "Recusal",
    "Release",
    "Review",
    "RubricChange",
    "SecondLook",
    "Section",
    "SelfAssessment",
    "SelfMark",
    "SharedComment",
    "Slot",
    "Snapshot",
    "Submission",
    "Template",
    "Topic",
    "User",
    "Worker",
    "WorkingCopy",
]
