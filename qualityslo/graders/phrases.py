"""The phrases by which `abstention` tells that a text declines: English, matched in lower case.

Each is named by an example of what it covers. Repeats are bounded and sentences short: no text
makes them slow.
"""

import re

_DOCUMENT = (
    r"(?:passage|context|text|documents?|handbook|manual|article|excerpt|sources?|material|paragraph"
    r"|page|snippet|description|story|summary|conversation|prompt)"
)
_SOURCE = rf"(?:{_DOCUMENT}|information|details?|content|policy|guide|report|data|it|this|they)"
_KNOWLEDGE = r"(?:information|info|mention|indication|details?|data|reference|answer|way)"
# "does not", "doesn't actually", "is never explicitly"
_NOT = r"(?:n't| not| never)(?: \w{2,12}ly| even| at all| yet)?"
_CANNOT = r"(?:cannot|can't|can not|could not|couldn't|am unable to|'m unable to|was unable to)"
_SAY = (
    r"(?:mention|say|state|specify|indicate|discuss|address|explain|tell|disclose|reveal|clarify)"
)
_HOLD = r"(?:provide|contain|include|give|describe|list|answer|define|detail|cover|offer|have)"
_SAID = (
    r"(?:mentioned|specified|stated|disclosed|indicated|discussed|addressed|clarified|detailed"
    r"|answered)"
)
_HELD = (
    r"(?:given|provided|available|known|listed|described|covered|contained|found|present|defined"
    r"|explained|included|clear)"
)
_LEAD = r"^(?:unfortunately,? |sorry,? |no, |based on .{0,60}, |from .{0,40}, |according to .{0,40}, )?"

FIRM_PHRASES: dict[str, str] = {
    "the passage does not mention it": (
        rf"\b{_SOURCE}\b[^;]{{0,60}}?\b(?:does|do|did|has|have){_NOT} (?:{_SAY}|{_SAID})\b"
    ),
    "the passage does not contain it": (
        rf"\b{_DOCUMENT}\b[^;]{{0,60}}?\b(?:does|do|did){_NOT} {_HOLD}\b"
    ),
    "it does not provide any information": (
        rf"\b{_SOURCE}\b[^;]{{0,60}}?\b(?:does|do|did){_NOT} {_HOLD} (?:\w+ ){{0,3}}{_KNOWLEDGE}\b"
    ),
    "the passage says nothing about it": (
        rf"\b{_SOURCE}\b[^;]{{0,40}}?\b(?:says? nothing|makes? no mention|is silent)\b"
    ),
    "the passage gives no details": (
        rf"\b{_SOURCE}\b[^;]{{0,40}}?\b(?:contains?|provides?|gives?|includes?|offers?|has) no "
        rf"(?:\w+ ){{0,2}}{_KNOWLEDGE}\b"
    ),
    "there is no information": (
        r"\b(?:there(?: is|'s| are| was| were)|i (?:see|find|found)) "
        rf"(?:no|not any|not enough|insufficient) (?!definit|single|simple|clear|one)(?:\w+ ){{0,3}}{_KNOWLEDGE}\b"
    ),
    "there isn't any information": (
        rf"\bthere (?:is|are|was|were)n't (?:any|enough) (?:\w+ ){{0,2}}{_KNOWLEDGE}\b"
    ),
    "no information is given": (
        rf"{_LEAD}no (?:\w+ ){{0,3}}{_KNOWLEDGE}(?: (?:on|about|for|regarding|of|concerning) .{{1,80}})?"
        rf"(?: (?:is|are|was|were) (?:\w+ )?(?:{_SAID}|{_HELD}))?(?: (?:in|on|about|for|regarding) .{{1,80}})?\W*$"
    ),
    "the price is not specified": (
        r"^(?:(?!\b(?:who|whose|which|that|where)\b).){0,120}?\b(?:is|are|was|were|been)"
        rf"{_NOT} {_SAID}\b"
    ),
    "the price is not given in the passage": (
        rf"{_NOT} {_HELD}\b[^,;]{{0,40}}? (?:in|by|from|within) (?:the |this |that )?(?:\w+ ){{0,2}}{_DOCUMENT}\b"
    ),
    "the exact price is not known": (
        rf"{_LEAD}(?:the |this |that )?(?:(?:exact|specific|precise|requested) .{{1,60}}"
        rf"|(?:information|details?|answer)(?: .{{1,60}})?) (?:is|are|was|were){_NOT} {_HELD}\b"
    ),
    "not specified": (
        rf"^(?:answer: |the answer is |it is |it's |this is |that is )?(?:not(?: \w+ly)? (?:{_SAID}|{_HELD})"
        r"|unknown|unspecified|unclear|n/?a|no answer|none (?:given|mentioned|stated|specified)"
        r"|(?:not answer|unanswer)able|(?:cannot|can't) say|(?:not enough|insufficient) information"
        r"|no idea|(?:do not|don't) know|dunno)(?: (?:in|by|from|here|based) .{1,60}| here)?\W*$"
    ),
    "it is unclear from the passage": (
        rf"{_LEAD}(?:it|this|that|the answer)(?: is|'s) (?:unclear|unknown|unspecified|not (?:clear|known))"
        r"(?= (?:from|based|in|because|how|what|who|whether|when|where|which|why|as|since)\b|\W*$)"
    ),
    "it is impossible to tell": (
        r"\b(?:it|this|that|answer)(?: is|'s) (?:not possible|impossible) to "
        r"(?:say|tell|know|determine|answer|infer)\b"
    ),
    "it cannot be determined": (
        r"\b(?:cannot|can't|can not|could not|couldn't) (?:\w+ly )?be (?:\w+ly )?(?:determined|answered"
        r"|inferred|deduced|ascertained|concluded|(?:known|established|found|calculated) (?:from|in|with)\b)"
    ),
    "not enough information": (
        r"\b(?:not enough|insufficient|not sufficient|lacks?(?: the| enough| sufficient)?) (?:\w+ ){0,2}?"
        r"(?:information|info|data|context|details?|evidence)\b"
    ),
    "I do not know": (
        r"\bi(?: really| honestly| simply| just)? (?:do|did)(?: not|n't) (?:\w+ly )?know\b"
        r"|\bwe (?:do not|don't|cannot|can't) know\b"
    ),
    "I don't have enough information": (
        r"\bi(?: currently)? (?:do not|don't|did not|didn't) (?:\w+ly )?(?:have|see|find) "
        r"(?:\w+ ){0,3}?(?:information|info|knowledge|data|details?|answer|access|ability|context|clue"
        r"|idea|mention)\b"
    ),
    "I have no idea": (
        r"\bi have no (?:\w+ )?(?:idea|information|info|knowledge|way|data|details?|access|clue|answer)\b"
    ),
    "I cannot answer": (
        rf"\b(?:i|we) ?(?:still |also )?(?:{_CANNOT}|(?:am |'m |was |were )(?:not able|unable) to|won't|will not) (?:\w+ly )?"
        r"(?:be able to )?(?:answer|provide|find|determine|say|tell|give|confirm|help(?! but| falling| feeling)|assist|comply"
        r"|discuss|share|fulfill?|do (?:that|this|so|it)|engage|create|generate|write|support|access|locate|see"
        r"|verify|infer|identify|offer|continue|participate|disclose|reveal)\b"
    ),
    "unable to determine": (
        r"^(?:sorry,? |unfortunately,? |i'm afraid )?(?:unable|not able) to (?:answer|help|assist|provide"
        r"|determine|find|locate|say|tell|give|comply|verify|confirm)\b"
    ),
    "I'm afraid I can't": (
        r"\bi(?: must| have to| will have to|'ll have to| need to)? (?:decline|refuse)\b"
        r"|\bi(?:'d| would) (?:rather|prefer) not\b|\bi(?: cannot| can't|'m afraid not)\W*$"
        r"|\bi(?:'m| am) not (?:able to\W*$|(?:allowed|permitted|comfortable|programmed|designed)\b)"
    ),
    "beyond the scope of the passage": (
        r"\b(?:beyond|outside(?: of)?|out of) (?:my|the) (?:\w+ )?(?:knowledge|scope|expertise"
        r"|capabilities|context|passage)\b"
    ),
    "I'm not familiar with it": (
        r"\bi(?:'m| am) not (?:aware of|familiar|informed|capable of|in a position to)\b"
    ),
    "the question cannot be answered": (
        r"\bquestion (?:cannot|can't|can not) be answered\b|\b(?:is|seems) unanswerable\b"
    ),
}

SOFT_PHRASES: dict[str, str] = {
    "I'm not sure about that": (
        r"\b(?:i(?:'m| am)|we(?:'re| are)) (?:not (?:\w+ly )?(?:sure|certain|confident|positive)|unsure"
        r"|uncertain)(?: (?:about|of) (?:that|this|it|the \w+))?"
    ),
    "it's hard to say": r"\b(?:it(?:'s| is) )?(?:hard|difficult|tough) to (?:say|tell|know)\b",
    "there is no definitive answer": (
        r"\bthere is no (?:definit(?:ive|e)|single|simple|clear|one) (?:\w+ )?answer\b"
    ),
    "as an AI, I do not have opinions": (
        r"\bas an? (?:ai|artificial|language|large language|virtual)\b[^,;]{0,60}, i (?:cannot|can't|can not"
        r"|do not|don't|am unable|am not able|have no)\b[^,;]{0,120}"
    ),
    "my knowledge ends in 2021": (
        r"\bi(?:'m| am) (?:only |just )?an? (?:ai|artificial|language|large language)\b[^,;]{0,120}"
        r"|^my (?:knowledge|training|last update|data)\b[^,;]{0,120}"
    ),
}

# What may follow a soft phrase in its sentence without being an answer.
_EVASION = (
    r"\W*(?:(?:about|of|on|what|how|who|when|where|which|whether|if|why|that|because|for|to"
    r"|i understand|without)\b[^,;]{0,160}|this|it|sorry|exactly)?\W*"
)

GUESS_PHRASES: dict[str, str] = {
    "I think": r"\bi(?: would|'d)? (?:think|believe|guess|suspect|assume|estimate|say)\b",
    "my best guess": r"\b(?:best|educated|my) guess\b|\bif i (?:had|have|were) to\b",
    "probably": r"\b(?:probably|presumably|likely|perhaps|possibly|maybe)\b(?!\W*$)",
    "the answer is": (
        r"\b(?:the|my) answer (?:is|would be|could be|might be|should be)\b|^\W*answer\b"
    ),
    "it is 12": (
        r"\b(?:it|he|she|that|they|there)(?:'s|'re| is| was| are| were| (?:would|could|might|may) be)"
        r" (?:about |around |approximately |roughly |in |on |at |the )?[\u20ac$\u00a3]?[0-9]"
    ),
    "approximately 12": r"\b(?:approximately|roughly|around|estimated(?: at)?) [\u20ac$\u00a3]?[0-9]",
    "but it is blue": (
        r"^\W*(?:but|however|so|though)\W+(?:it|he|she|they)(?:'s|'re| is| was| are| were| costs?| takes?) "
        r"(?!possible|clear|unclear|not|no\b|important|recommended|safe|reasonable|worth|best|advisable"
        r"|unknown|stated|mentioned|helpful|some|other|also|only|any)"
    ),
}

FILLER_PHRASES: dict[str, str] = {
    "Thank you for your question.": r"thank(?:s| you)\b.{0,60}|(?:good|great) question\W*",
    "Hello!": r"(?:hello|hi|dear)\b.{0,20}|(?:sure|of course|certainly|unfortunately|well)\W*",
    "You may want to contact support.": (
        r"(?:please |feel free to |you (?:may|might|can|could|should) (?:want to |try to |also )?)"
        r"(?:check|contact|consult|ask|refer|see|visit|provide|share|let|look|reach|clarify|note|specify"
        r"|call|verify|try|review|tell)\b.*"
    ),
    "I'd be happy to help.": r"i(?:'m| am| would|'d|'ll| will) (?:be )?(?:happy|glad|able) to help\b.*",
    "If you can share the passage, ...": r"if you (?:have|can|could|provide|need|would|want|share|give)\b.*",
    "Is there anything else?": (
        r"(?:is there|can i|may i|could you|would you|do you|how can i|let me know)\b.*"
    ),
    "I can help with something else.": r"i (?:can|could) (?:also |however )?(?:help|assist|try|offer|look)\b.*",
    "I recommend asking the depot.": r"i (?:would |'d )?(?:recommend|suggest)\b.*",
    "It is best to ask the depot.": r"it(?: is|'s) (?:best|advisable|recommended) to\b.*",
    "Answer:": r"(?:the )?(?:answer|response|a)\W*",
}


_APOLOGY = (
    r"^(?:(?:i(?:'m| am) )?(?:so |very |really |truly )?sorry|(?:i |my )?apolog(?:i[sz]e|ies))"
    r"(?: (?:about|for|to hear) [^,.;!?]{1,60})?[,.!;:]?(?: but\b,?)? ?"
)
_CONTRAST = r"^\W*(?:but|however|though|although|that said|nevertheless|nonetheless|still|yet|anyway)\b[\s,]*"
_ABOUT_SOURCE = (
    rf"\b{_DOCUMENT}\b|\b(?:it|they) (?:also |only |just |does |do )*(?:mention|say|state|specif|describe"
    r"|explain|note|list|provide|give|indicate|suggest)"
)


def _any(phrases: dict[str, str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in phrases.values())


# No phrase begins inside a word but for these endings of one; looking for that first takes a third
# of the time.
FIRM = re.compile(rf"(?:\b(?=\w)|(?=n't| n)|^)(?:{_any(FIRM_PHRASES)})")
SOFT = re.compile(rf"\b(?:{_any(SOFT_PHRASES)})")
EVASION = re.compile(_EVASION)
GUESS = re.compile(_any(GUESS_PHRASES))
FILLER = re.compile(rf"(?:{_any(FILLER_PHRASES)})$")
APOLOGY = re.compile(_APOLOGY)
CONTRAST = re.compile(_CONTRAST)
ABOUT_SOURCE = re.compile(_ABOUT_SOURCE)
QUOTED = re.compile(r"\"[^\"]{0,200}\"")
TURN_AND_COMMA = re.compile(
    r"\b(but|however|though|although|that said|nevertheless|nonetheless|still|yet|anyway),"
)
CLAUSE = re.compile(r"[;:,]| - |\u2014|\u2013|\b(?=(?:but|however|though) )")
