r"""Makes text from outside harmless on a terminal.

A title, a name, a server's message may hold escape sequences that move the cursor, hide a
line or set the clipboard, and characters that turn the reading direction around. Control
characters are shown as ``\x1b``; what is invisible by design and steers the reading is
dropped. Joiners stay: Persian, Indic scripts and emoji are spelt with them.
"""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_STEERING = re.compile(
    "["
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks, embeddings, overrides, isolates
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # no width
    "\U000e0000-\U000e007f"  # tags: a second, unseen text
    "]"
)


def clean(text: str) -> str:
    r"""Return *text* as one line that a terminal shows and never obeys.

    >>> clean("A\x1b[2JB\u202eC")
    'A\\x1b[2JBC'
    """
    return _CONTROL.sub(_shown, _STEERING.sub("", text))


def _shown(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
