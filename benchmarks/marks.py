"""Text that a script writes between two marks of a file."""

from __future__ import annotations

import re


def rendered(text: str, content: str, name: str) -> str:
    """`text` with `content` between its two marks, lines with "`name`: begin" and "`name`: end" in them.

    Raises:
        ValueError: the marks are missing.

    """
    begin, end = (rf"^[^\n]*{name}: {word}[^\n]*$" for word in ("begin", "end"))
    pattern = re.compile(rf"({begin}\n).*?({end})", re.DOTALL | re.MULTILINE)
    changed, count = pattern.subn(lambda found: found[1] + content + found[2], text)
    if count != 1:
        raise ValueError(f"the marks of the {name} are missing")
    return changed
