"""Parameters of adapters: right values come through, wrong ones are all named at once."""

import pytest

from qualityslo.errors import PluginError
from qualityslo.models.parameters import Parameters


def test_right_values_come_through() -> None:
    read = Parameters(
        "a_model",
        {"text": "x", "whole": 3, "number": 2, "flag": True, "map": {"a": [1]}, "group": {"n": 1}},
    )
    assert read.text("text") == "x"
    assert read.integer("whole", 1) == 3
    assert read.number("number", 1.0) == 2
    assert read.flag("flag", default=False) is True
    assert read.mapping("map") == {"a": [1]}
    assert read.group("group").integer("n", 5) == 1
    read.finish()


def test_what_is_absent_has_its_default() -> None:
    read = Parameters("a_model", {})
    assert read.optional_text("text") is None
    assert read.integer("whole", 1) == 1
    assert read.optional_integer("other") is None
    assert read.number("number", 1.5) == 1.5
    assert read.optional_number("gone", 0.5) == 0.5
    assert read.flag("flag", default=True) is True
    assert read.mapping("map") == {}
    assert read.group("group").integer("n", 5) == 5
    assert read.secret("key_env", {}) == ""
    read.finish()


def test_a_number_that_is_null_is_no_number() -> None:
    assert Parameters("a_model", {"number": None}).optional_number("number", 0.5) is None


def test_all_faults_are_named_in_one_message() -> None:
    given: dict[str, object] = {
        "whole": True,
        "number": float("nan"),
        "huge": 10**400,
        "flag": "yes",
        "map": {"a": float("inf")},
        "list": [1],
        "group": {"n": -1, "oops": 2},
        "blank": " ",
        "wrld": 1,
    }
    read = Parameters("a_model", {"nothing": None, **given})
    read.text("name")
    read.text("nothing")
    read.integer("whole", 1)
    read.number("number", 1.0)
    read.number("huge", 1.0)
    read.flag("flag", default=True)
    read.mapping("map")
    read.mapping("list")
    read.group("group").integer("n", 5)
    read.optional_text("blank")
    read.optional_text("world")
    with pytest.raises(PluginError) as caught:
        read.finish()
    assert str(caught.value).splitlines() == [
        "a_model: 12 parameters are wrong",
        "  name: is missing",
        "  nothing: is missing",
        "  whole True: is not a whole number of at least 0",
        "  number nan: is not a number above 0",
        f"  huge 1{'0' * 98}…: is not a number above 0",
        "  flag 'yes': is neither true nor false",
        "  map {'a': inf}: is not a mapping of names to JSON values",
        "  list [1]: is not a mapping of names to JSON values",
        "  blank ' ': is not a text, or is blank",
        "  wrld 1: is unknown; did you mean 'world'?",
        "  group.n -1: is not a whole number of at least 0",
        "  group.oops 2: is unknown; known: n",
    ]


def test_a_group_that_is_no_mapping_is_a_fault() -> None:
    read = Parameters("a_model", {"group": 7})
    read.group("group")
    with pytest.raises(PluginError, match="group 7: is not a mapping"):
        read.finish()


@pytest.mark.parametrize("name", ["api_key", "token", "Authorization", "headers", "password"])
def test_what_may_be_a_secret_is_not_shown(name: str) -> None:
    read = Parameters("a_model", {name: "hunter22", "more": {"x": "hunter22"}})
    with pytest.raises(PluginError) as caught:
        read.finish()
    assert name in str(caught.value)
    assert "hunter22" not in str(caught.value)


def test_a_secret_is_the_value_of_the_variable_that_is_named() -> None:
    read = Parameters("a_model", {"key_env": "MY_KEY"})
    assert read.secret("key_env", {"MY_KEY": " s3cret\n"}) == "s3cret"
    read.finish()


@pytest.mark.parametrize(
    ("variable", "environ", "message"),
    [
        pytest.param("MY_KEY", {}, "key_env 'MY_KEY': names .* not set", id="not set"),
        pytest.param("MY_KEY", {"MY_KEY": " "}, "key_env 'MY_KEY': names .* not set", id="blank"),
        pytest.param("sk-abc12", {}, r"key_env \(not shown\): is not the NAME", id="a key itself"),
        pytest.param("MY_KEY", {"MY_KEY": "a\nb"}, "no HTTP header can carry", id="two lines"),
        pytest.param("MY_KEY", {"MY_KEY": "schlüssel"}, "no HTTP header can carry", id="umlaut"),
    ],
)
def test_a_secret_that_cannot_be_had(variable: str, environ: dict[str, str], message: str) -> None:
    read = Parameters("a_model", {"key_env": variable})
    read.secret("key_env", environ)
    with pytest.raises(PluginError, match=message) as caught:
        read.finish()
    assert "sk-abc12" not in str(caught.value)
    assert "schl" not in str(caught.value)
