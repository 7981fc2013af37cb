"""Languages, by their IETF tags (BCP 47)."""

import re

from feedloom.problems import Mistake

# ISO 639-1; validators know these and take any code of three letters.
_CODES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu
    fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km
    kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om
    or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr
    ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 (a list of strings would have 183 lines)
)
_TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{1,8}){0,8})", re.ASCII)


def tag(written: str) -> str:
    """The tag that a text is, with `-` where `_` was written. Raises Mistake."""
    found = _TAG.fullmatch(written.strip().replace("_", "-"))
    if not found or (len(found[1]) == 2 and found[1].lower() not in _CODES):
        raise Mistake("language-invalid", written.strip())
    return found[0]
