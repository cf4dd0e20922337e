"""Values with named members, as dataclasses makes them with frozen and slots.

Rejected: dataclasses itself, which imports inspect, ast, dis and re: 2.5 MiB for a process that has none of them.
"""
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, dataclass_transform
else:
    def dataclass_transform(**options):
        """What type checkers know the base class by."""
        return lambda made: made


@dataclass_transform(frozen_default=True)
class Record:
    """A value whose members are its class's slots, those of the base first. Two are equal where all members are."""

    __slots__ = ()
    _names: "tuple[str, ...]" = ()

    def __init_subclass__(cls) -> None:
        cls._names += tuple(cls.__slots__)

    def __init__(self, *values: "Any", **named: "Any") -> None:
        given = dict(zip(self._names, values), **named)
        if len(given) != len(values) + len(named) or given.keys() != set(self._names):
            raise TypeError(f"{type(self).__name__} has the members {', '.join(self._names)}")
        for name, value in given.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: "Any") -> None:
        raise AttributeError(f"{name} does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} stays")

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), self._members

    @property
    def _members(self) -> "tuple[Any, ...]":
        return tuple(getattr(self, name) for name in self._names)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._members == other._members

    def __hash__(self) -> int:
        return hash(self._members)

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={value!r}" for name, value in zip(self._names, self._members))
        return f"{type(self).__name__}({members})"
