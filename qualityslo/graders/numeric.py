"""The grader `numeric`: the number in the answer is the reference's, within the item's tolerance.

Which number counts: the last one of the answer (`quantities` says what a number is), weak ones
("one", "[2]", "in 1 hour", the 100 of "20% of 100") only where there is no other.
- Where the item or its reference names a unit: the last number with that unit, converted from
  another unit of the same kind ("180 cm" for metres); else the last number without a unit.
  Numbers with another unit are passed over: 80 lb is no answer in euros.
- A reference with a percent sign needs one in the answer ("60" and "0.6" are not 60%), unless the
  item's `unit` is "%". A reference without one takes "20%" for 20, as it takes any unit.
Only the last 100,000 characters of an answer are read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from qualityslo.domain.golden import AnswerType, GoldenItem
from qualityslo.domain.verdict import Answer, Grade, Ungraded, Verdict
from qualityslo.graders.limits import last_part
from qualityslo.graders.params import refuse_parameters
from qualityslo.graders.quantities import Quantity, canonical_text, quantities
from qualityslo.graders.references import (
    invalid_reference,
    right,
    shown,
    usable_references,
    wrong,
)
from qualityslo.graders.units import canonical_unit, converted, is_known


class Numeric:
    """Judges correctness of numbers; the module's docstring is the rule."""

    name = "numeric"
    version = "1"
    criterion = "correctness"

    def __init__(self, **params: object) -> None:
        refuse_parameters(self.name, params)

    def grade(self, batch: Sequence[Answer]) -> Iterator[Grade]:
        """Yield one grade an answer, in order; ungraded where no reference is a number."""
        return map(grade_number, batch)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A reference as a number. `unit` is canonical or empty; `strict` refuses a bare number."""

    value: Decimal
    unit: str
    strict: bool
    text: str


def grade_number(answer: Answer) -> Grade:
    """Return the grade of one answer under the numeric rule."""
    item = answer.item
    references = usable_references(item)
    if isinstance(references, Ungraded):
        return references
    read = (_wanted(reference, item.answer) for reference in references)
    wanted = [one for one in read if one is not None]
    if not wanted:
        return invalid_reference(item, _not_a_number(item))
    found = quantities(canonical_text(last_part(answer.response.text)))
    verdict = wrong("the answer holds no number")
    for one in wanted:
        verdict = _compare(found, one, item.answer)
        if verdict.good:
            break
    return verdict


def _not_a_number(item: GoldenItem) -> str:
    unit = f" in {item.answer.unit!r}" if item.answer.unit else ""
    return f"is not one number{unit}"


def _wanted(reference: str, rule: AnswerType) -> _Wanted | None:
    found = quantities(canonical_text(last_part(reference)))
    if len(found) != 1:
        return None
    number = found[0]
    unit = canonical_unit(rule.unit) if rule.unit else number.unit
    value = converted(number.value, number.unit or unit, unit)
    if value is None:
        return None
    strict = unit == "%" and not rule.unit
    return _Wanted(value=value, unit=unit, strict=strict, text=reference)


def _compare(found: Sequence[Quantity], wanted: _Wanted, rule: AnswerType) -> Verdict:
    value = _pick(found, wanted)
    if value is None:
        unit = f" in {wanted.unit!r}" if wanted.unit else ""
        return wrong(f"the answer holds no number{unit}")
    tolerance = Decimal(str(rule.tolerance))
    allowed = tolerance * abs(wanted.value) if rule.relative else tolerance
    said = f"{shown(str(value))} for {shown(wanted.text)}"
    if abs(value - wanted.value) <= allowed:
        return right(said)
    return wrong(said)


def _pick(found: Sequence[Quantity], wanted: _Wanted) -> Decimal | None:
    """Return the number that counts, in the wanted unit."""
    if not wanted.unit:
        return _last(found, lambda one: one.value)
    value = _last(found, lambda one: _with_unit(one, wanted.unit))
    if value is not None or wanted.strict:
        return value
    return _last(found, lambda one: None if one.unit else one.value)


def _with_unit(one: Quantity, unit: str) -> Decimal | None:
    if is_known(unit):
        return converted(one.value, one.unit, unit) if one.unit else None
    singular = unit.removesuffix("s")
    return one.value if singular and one.following.startswith(singular) else None


def _last(
    found: Sequence[Quantity], value_of: Callable[[Quantity], Decimal | None]
) -> Decimal | None:
    """Return the last value that is one, from the weak numbers only where there is no other."""
    for weak in (False, True):
        for one in reversed(found):
            value = value_of(one) if one.weak is weak else None
            if value is not None:
                return value
    return None
