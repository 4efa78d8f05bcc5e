"""Units of measure: the spellings of each, and how units of one dimension convert.

A unit is recognised only directly behind a number. "m" is metres, "nm" newton metres; a decade
("1990s") is not seconds. "degrees" may stand for degrees Celsius and "pounds" for a currency or
a mass where the item asks for one. Currencies do not convert, nor do months into days, nor
Fahrenheit into Celsius.
"""

import re
from decimal import Decimal

# canonical spelling -> (dimension, factor to the dimension's base, other spellings)
_TABLE: dict[str, tuple[str, str, str]] = {
    "%": ("share", "1", "percent|per cent|pct"),
    "eur": ("eur", "1", "€|euro|euros"),
    "usd": ("usd", "1", "$|us dollar|us dollars|dollar|dollars"),
    "gbp": ("gbp", "1", "£|pounds sterling"),
    "jpy": ("jpy", "1", "¥|yen"),
    "chf": ("chf", "1", "swiss franc|swiss francs"),
    "mg": ("mass", "0.000001", "milligram|milligrams|milligramme|milligrammes"),
    "g": ("mass", "0.001", "gram|grams|gramme|grammes"),
    "kg": ("mass", "1", "kgs|kilo|kilos|kilogram|kilograms|kilogramme|kilogrammes"),
    "t": ("mass", "1000", "tonne|tonnes|metric ton|metric tons"),
    "lb": ("mass", "0.45359237", "lbs"),
    "pound": ("pound", "1", "pounds"),
    "mm": ("length", "0.001", "millimetre|millimetres|millimeter|millimeters"),
    "cm": ("length", "0.01", "centimetre|centimetres|centimeter|centimeters"),
    "m": ("length", "1", "metre|metres|meter|meters"),
    "km": ("length", "1000", "kms|kilometre|kilometres|kilometer|kilometers"),
    "mi": ("length", "1609.344", "mile|miles"),
    "ft": ("length", "0.3048", "foot|feet"),
    "inch": ("length", "0.0254", "inches"),
    "km/h": (
        "speed",
        "1000",
        "kph|kmh|kmph|km per hour|km an hour|kilometres per hour|kilometers per hour",
    ),
    "m/s": ("speed", "3600", "m/sec|metres per second|meters per second"),
    "km/s": (
        "speed",
        "3600000",
        "km/sec|km per second|kilometres per second|kilometers per second|kilometre per second",
    ),
    "mph": ("speed", "1609.344", "mi/h|miles per hour|miles an hour"),
    "mi/s": ("speed", "5793638.4", "miles per second"),
    "ms": ("time", "0.001", "msec|millisecond|milliseconds"),
    "s": ("time", "1", "sec|secs|second|seconds"),
    "min": ("time", "60", "mins|minute|minutes"),
    "h": ("time", "3600", "hr|hrs|hour|hours"),
    "day": ("time", "86400", "days"),
    "week": ("time", "604800", "weeks"),
    "month": ("months", "1", "months"),
    "year": ("months", "12", "yr|yrs|years"),
    "°c": (
        "celsius",
        "1",
        "c|° c|deg c|degree celsius|degrees celsius|degrees c|celsius|degrees centigrade",
    ),
    "°f": (
        "fahrenheit",
        "1",
        "f|° f|deg f|degree fahrenheit|degrees fahrenheit|degrees f|fahrenheit",
    ),
    "°": ("degree", "1", "deg|degree|degrees"),
    "w": ("power", "1", "watt|watts"),
    "kw": ("power", "1000", "kilowatt|kilowatts"),
    "mw": ("power", "1000000", "megawatt|megawatts"),
    "wh": ("energy", "1", "watt-hour|watt-hours|watt hour|watt hours"),
    "kwh": ("energy", "1000", "kilowatt-hour|kilowatt-hours|kilowatt hour|kilowatt hours"),
    "v": ("voltage", "1", "volt|volts"),
    "nm": (
        "torque",
        "1",
        "n m|n\u00d7m|newton metre|newton metres|newton meter|newton meters|newton-metres|newton-meters",
    ),
    "bar": ("pressure", "1", "bars"),
    "psi": ("pressure", "0.0689475729", "pounds per square inch"),
    "l": ("volume", "1", "litre|litres|liter|liters"),
    "ml": ("volume", "0.001", "millilitre|millilitres|milliliter|milliliters"),
    "hz": ("frequency", "1", "hertz"),
    "khz": ("frequency", "1000", "kilohertz"),
    "am": ("am", "1", "a.m."),
    "pm": ("pm", "1", "p.m."),
}
_CANONICAL = {
    spelling: unit
    for unit, (_, _, others) in _TABLE.items()
    for spelling in (unit, *others.split("|"))
}
# What a vague unit may stand for, where the item asks for it.
_MAY_MEAN = {"°": ("°c", "°f"), "pound": ("lb", "gbp")}

CURRENCY_SIGNS = "$€£¥"
_SPELLINGS = "|".join(map(re.escape, sorted(_CANONICAL, key=len, reverse=True)))
# Not where a letter, digit or slash goes on: "42abc", "5 kg/m3" name no unit of this table.
UNIT_PATTERN = rf"(?:{_SPELLINGS})(?![^\W_]|/[a-z0-9])"


def canonical_unit(spelling: str) -> str:
    """Return the canonical spelling of a unit; an unknown one comes back trimmed and lower-case.

    >>> canonical_unit("Kilograms"), canonical_unit("bikes")
    ('kg', 'bikes')
    """
    trimmed = spelling.strip().casefold()
    return _CANONICAL.get(trimmed, trimmed)


def is_known(unit: str) -> bool:
    """Whether a canonical unit is in the table."""
    return unit in _TABLE


def dimension(unit: str) -> str:
    """Return what a canonical unit measures; an unknown unit is its own dimension."""
    return _TABLE[unit][0] if unit in _TABLE else unit


def to_base(value: Decimal, unit: str) -> Decimal:
    """Return a value in the base unit of its dimension."""
    return value * Decimal(_TABLE[unit][1]) if unit in _TABLE else value


def converted(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """Return a value in another unit, or None where the two do not measure the same.

    >>> converted(Decimal(180), "cm", "m")
    Decimal('1.80')
    >>> converted(Decimal(5), "usd", "eur") is None
    True
    """
    if unit == wanted or wanted in _MAY_MEAN.get(unit, ()):
        return value
    if dimension(unit) != dimension(wanted):
        return None
    return to_base(value, unit) / Decimal(_TABLE[wanted][1])
