"""Golden items as chat messages."""

import pytest
from hypothesis import given, strategies as st

from qualityslo.domain.golden import GoldenItem, Message
from qualityslo.errors import PluginError
from qualityslo.models.parameters import Parameters
from qualityslo.models.prompt import Prompt, read_prompt


def _user(content: str) -> dict[str, str]:
    return {"role": "user", "content": content}


def test_a_question_alone_is_sent_as_it_is() -> None:
    assert Prompt().messages(GoldenItem(id="a", question="Why?")) == [_user("Why?")]


def test_a_context_goes_before_the_question() -> None:
    item = GoldenItem(id="a", question="Why?", context=("One.", "Two."))
    wanted = "Context:\nOne.\n\nTwo.\n\nQuestion: Why?"
    assert Prompt().messages(item) == [_user(wanted)]


def test_a_system_text_comes_first() -> None:
    found = Prompt(system="Be brief.").messages(GoldenItem(id="a", question="Why?"))
    assert found == [{"role": "system", "content": "Be brief."}, _user("Why?")]


def test_a_template_of_ones_own_is_filled() -> None:
    prompt = Prompt(template="{question} ({context}) {question} {other}")
    item = GoldenItem(id="a", question="Q", context=("C",))
    assert prompt.messages(item) == [_user("Q (C) Q {other}")]


@given(st.text(alphabet="{}contextquesi "), st.text(alphabet="{}contextquesi "))
def test_placeholders_inside_question_and_context_are_only_text(
    question: str, context: str
) -> None:
    item = GoldenItem(id="a", question=question, context=(context,))
    found = Prompt(template="[{context}|{question}]").messages(item)
    assert found == [_user(f"[{context}|{question}]")]


def test_a_conversation_is_sent_as_it_is() -> None:
    turns = (Message(role="user", content="Hi"), Message(role="assistant", content="Yes?"))
    item = GoldenItem(
        id="a", question="Why?", messages=(*turns, Message(role="user", content="Why?"))
    )
    found = Prompt(template="X {question}").messages(item)
    assert found == [_user("Hi"), {"role": "assistant", "content": "Yes?"}, _user("Why?")]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_conversation_keeps_its_own_system_text(role: str) -> None:
    turns = (Message(role=role, content="Mine."), Message(role="user", content="Why?"))
    item = GoldenItem(id="a", question="Why?", messages=turns)
    found = Prompt(system="Yours.").messages(item)
    assert found == [{"role": role, "content": "Mine."}, _user("Why?")]


def test_a_conversation_without_a_system_text_gets_one() -> None:
    item = GoldenItem(id="a", question="Q", messages=(Message(role="user", content="Q"),))
    found = Prompt(system="Yours.").messages(item)
    assert found == [{"role": "system", "content": "Yours."}, _user("Q")]


def test_the_context_of_a_conversation_goes_before_its_last_user_turn() -> None:
    turns = (
        Message(role="user", content="Hi"),
        Message(role="user", content="Why?"),
        Message(role="assistant", content="Because"),
    )
    item = GoldenItem(id="a", question="Why?", messages=turns, context=("C.",))
    found = Prompt().messages(item)
    wanted = _user("Context:\nC.\n\nQuestion: Why?")
    assert found == [_user("Hi"), wanted, {"role": "assistant", "content": "Because"}]


def test_a_template_that_never_asks_is_refused() -> None:
    read = Parameters("a_model", {"prompt": "Context: {context}"})
    read_prompt(read)
    with pytest.raises(PluginError, match=r"prompt 'Context: \{context\}': never asks"):
        read.finish()
