"""How a sentence treats a name: as a firm that acts, speaks or owns, as a person, or as somebody else's context."""

import re
from dataclasses import dataclass

_OFFICE = (
    r"(?:CEOs?|[Cc]hief|[Bb]oss|[Cc]o-?[Ff]ounder|[Ff]ounder|[Pp]resident|[Ss]pokes\w+|[Ee]xecutives?|[Oo]wner"
    r"|[Hh]ead"
    r"|[Cc]hair\w*|[Dd]irector|CFO|CTO|COO|[Mm]anager|[Aa]nalyst|[Pp]rofessor|[Ss]enator|[Rr]eporter|[Pp]artner"
    r"|[Ss]ecretary|[Ee]conomist|[Oo]fficer|[Ee]ditor|[Ee]ditor-in-chief|[Oo]rganiser|[Oo]rganizer|[Mm]inister"
    r"|[Mm]ayor"
    r"|[Cc]ouncillor|[Ss]olicitor|[Ll]awyer|[Aa]uthor|[Aa]ctor|[Cc]olumnist|[Vv]ice-president)"
)
_BEFORE_PERSON = re.compile(
    rf"(?:\b{_OFFICE}(?: (?!of\b|at\b|for\b|from\b)[a-z]+){{0,3}},? |\b(?:Mr|Ms|Mrs|Dr|Sir|Prof)\.? |^By )$"
)
_SAID_BEFORE = re.compile(r"\b(?:said|says|told|wrote|writes|added|adds|according to|asked|tells|explains|recalls) $")
_PERSON_AFTER = re.compile(
    rf"^(?:, (?:\d\d\b|(?:an?|the|its|their|his|her|who|then|our)\b[^,.]{{0,50}}\b{_OFFICE}\b"
    rf"|(?:[a-z\-]+ ){{0,3}}{_OFFICE}\b|[A-Z][\w ]{{0,30}}{_OFFICE}\b)|,? who is \d\d)"
)
_PRODUCT_AFTER = re.compile(r"^,? (?:posts?|accounts?|pages?|profiles?|videos?|users|apps?|searche?s?|ads)\b")
_SPEAKS_NEXT = re.compile(
    r"^,? (?:said|says|told|wrote|writes|added|adds|asked|tells|explained|explains|thinks|recalls|did|didn)\b"
)
_OF_FIRM = re.compile(rf"\b{_OFFICE}(?: and [A-Za-z]+)? (?:of|at|for) (?:the )?(?:[a-z\-]+ ){{0,3}}$")
_AT_FIRM = re.compile(
    r"\b(?:layoffs?|cuts|jobs?|staff|workers|employees|roles|posts|positions|analyst|engineer|worker|employee"
    r"|redundancies"
    r"|consultation over|recalled|rehired|dismissed|replaced|employed|sacked|fired|reinstated|branches|desk|work"
    r"|killed) (?:at|by|of|from) $",
    re.IGNORECASE,
)
_SORTS = (
    r"(?:company|firm|start-?up|insurer|bank|retailer|lender|airline|publisher|chain|maker|group|studio|platform|site"
    r"|operator|giant|provider|consultancy|carrier|utility|seller|broker|agency|business|carmaker|broadcaster|app"
    r"|builder"
    r"|network|house|exporter|supplier|vendor|host|manufacturer|brewer|distributor|outsourcer|newspaper|hospital"
    r"|council|university|charity|authority|developer|neobank|owner|employer|outlet|marketplace|grocer|supermarket"
    r"|practice|brokerage|fund|service|contractor|processor|automaker|chipmaker|drugmaker|wholesaler"
    r"|Versicherer|Bank|Konzern|Hersteller|Werkzeughersteller|Händler|Betreiber|Unternehmen|Kette"
    r"|aseguradora|aerolínea|empresa|cadena|banco|compañía|operadora|assureur|agence|entreprise|société|banque"
    r"|groupe|studio"
    r"|banken|bolaget|företaget|kedjan|koncernen)"
)
_SORT_BESIDE = re.compile(rf"\b{_SORTS},? $", re.IGNORECASE)
_SORT_AFTER = re.compile(
    rf"^,? (?:\([^)]{{0,40}}\),? )?(?:,? ?(?:an?|the|which|one of|India's|Britain's) [^.;]{{0,60}}\b{_SORTS}\b)"
    rf"|^ (?:Inc|plc|Ltd|AG|SE|NV|N\.V|S\.A|GmbH|Corp|LLC)\b"
)
_MEASURES_AFTER = re.compile(
    r"^,? (?:[Ss]ays?|[Ss]aid|[Pp]redict|[Ff]orecast|[Ee]stimat|[Ff]inds?|[Ff]ound|[Rr]eport|[Ww]arn|[Ee]xpects?"
    r"|[Aa]nalysis"
    r"|[Ss]tudy|[Ss]urvey|[Aa]nalysts?|[Rr]esearch|[Ee]conomists?)"
)
_CONTEXT = re.compile(
    r"(?:\b(?:such as|like|including|unlike|alongside|competitors?|rivals?|told|reported by|via|with|joins?"
    r"|following|similar to|seen at|partner(?:ship|ed) with|and|loses|from|called|named|dubbed|assistant|chatbot"
    r"|agent),?"
    r"|[,\"“]) $|\b(?:in|near|outside|across) $|[\"“]$",
    re.IGNORECASE,
)
_STAFF = (
    r"(?:layoffs?\b|job cuts?\b|jobs?\b|staff\b|workers\b|employees\b|service\b|Layoffs?\b|Job Cuts?\b|redundanc"
    r"|Redundanc"
    r"|Workers\b|Employees\b|Staff\b|insiders\b|(?:supermarket|airline|restaurant|hospital|school|librar)\w*\b)"
)
_HEAD_AFTER = re.compile(rf"^(?:['’]s?)? (?:[a-z\-]+(?<!s) )?{_OFFICE}\b")
_STAFF_AFTER = re.compile(rf"^(?:['’]s?)? (?:[a-z\-]+(?<!s) )?{_STAFF}")
_SUBJECT_AFTER = re.compile(
    r"^(?:,[^,.]{3,130},| \([^)]{0,40}\))? (?:(?:will|would|has|have|had|is|are|was|were|says?|said|isn['’]t"
    r"|won['’]t|does|may|might"
    r"|could|can|drew|took|gave|made|ran|began|came|went|found|let|put|kept|set|hit|lost|got|won|paid|sold)\b"
    r"|to [a-z]{2,}|(?!jobs|shares|workers|layoffs|cuts |schools|chiefs|users|customers|agents|drivers|as\b|its\b"
    r"|this\b)"
    r"[a-zà-ÿ]{2,}(?:s|ed|t|ar|er|ait|ó)\b)"
)
_ACTS_AFTER = re.compile(
    r"^(?:,(?:[^,.]|,\d){0,130},| \([^)]{0,40}\))? (?:(?:[Rr]eportedly|[Aa]lso|[Nn]ow|[Jj]ust|[Qq]uietly|[Aa]lready"
    r"|[Hh]as|[Hh]ave|[Hh]ad|[Ii]s|[Aa]re|[Ww]ill|[Tt]o|[Pp]lans|[Ww]as|[Nn]ot|[Aa]lways|[Tt]oday|[Yy]esterday"
    r"|[Mm]ay|going|said it would"
    r"|says it will|is to|has to) ){0,3}"
    r"(?i:cut|slash|shed|ax|lay|laid|fir(?:e|ing)|sack|drop|eliminat|reduc|trim|replac|re-?hir|br(?:ings?\b"
    r"|inging\b|ought)"
    r"|los(?:es?|t|ing)\b|stands?\b|tak|took|hir|recruit|revers|plan|announc|confirm|expect|lets?\b|letting"
    r"|fr(?:eez|oze)"
    r"|paus|stop|end(?:s|ed|ing)?\b|admit|scrap|abandon|pull|walk|shift|mov|retrain|reassign|redeploy|offer"
    r"|promis|clos|shut"
    r"|restor|reinstat|remov|dismiss|return|keep|kept|resum|restart|halt|ditch|disband|outsourc|switch|automat|want"
    r"|prevent|beg[ai]n|deploy|add|halv|cull|reach|expand|guarantee|introduc|reconsider|reassess|rethink|train"
    r"|doubl|tripl|backtrack|backflip|apologi[sz]|regret|concede|roll|shutter|pledg|vow|choos|chose|giv|gave"
    r"|mak|clarif|reveal|launch|splits?\b|calls?\b(?! cent| desk| staff)|calling\b|send|employ|appl[iy]|goes|put"
    r"|hand|turn|won't|does"
    r"|shr[aiu]nk|downsiz|tests?\b|trial|tell|phase|debut|recall|swap|hang|unplug|retir|ring-fence|re-?engag"
    r"|engag|welcom"
    r"|re-?open|open|widen|part(?:s|ed|ing)? |wind|tear|tore|undo|undid|rebuil|releas|terminat|pick|raise|bans?\b"
    r"|lifts?\b|warn|blam|cit(?:es|ed)|defend|file[sd]?|furlough|accelerat|redraw|divid|retain|adopt|hold|stand|renam"
    r"|streich|entl[aä]ss|baut|holt|holen|stellt|trennt|ersetz|varsl|säger|återanställ|anställ|stänger|recontrat"
    r"|despid"
    r"|prescind|recort|vuelv|volver|contrat|supprim|licenci|réembauch|renonc|rappel|embauch|confie|reconvert|va )"
)


_NO_SUBJECT = re.compile(
    r"\b(?:of|in|at|for|to|from|by|with|near|into|across|outside|leave|leaves|leaving|hit|hits|quit|join|joins) $",
    re.IGNORECASE,
)
_THING = (
    r"(?:chatbot|assistant|bot|robot|avatar|voicebot|voice|model|algorithm|software agent|virtual agent|AI \w+"
    r"|attendant)"
)
_THING_BEFORE = re.compile(
    rf"\b(?:called|named|dubbed|nicknamed|christened|known as|{_THING}),? [\"“'‘]?$", re.IGNORECASE
)
_THING_AFTER = re.compile(rf"^[\"”'’]?, (?:an?|the|its|our|their|his|her) (?:[\w-]+ ){{0,4}}{_THING}\b", re.IGNORECASE)
_TAKES = re.compile(  # nothing but a firm does this to its staff: "Gap cuts 400 jobs", but not "Future cuts"
    r"^ (?:lays? off|laid off|(?:is|are) (?:cutting|laying off|shedding|axing|rehiring)|re-?hires"
    r"|(?:to|will) (?:cut|lay off|shed|axe|slash|rehire|replace) (?:\w+ ){0,3}(?:jobs|staff|roles|posts|workers"
    r"|people|\d)"
    r"|(?:cuts?|sheds?|axe[sd]?|slashe[sd]|drops?|replaces|fires|sacks|dismisses|eliminates|hires) (?:(?:its|about"
    r"|up to|nearly"
    r"|some|more than|over|another|all|half|most) )*(?:\d|(?:\w+ )?(?:jobs|staff|roles|posts|workers|employees)\b))"
)
_SPEAKS = re.compile(
    r"^(?:,[^,.]{3,130},| \([^)]{0,40}\))? (?:says|said|will|would|has|had|is|was|to [a-z]{2,}|does|did|plans|told"
    r"|tells|won['’]t"
    r"|isn['’]t|ran|began|saw|paid|expects|[a-z]{3,}ed)\b"
)
_SITE_BEFORE = re.compile(r"\b(?:its|their|the|in|at|from|our) $")
_SITE_AFTER = re.compile(
    r"^ (?:plant|offices?|desk|site|centre|center|branch|depot|factory|hub|warehouse|campus|section|store|mill|call"
    r"|area|region|headquarters|studio|yard|base|harbour|line|airport|foundry)\b"
)
_AHEAD = 200  # characters after a name: a clause with commas may stand before its verb
_OWN_S = re.compile(
    r"^['’]s(?= (?:is|was|has|had|will|would|are|to|said|says|plans|and|in|at|on|after|for)\b|[.,;:?!)]|$)"
)
_RUBRIC = re.compile(r"^ ?: ")
_GOES_ON = re.compile(r" (?!(?:in|of|for|at|on|and|or|the|a|is|as|vs|from)\b)[a-zà-ÿ]{2,}")
_PLACES = (" at ", "At ", ", says ", ", said ", "Chez ", "chez ", " bei ", " hos ")


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one mention of a name is treated."""

    acts: bool  # subject of something done to work
    subject: bool  # of any verb
    owns: bool  # a word beside it says firm: its chief, its staff, "the insurer"
    sort: bool  # "retailer Next", "Next plc": nothing but a firm
    takes: bool  # of a known name: "Next cuts 80 jobs"
    speaks: bool  # of a known name: subject of a verb that is no noun: "Visa said", not "Visa rules"
    context: bool  # "such as", "rival", "in"
    person: bool
    product: bool  # "a LinkedIn post"
    place: bool  # "at Norvik", ", says Norvik"
    site: bool  # "its Carlow plant"
    thing: bool  # "a bot called Stella", "Stella, its assistant"


def treatment(text: str, start: int, end: int, *, known: bool) -> Treatment:
    """Return how a sentence treats the name at this place; a known employer is no person."""
    before, after = text[max(0, start - 60) : start], text[end : end + _AHEAD]
    subject = _NO_SUBJECT.search(before, max(0, len(before) - 12)) is None
    acting = subject and _ACTS_AFTER.match(after) is not None
    heads = _HEAD_AFTER.match(after) is not None or _OF_FIRM.search(before) is not None
    beside = after[:1] == "," or after[1:2].isupper() or after[1:2] == "("  # what _SORT_AFTER begins with
    sort = (
        heads
        or _SORT_BESIDE.search(before, max(0, len(before) - 24)) is not None
        or (beside and _SORT_AFTER.match(after) is not None)
    )
    possessive = after.startswith(("'s ", "’s ", "' ", "’ "))
    return Treatment(
        acts=acting,
        subject=acting or (subject and _SUBJECT_AFTER.match(after) is not None),
        owns=sort
        or possessive
        or _STAFF_AFTER.match(after) is not None
        or _AT_FIRM.search(before, max(0, len(before) - 28)) is not None,
        sort=sort,
        takes=known and subject and _TAKES.match(after) is not None,
        speaks=acting or (known and subject and _SPEAKS.match(after) is not None),
        context=_CONTEXT.search(before, max(0, len(before) - 24)) is not None,
        person=not known and (_BEFORE_PERSON.search(before) is not None or _PERSON_AFTER.match(after) is not None),
        product=_PRODUCT_AFTER.match(after) is not None or before.endswith("/"),
        place=before.endswith(_PLACES),
        site=not known and _SITE_AFTER.match(after) is not None and _SITE_BEFORE.search(before) is not None,
        thing=not known and (_THING_BEFORE.search(before) is not None or _THING_AFTER.match(after) is not None),
    )


def measures(text: str, end: int) -> bool:
    """Return whether whoever is named before this place measures or predicts there."""
    return _MEASURES_AFTER.match(text[end : end + 60]) is not None


def goes_on(text: str, end: int) -> bool:
    """Return whether a word in small letters follows that can be what the name does."""
    return _GOES_ON.match(text[end : end + 20]) is not None


def is_speaker(text: str, start: int, end: int) -> bool:
    """Return whether a name is that of somebody quoted: "said X", "X said"."""
    return (
        _SAID_BEFORE.search(text[max(0, start - 20) : start]) is not None
        or _SPEAKS_NEXT.match(text[end : end + 20]) is not None
    )


def acts(text: str, end: int) -> bool:
    """Return whether something is done to work by whoever is named before this place."""
    return _ACTS_AFTER.match(text[end : end + _AHEAD]) is not None


def own_ending(text: str, end: int) -> bool:
    """Return whether the "'s" after a name is part of it, as no noun follows: "Marlowe's is", "at Marlowe's"."""
    return _OWN_S.match(text[end : end + 12]) is not None


def is_rubric(text: str, end: int) -> bool:
    """Return whether a colon follows a name, which then is what the headline is about."""
    return _RUBRIC.match(text[end : end + 3]) is not None
