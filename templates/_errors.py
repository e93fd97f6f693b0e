"""What `transform` and `reverse` raise. Each has a `code`, which its message begins with."""

from __future__ import annotations


class TransformError(RuntimeError):
    """A model could not be transformed or reversed; it is as it was before the call."""

    code = "TRANSFORM_FAILED"

    def __str__(self) -> str:
        return f"{self.code} {self.args[0]}"


class DriftError(TransformError):
    """The installed source of a class is not the source that its replacement was generated from."""

    code = "DRIFT"


class NothingToReplaceError(TransformError):
    """No module of the model has a replacement."""

    code = "NOTHING_TO_REPLACE"


class AlreadyTransformedError(TransformError):
    """The model holds generated classes already."""

    code = "ALREADY_TRANSFORMED"


class NotTransformedError(TransformError):
    """The model holds no generated class."""

    code = "NOT_TRANSFORMED"


class CopyError(TransformError):
    """`keep_original_model=True`, and the model cannot be copied."""

    code = "COPY_FAILED"


class CheckError(TransformError):
    """`check=True`, and a replaced module gave another result than its original. The model was reversed.

    `path` names the module, `difference` is the largest absolute difference, `tolerance` what was allowed.
    """

    code = "CHECK_FAILED"

    def __init__(self, message: str, path: str, difference: float, tolerance: float) -> None:
        super().__init__(message, path, difference, tolerance)
        self.path, self.difference, self.tolerance = path, difference, tolerance
