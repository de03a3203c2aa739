"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`remedy` is empty when all is well."""

    what: str
    detail: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether there is nothing to do."""
        return not self.remedy
