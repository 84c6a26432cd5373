"""Labels read by the parts of their names: `resource.labels.prefect.resource.id`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class LabelDiver:
    """Labels whose names have points in them, from a part of the names on.

    Its attributes are the next parts; as a text it is the value of the label that ends here, empty where none does.
    Iterating gives the labels further on, by the rest of their names, with their values.
    """

    def __init__(self, labels: Mapping[str, str], value: str = "") -> None:
        self._labels = dict(labels)
        self._value = value

    def __getattr__(self, name: str) -> LabelDiver:
        if name.startswith("_"):
            raise AttributeError(name)  # also while a copy is being made, which asks before there are labels
        begin = f"{name}."
        further = {label.removeprefix(begin): value for label, value in self._labels.items() if label.startswith(begin)}
        if not further and name not in self._labels:
            raise AttributeError(f"There is no label {name!r}, and none that begins with {begin!r}.")
        return LabelDiver(further, self._labels.get(name, ""))

    def __getitem__(self, label: str) -> str:
        return self._labels[label]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._labels.items())

    def __len__(self) -> int:
        return len(self._labels)

    def __str__(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"LabelDiver({self._labels!r}, {self._value!r})"
