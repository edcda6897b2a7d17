"""What a visitor wrote reaches Markdown as letters: by CommonMark, a backslash makes any ASCII
punctuation one."""

import re
import string

from convnext_viz.ui.literal import literal

ESCAPED = re.compile(rf"\\([{re.escape(string.punctuation)}])")
MARKUP = r"\`*_{}[]()<>#+-.!|~$:"  # CommonMark's, tables, and Streamlit's directives and formulas


def test_no_letter_has_a_meaning_and_none_is_lost() -> None:
    text = f"a {string.punctuation} b:red[c] <script>x</script> $y$ 中文"
    made = literal(text)
    assert ESCAPED.sub(r"\1", made) == text
    assert not set(ESCAPED.sub("", made)) & set(MARKUP)


def test_each_line_stays_one() -> None:
    assert literal("one\n# two\r\nthree") == "one  \n\\# two  \nthree"
