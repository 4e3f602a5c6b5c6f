"""What can be wrong with access to a dataset."""

from __future__ import annotations

from safelight_server.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DatasetNotFoundError(NotFoundError):
    """There is no such dataset, or none that the caller may know of: both say the same."""

    def __str__(self) -> str:
        return f"there is no dataset {self.args[0]!r}"


class DatasetIdInUseError(ConflictError):
    """Somebody has a dataset of this id, or had one."""

    def __str__(self) -> str:
        return f"the dataset id {self.args[0]} is in use"


class OtherSourceError(ConflictError):
    """A generated dataset holds data of one dataset only: its rights are those on that one."""

    def __str__(self) -> str:
        dataset, source = self.args
        return f"the generated dataset {dataset} holds data of the dataset {source}; make another one"


class NotManagerError(ForbiddenError):
    """Sharing needs Can manage."""

    def __str__(self) -> str:
        return f"only who can manage the dataset {self.args[0]!r} can see or change who has access to it"


class AboveRoleError(InvalidError):
    """The grant is more than the role of the principal can have."""

    def __str__(self) -> str:
        who, role, most = self.args
        return f"{who} is a {role}, who can have at most {most!r} on a dataset"
