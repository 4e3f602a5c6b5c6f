"""How tokens are written."""

from __future__ import annotations

import re
import string

from hypothesis import assume, given
from hypothesis import strategies as st

from safelight_index.tokens import TokenText

ALPHABET = string.ascii_letters + string.digits


def test_a_new_token_is_read_back_and_differs_from_every_other() -> None:
    texts = {TokenText.generate().reveal() for _ in range(100)}
    assert len(texts) == 100
    for text in texts:
        token = TokenText.parse(text)
        assert token is not None
        assert token.reveal() == text


def test_a_token_needs_no_quoting_anywhere() -> None:
    assert re.fullmatch(r"slix_[A-Za-z0-9]{46}", TokenText.generate().reveal())


@given(position=st.integers(0, 50), character=st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(position: int, character: str) -> None:
    text = TokenText.generate().reveal()
    assume(text[position] != character)
    assert TokenText.parse(text[:position] + character + text[position + 1 :]) is None


@given(position=st.integers(0, 50))
def test_a_lost_character_is_noticed(position: int) -> None:
    text = TokenText.generate().reveal()
    assert TokenText.parse(text[:position] + text[position + 1 :]) is None


@given(st.text())
def test_other_text_is_no_token(text: str) -> None:
    assert TokenText.parse(text) is None


def test_a_token_does_not_print_itself() -> None:
    token = TokenText.generate()
    secret = token.reveal().removeprefix("slix_")[8:]
    for shown in (repr(token), str(token), f"{token}", f"{[token]}"):
        assert secret not in shown
        assert token.id in shown
