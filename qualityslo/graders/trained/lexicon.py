"""Word lists of the trained graders: what is too common to tell, what denies, what is the same.

Hand-written, from the error types of `docs/grader-figures.md`; none was learnt from data.
"""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set.

    >>> sorted(word_set("more less"))
    ['less', 'more']
    """
    return frozenset(text.split())


NEGATIONS = word_set(
    """
    not no never none cannot without neither nor nobody nothing nowhere didn doesn isn aren
    wasn weren couldn wouldn shouldn hasn haven hadn
    """
)
QUANTIFIERS = word_set(
    """
    all every each always never only none no most many few several some both entire
    completely fully totally entirely any half majority minority exactly just solely
    """
)
HEDGES = word_set(
    """
    may might could can possibly perhaps likely probably seem appear suggest would should
    potential potentially allegedly reportedly about around approximately almost nearly
    """
)
UNDECIDED = word_set(
    """
    may might possibly probably likely unclear however although depends varies several
    different various
    """
)
COMPARISONS = word_set(
    """
    more less most least higher lower better worse larger smaller before after first last
    earlier later increase decrease above below over under up down
    """
)
TIME_BOUND = word_set(
    """
    current currently last latest new newest next now today recent recently this upcoming
    season episode most ever year
    """
)

_MONTH_NAMES = (
    "january february march april may june july august september october november december"
)
MONTH_NAMES = _MONTH_NAMES.split()
MONTHS = {
    name: number
    for number, full in enumerate(MONTH_NAMES, start=1)
    for name in (full, full[:3], *(["sept"] if full == "september" else []))
}
_ORDINALS = """
third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
ORDINALS = {name: str(number) for number, name in enumerate(_ORDINALS.split(), start=3)}
ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11",
    "xii": "12",
}  # fmt: skip

# One word for several; both sides of a comparison go through it.
PHRASES = {
    "united states of america": "us",
    "united states": "us",
    "u s a": "us",
    "u s": "us",
    "united kingdom": "uk",
    "great britain": "uk",
    "u k": "uk",
    "new york city": "nyc",
    "second world war": "ww2",
    "world war ii": "ww2",
    "world war 2": "ww2",
    "first world war": "ww1",
    "world war i": "ww1",
    "world war 1": "ww1",
}
_NATIONALITIES = """
france french|germany german|spain spanish|italy italian|ireland irish|scotland scottish
wales welsh|china chinese|japan japanese|russia russian|india indian|canada canadian
australia australian|mexico mexican|brazil brazilian|egypt egyptian|greece greek|rome roman
israel israeli|portugal portuguese|netherlands dutch|holland dutch|sweden swedish
norway norwegian|denmark danish|finland finnish|poland polish|turkey turkish|europe european
africa african|asia asian|korea korean|vietnam vietnamese|cuba cuban|argentina argentinian
switzerland swiss|belgium belgian|austria austrian|hungary hungarian|iran iranian|iraq iraqi
pakistan pakistani|california californian|texas texan|islam islamic|muslim islamic
england english
"""
ALIASES = {
    "usa": "us", "america": "us", "american": "us", "britain": "uk", "british": "uk",
    "wwii": "ww2", "wwi": "ww1", "mt": "mount", "st": "saint", "tv": "television",
    "movie": "film", "movies": "film", "grey": "gray",
    **dict(
        pair.split()
        for line in _NATIONALITIES.strip().splitlines()
        for pair in line.split("|")
    ),
}  # fmt: skip

_OPPOSITES = """
increase decrease|rise fall|high low|higher lower|more less|most least|before after|first last
early late|earlier later|up down|above below|over under|large small|big small|old young|new old
good bad|better worse|best worst|win lose|won lost|gain lose|buy sell|bought sold|accept reject
accept decline|allow prohibit|allow forbid|allow deny|permit forbid|approve reject|agree disagree
like dislike|love hate|success failure|succeed fail|positive negative|true false|right wrong
open close|start end|begin end|start finish|start stop|begin stop|arrive leave|arrive depart
enter leave|add remove|include exclude|inside outside|internal external|public private|male female
man woman|men women|boy girl|father mother|son daughter|brother sister|husband wife|king queen
north south|east west|northern southern|eastern western|left right|top bottom|front back
long short|longer shorter|far near|fast slow|strong weak|strengthen weaken|rich poor
cheap expensive|easy difficult|easy hard|simple complex|hot cold|warm cool|light dark|day night
morning evening|morning afternoon|monthly weekly|daily weekly|monthly yearly|monthly annual
weekly annual|always never|all none|all some|many few|several few|every no|support oppose
support deny|confirm deny|admit deny|encourage discourage|enable disable|enable prevent
help hinder|improve worsen|improve reduce|enhance reduce|expand reduce|expand shrink|grow shrink
growth decline|increase reduce|increase decline|raise lower|raise reduce|profit loss
income expense|revenue cost|hire fire|borrow lend|send receive|give take|give receive|teach learn
ask answer|optimistic pessimistic|happy sad|excited disappointed|satisfied dissatisfied
satisfied disappointed|confident uncertain|certain uncertain|safe dangerous|guilty innocent
alive dead|live die|born die|present absent|present past|past future|major minor|maximum minimum
full empty|heavy light|thick thin|wide narrow|deep shallow|clean dirty|wet dry|natural artificial
legal illegal|possible impossible|able unable|known unknown|similar different|same different
together separate|alone together|common rare|frequent rare|often rarely|often seldom
sometimes always|rarely usually|important unimportant|necessary unnecessary
successful unsuccessful|formal informal|complete incomplete|complete partial|limited unlimited
limited extensive|limited wide|limited various|limited comprehensive|direct indirect
single multiple|one several|single several|domestic foreign|local national|local international
national international|federal state|summer winter|spring autumn|former current|former future
previous next|current previous|previous future|senior junior|teacher student|doctor patient
customer agent|client agent|employer employee|seller buyer|parent child|attack defend|peace war
friend enemy|victory defeat|advantage disadvantage|benefit drawback|strength weakness
demand supply|call email|letter call|accept refuse|remember forget|find lose|build destroy
create destroy|create delete|push pull|lead follow|ignore consider|ignore address|abandon prepare
delay accelerate|postpone advance|online offline|manual automatic|theoretical empirical
outperform underperform|supervised unsupervised|linear nonlinear|without with
"""
OPPOSITES: tuple[tuple[str, str], ...] = tuple(
    (first, second)
    for line in _OPPOSITES.strip().splitlines()
    for first, second in (pair.split() for pair in line.split("|"))
)
