from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class Role(models.TextChoices):
    CANDIDATE = "candidate", "Candidate"
    INTERVIEWER = "interviewer", "Interviewer"
    TESTER = "tester", "Tester"
    AUTHOR = "author", "Author"
    CURATOR = "curator", "Curator"
    ADMIN = "admin", "Admin"


#: Who may review interviews of others.
REVIEWERS = frozenset({Role.INTERVIEWER, Role.ADMIN})


class PersonState(models.TextChoices):
    """Whether a person can sign in; derived, never stored."""

    ACTIVE = "active", "Active"
    INVITED = "invited", "Invited"
    DEACTIVATED = "deactivated", "Deactivated"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who signs in with `email`; without a password, only by other means."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person. What they may do follows from `role` alone; there are no per-object permission rows."""

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=Role, default=Role.CANDIDATE)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    invited_at = models.DateTimeField(
        null=True, blank=True, help_text="When they were last sent a link to choose their first password."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_email_is_lower_case", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(name="user_role_is_known", condition=models.Q(role__in=Role.values)),
            models.CheckConstraint(name="user_has_a_name", condition=~models.Q(display_name="")),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def reviews(self) -> bool:
        """Whether this person may review interviews of others."""
        return self.role in REVIEWERS

    @property
    def tries(self) -> bool:
        """Whether this person may see questions before they are published, and say what is wrong with them."""
        return self.writes or self.role == Role.TESTER

    @property
    def writes(self) -> bool:
        """Whether this person may change working copies of questions, and have them checked."""
        return self.curates or self.role == Role.AUTHOR

    @property
    def curates(self) -> bool:
        """Whether this person may publish, retire, tag and import questions, and answer reported problems."""
        return self.role in {Role.CURATOR, Role.ADMIN}

    @property
    def manages(self) -> bool:
        """Whether this person may invite people and change what others may do."""
        return self.role == Role.ADMIN

    @property
    def state(self) -> PersonState:
        """Demo people have no password either, but nobody invited them: one click lets them in."""
        if not self.is_active:
            return PersonState.DEACTIVATED
        if self.invited_at and not self.has_usable_password():
            return PersonState.INVITED
        return PersonState.ACTIVE
