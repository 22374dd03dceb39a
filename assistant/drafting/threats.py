"""Which threat a sentence fears, one of the nine of the guide or a general one: what is done to what, and by whom, held beside how near the index finds each technique."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from knowledge import controls, language
from knowledge.errors import Problem, RowRefused


class Near(NamedTuple):
    """What a sentence comes near: ids of ATLAS techniques with their scores, best first, and how like the examples of each threat of the guide it is.

    `among_all` is the same where the general threats, by their ids, are learnt beside those of the guide: it tells the ones from the others.
    """

    techniques: Sequence[tuple[str, float]] = ()
    examples: Mapping[str, float] = {}
    among_all: Mapping[str, float] = {}


Threats = Callable[[str], Near]

EXTRACTION, POISONING, INPUTS = "Model extraction", "Training data poisoning", "Adversarial inputs"
INVERSION, ABUSE, ACCESS = "Model inversion", "API abuse", "Unauthorized access to models"
BREACH, DENIAL, INSIDER = "Data breaches of training data", "Denial of service on AI systems", "Insider threats to AI IP"

MODELS = frozenset({"production_ai_model", "edge_ai_device"})
DATA = frozenset({"training_dataset", "data_storage", "information", "intellectual_property", "historian"})
OPERATED = frozenset({"serving_infrastructure", "api_endpoint", "ot_network", "network", "scada", "monitoring"})
AIMS: Mapping[str, frozenset[str]] = {
    EXTRACTION: frozenset({"production_ai_model", "cloud_ai_service"}),
    POISONING: frozenset({"training_dataset", "feature_pipeline", "development_environment"}),
    INPUTS: frozenset({"production_ai_model", "cloud_ai_service"}),
    INVERSION: frozenset({"production_ai_model", "cloud_ai_service"}),
    ABUSE: frozenset({"api_endpoint"}),
    BREACH: frozenset({"training_dataset", "information", "intellectual_property"}),
}
"""Kinds of assets at which a threat is aimed."""
_STRUCK: Mapping[str, frozenset[str]] = {
    EXTRACTION: frozenset({"edge_ai_device", "serving_infrastructure", "api_endpoint"}),
    POISONING: frozenset({"data_storage", "historian"}),
    INPUTS: frozenset({"edge_ai_device"}),
    INVERSION: frozenset({"training_dataset", "api_endpoint"}),
    ABUSE: frozenset({"cloud_ai_service"}),
    ACCESS: MODELS | OPERATED | {"development_environment", "data_storage", "hmi", "plc", "supplier_service"},
    BREACH: DATA | {"development_environment", "supplier_service"},
    DENIAL: MODELS | OPERATED | {"cloud_ai_service", "historian"},
    INSIDER: MODELS | DATA,
}
"""Kinds that it strikes too, on the way there or because it strikes nearly anything."""
_TOO, _OTHER, _BY_LIKENESS = 0.5, 0.15, 0.3
"""How well these fit, and what any kind fits where no word says what is feared."""
_AHEAD_OF_GUIDE: Mapping[bool | None, float] = {True: 0.3, None: 0.1, False: -0.15}
"""How far a general threat has to be ahead of those of the guide, by whether the asset is a part of an AI system or that is not known."""
_NEAR_ENOUGH, _DEED, _CALLED, _CALLED_FOR = 0.2, 0.15, 0.4, 0.6
"""Likeness below which a sentence is like nothing; what a plain word for the same deed adds to a general threat, and one that names it; and the share of the latter that counts against the guide, half of it where
words speak for that too. All set with each example, and what is said like it, left out."""


@dataclass(frozen=True)
class Threat:
    """A threat by its name, with what the catalogue holds of it, and whether the sentence's own words say so.

    Of one of the guide that is the technique of ATLAS that comes nearest; a general one stands for itself.
    """

    family: str
    entry: controls.Control | None
    said: bool

    def title(self, tongue: str) -> str:
        """Its name in `de` or `en`; those of the guide stay English."""
        return self.entry.named(tongue) if self.entry and self.entry.framework == controls.THREAT else self.family


def likely(sentence: str, near: Near, kind: str = "") -> dict[str, float]:
    """How likely each threat is meant, by its words, the best of its techniques and its examples; nothing for a sentence that is near none."""
    scores: dict[str, float] = defaultdict(float)
    best = near.techniques[0][1] if near.techniques else 1.0
    families = _families()
    for source_id, score in near.techniques:
        for family in families.get(source_id, ()):
            scores[family] = max(scores[family], _NEAR * score / best)
    for family, likeness in near.examples.items():
        scores[family] += _ALIKE * likeness
    for family, worth in _said(sentence, kind).items():
        scores[family] += worth
    if scores and kind:
        for family in _STRUCK:
            scores[family] += _FITS * (1.0 if kind in AIMS.get(family, ()) else _TOO if kind in _STRUCK[family] else 0.0)
    return dict(scores)


def aims(sentence: str, near: Near) -> dict[str, float]:
    """Class of asset -> how well it fits what the sentence fears, 0-1."""
    scores = likely(sentence, near)
    best = max(scores.values(), default=1.0)
    certain = 1.0 if _said(sentence) else _BY_LIKENESS
    out: dict[str, float] = defaultdict(float)
    for family, score in scores.items():
        for kinds, share in ((AIMS.get(family, ()), 1.0), (_STRUCK[family], _TOO)):
            for kind in kinds:
                out[kind] = max(out[kind], certain * share * (score / best) ** 3)
    return {**out, "other": _OTHER * max(out.values(), default=0.0)}


def recognise(sentence: str, near: Near, kind: str = "", of_ai: bool | None = None, thing: str = "") -> Threat | None:
    """The threat that the sentence speaks of; None where nothing comes near, and somebody has to be asked.

    `kind` is the class of the asset that it befalls, `of_ai` whether that is a part of an AI system, as far as it is known, and `thing` its name,
    which tells nothing of what happens to it: a backup server may burn.
    """
    scores, said = likely(sentence, near, kind), _said(sentence, kind)
    family = max(scores, key=lambda name: scores[name], default="")
    if general := _general(_without(sentence, thing), near, family, said, of_ai):
        return general
    if not family or (not said.get(family) and _is_none(near)):
        return None
    return Threat(family, _technique(family, near), bool(said.get(family)))


def _general(sentence: str, near: Near, family: str, said: Mapping[str, float], of_ai: bool | None) -> Threat | None:
    """The general threat that is meant rather than the `family` of the guide, for which the words `said` speak; None where the family is.

    Where the deed is the same, the one of the guide is meant at an AI system and where words speak for it, the general one elsewhere; otherwise the further the asset is
    from AI, the less has to speak for a general threat, and at an AI system it has to be named.
    """
    scores = _generally(sentence, near, said)
    best = max(scores, key=lambda id_: sum(scores[id_]), default="")
    if not best:
        return None
    entry, (alike, deed, called) = _of_general()[best], scores[best]
    if (not called and (of_ai or _is_none(near))) or (family in entry.attribute("on_ai") and (of_ai or _speak_for(family, said, called))):
        return None
    elsewhere = {name for one in _of_general().values() for name in one.attribute("on_ai")} if of_ai is False else set()
    of_guide = [near.among_all.get(name, 0.0) + (0.0 if name in elsewhere else _DEED * said.get(name, 0.0)) for name in _STRUCK]
    ahead = alike + deed + called * _CALLED_FOR / (2 if said else 1) - max(of_guide, default=0.0)
    return Threat(entry.title, entry, bool(called)) if ahead >= _AHEAD_OF_GUIDE[of_ai] else None


def _speak_for(family: str, said: Mapping[str, float], called: float) -> bool:
    """Whether words speak for a threat of the guide where no AI system is near: what people take away is theirs as well, whatever it is called."""
    return bool(said.get(family)) and (not called or family in (INSIDER, BREACH))


def _is_none(near: Near) -> bool:
    """True for a sentence that is like no threat, or more like what is no threat to information than like any."""
    most = max(near.among_all.values(), default=1.0)
    return most < _NEAR_ENOUGH or near.among_all.get(controls.NO_THREAT) == most


def _without(sentence: str, thing: str) -> str:
    """A sentence less the words of a thing's name."""
    name = {language.stem(word, "en") for word in language.words(thing)}
    return re.sub(r"\w+", lambda word: "" if language.stem(word[0].lower(), "en") in name else word[0], sentence)


def _generally(sentence: str, near: Near, said: Mapping[str, float]) -> dict[str, tuple[float, float, float]]:
    """Id of a general threat -> how like its examples a sentence is, what speaks for the same deed, and what words that name it add."""
    text = language.clean(sentence)
    return {
        id_: (
            near.among_all[id_],
            _DEED * max((said.get(name, 0.0) for name in entry.attribute("on_ai")), default=0.0),
            _CALLED if _naming(id_).search(text) else 0.0,
        )
        for id_, entry in _of_general().items()
        if id_ in near.among_all
    }


@cache
def _of_general() -> dict[str, controls.Control]:
    return {one.id: one for one in controls.catalogue().general_threats()}


@cache
def _naming(id_: str) -> re.Pattern[str]:
    """What names a general threat."""
    return _words(" ".join(_of_general()[id_].attribute("words")))


def nearest(sentence: str, near: Near, number: int = 3) -> list[Threat]:
    """The threats that come nearest to a sentence that fits none, best first."""
    said = _said(sentence)
    scores = dict(near.among_all) or likely(sentence, near)
    scores.pop(controls.NO_THREAT, None)
    scores |= {id_: sum(worth) for id_, worth in _generally(sentence, near, said).items()}
    return [named(name, near) for name in sorted(scores, key=lambda name: -scores[name])[:number]]


def named(name: str, near: Near = Near()) -> Threat:
    """The threat of that name or id, whether of the guide, a technique of it, or a general one. Raises RowRefused."""
    wanted = name.strip().casefold()
    for entry in controls.catalogue().general_threats():
        if wanted in (entry.id.casefold(), entry.title.casefold(), entry.title_de.casefold()):
            return Threat(entry.title, entry, True)
    for family in _STRUCK:
        if wanted == family.casefold():
            return Threat(family, _technique(family, near), True)
    technique = controls.catalogue().get(controls.ATLAS, name.strip().upper())
    if technique is None or technique.source_id not in _families():
        raise RowRefused([Problem("risk", "", "threat", name, "there is no such threat; say one such as GT-01, AML.T0020 or its name")])
    return Threat(_families()[technique.source_id][0], technique, True)


def _technique(family: str, near: Near) -> controls.Control | None:
    families, catalogue = _families(), controls.catalogue()
    found = next((source_id for source_id, _ in near.techniques if family in families.get(source_id, ())), None)
    known = found or next((source_id for source_id, names in families.items() if family in names), None)
    return catalogue.by_source(known) if known else None


@cache
def _families() -> dict[str, tuple[str, ...]]:
    """Source id of a technique -> the threats of the guide that it belongs to."""
    out: dict[str, tuple[str, ...]] = {}
    for row in controls.catalogue().threats():
        out[row.source_id] = (*out.get(row.source_id, ()), *row.attribute("guide_threat"))
    return out


# --- words ----------------------------------------------------------------------------------------------------------------

_NEAR, _ALIKE, _FITS, _MEANS = 0.7, 2.0, 0.2, 0.5
"""What the nearest technique counts beside words, of which a plain one counts 1; what likeness to a threat's examples does, and an asset at which it is aimed;
and what an intrusion counts that is the way to something else."""


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(text.split())})".replace("_", r"\s+"), re.IGNORECASE)


_TAKE = _words(
    r"""steal stole steels_ (?:could|can|may|might|would|to)_steel_ theft thief copy copi(?:es|ed) download tak(?:e|es|en|ing)_(?:\w+_){0,5}(?:home|away|along|out|with|model|weights|data|pictures|images)
    sell sold pass(?:es|ed)?_on hand(?:s|ed)?_over leak exfiltrat extract walk(?:s|ed)?_(?:off|out) pull(?:s|ed)?_off read(?:s)?_out read_(?:\w+_){1,3}out lost lose end(?:s|ed)?_up smuggl
    publish expos upload public(?:ly)?\b unencrypted (?:his|her|their|an?)_(?:own_)?(?:private|personal)_ disclos dump carr(?:y|ies|ied) get_lost go(?:es)?_missing forward harvest photograph fotografier scrap(?:e[sd]?|ing)_ siphon
    klau stehl stiehl gestohl entwend kopier herunterl(?:a|ä)d heruntergeladen mitnehm mitnimm mitgenommen nimmt[^,;.]{0,80}\smit\b verkauf veräußer abgezogen abzieh zieht[^,;.]{0,80}\sab\b
    abfließ abgeflossen weitergib weitergegeben weitergeb gibt[^,;.]{0,80}\sweiter\b offengeleg verlor verlier abgegriffen abgreif
    greift[^,;.]{0,80}\sab\b ausgelesen auslesen liest[^,;.]{0,80}\saus\b landen landet gelang(?:en|t)\b \w*(?:hinaus|raus|heraus)getragen hinausgeschmuggelt veröffentlich hochgeladen hochl(?:a|ä)d öffentlich\w* privat\w* mitgeschnitten mitschneid mitgeschrieben mitschreib schreibt[^,;.]{0,80}\smit\b lädt[^,;.]{0,80}\shoch\b datenleck durchsickern raubkop diebstahl datendieb"""
)
_OPEN = _words(
    r"""open_(?:to|for)\b (?:readable|accessible|visible|viewable)_(?:for|to|by)\b (?:every(?:body|one)|anybody|anyone|all_of_\w+|the_(?:whole|entire)_\w+)_(?:\w+_){0,3}(?:read|open|see|view|access|browse)\b
    (?:lesbar|einsehbar|offen|zugänglich|sichtbar)_(?:für|gegenüber)\b für_(?:alle|jeden|jedermann|andere|fremde|die_ganze)[^,;.]{0,80}\s(?:lesbar|einsehbar|offen|zugänglich|sichtbar) steht[^,;.]{0,80}\soffen\b"""
)
_CHANGE = _words(
    r"""poison taint mislabel tamper manipul alter(?:s|ed|ing)?\b chang(?:e|ed|ing)_ falsif doctor(?:s|ed) swap exchang replac bend(?:s|ing)?\b bent slip(?:s|ped)? sneak plant(?:s|ed)_ corrupt modif overwrit insert inject(?:s|ed)?_(?:\w+_){0,3}(?:data|images?|pictures?|samples?|labels?)
    forge faked? delet wip(?:e[sd]?|ing)_ purg(?:e|ing) erase destroy sabotag backdoor flip(?:s|ped) relabel contaminat feed(?:s|ing)?_ fed_ seed(?:s|ed) mix(?:es|ed)
    vergift verfälsch fälsch manipulier unterschieb untergeschoben schiebt[^,;.]{0,80}\sunter\b schleus eingeschleus einschleus austausch ausgetauscht (?:ge)?tauscht (?:ge)?mischt veränder ändert geändert lösch überschreib verseuch
    zerstör sabotier hintertür falsch\w*_(?:label|bild|daten|etikett|beispiel|annotation) vertausch verdreht verstell dreht[^,;.]{0,80}\san\b verbieg verbogen umetikett unterjubel jubelt"""
)
_TRAIN = _words(
    r"""train retrain pre-?train learn label annotat dataset data_set training_set test_(?:set|images?|pictures?|data)\b fine-?tun ground_truth samples?
    \w*train\w* \w*lern(?:en|t|daten|material)\b lernt gelernt \w*label \w*etikett annotation \w*datensatz \w*datensätze beispieldaten (?:\w*test|prüf)(?:bild|daten)\w*"""
)
_DATA = _words(
    r"""data\b image picture photo label annotation drawing recipe archive record series sample document file(?:s)?\b tooling parameter know-?how backup video recording spreadsheet share\b drive\b
    \w*daten\w* \w*bild(?:er|ern)?\b \w*zeichnung \w*rezept \w*aufnahme \w*reihen?\b \w*archiv unterlagen \w*parameter dateien \w*sicherung \w*video \w*laufwerk freigabe\b"""
)
_MODEL = _words(
    r"""models?\b weights network_(?!share|drive|cable|folder) neural algorithm classifier ai\b
    ki\b \w*modelle?s?n?\b gewichte netz(?:es|e)?\b neuronal algorithm \w*modelldatei"""
)
_OWN = _words(
    r"""employee staff colleague co-?worker insider own_(?:people|team|staff|ranks) leaver leav(?:e|es|ing)\b quit resign fired dismiss disgruntl angry frustrat spite revenge grudge bribe laid_off
    last_(?:working_)?day notice_period (?:scientist|engineer|developer|admin|administrator|operator|technician|intern|trainee|planner|manager|lead|leader|foreman|contractor|expert|worker|label+er|inspector|setter|welder|fitter|apprentice|temp)s?\b
    mitarbeiter beschäftigte kolleg innentäter kündig gekündigt ausscheid ausgeschieden verlässt verlassen unzufrieden verärger entlassen frustrier rache bestoch entwickler\w*\b ingenieur techniker werkstudent
    praktikant azubi auszubildend leiharbeit leihkraft prüfer(?:in)?\b labeler einrichter schweißer werker administrator \w*(?:leiter|führer)(?:in)?\b meister schweißfach\w* eigene[nr]?_(?:leute|reihen|team) letzten_(?:arbeits)?tag"""
)
_LEAVING = _words(
    r"""insider own_(?:people|team|staff|ranks) leaver leav(?:e|es|ing)\b(?!_(?:the_)?(?:plant|factory|site|building)\b_(?:over|via|through)) quit resign fired dismiss disgruntl angry frustrat spite revenge grudge bribe laid_off last_(?:working_)?day notice_period new_employer
    kündig gekündigt innentäter ausscheid ausgeschieden unzufrieden verärger entlassen frustrier rache bestoch eigene[nr]?_(?:leute|reihen|team) letzten_(?:arbeits)?tag wechselt_zu neuen_arbeitgeber"""
)
_OUTSIDE = _words(
    r"former ex- outsider stranger attacker competitor rival customer supplier vendor integrator visitor fremd ehemalig früher angreifer dienstleister lieferant besucher kunde wettbewerb konkurren"
)

_PLAIN: tuple[tuple[str, float, re.Pattern[str]], ...] = (
    (POISONING, 1.2, _words(r"poison vergift verseuch mislabel trigger\b auslöser\b knowledge_base wissensbasis (?:false|fake|wrong|forged)_(?:\w+_)?(?:document|instruction|manual) \w*label\w*_(?:\w+_){0,4}(?:chang|alter|manipul|swap|flip|wrong) (?:false|wrong|fake|bad|doctored|manipulated)_(?:label|annotation|example|sample)")),
    (INPUTS, 1.2, _words(
        r"""sticker decal glare tap(?:e[sd]?|ing)_ cover(?:s|ed|ing)?_(?:\w+_){0,3}(?:camera|lens|sensor) adversarial fool(?:s|ed|ing)?\b trick(?:s|ed|ing)? deceiv mislead misled evad blind(?:s|ed|ing)?_ dazzl camouflag jacket
        prompt_injection inject(?:s|ed)?_(?:a_)?prompt jailbreak (?:hidden|invisible)_(?:text|instruction|command|prompt) (?:ignor|bypass|forget)\w*_(?:\w+_){0,2}(?:rule|instruction|guard) talk(?:s|ed)?_(?:\w+_){0,6}into persuad coax role-?_?play spoof
        prepared_ crafted perturb pattern lighting overlook not_(?:see|recogni[sz]e|detect) miss(?:es|ed)?_(?:\w+_){0,3}(?:defect|crack|pore|fault|object|person) keep(?:s)?_(?:\w+_){0,3}quiet sees_nothing sees_no
        \w*aufkleber täusch getäuscht austricks ausgetrickst überlist überred rollenspiel bringt[^,;.]{0,80}\sdazu\b dazu_(?:bring|gebracht) blend abkleb klebt abgeklebt verdeck reflex\w* \w*muster\b \w*licht\b tarn getarnt versteckt\w*_(?:text|anweis|befehl) (?:erkennt|sieht)(?:\s+\S+){0,4}\s+(?:nicht|nichts|keine?n?)\b unerkannt
        regeln_(?:\w+_){0,2}ignorier ignorier (?:manipul\w*|präpariert\w*)_(?:picture|image|input|eingab|bild|teil|bauteil) präparier"""
    )),
    (EXTRACTION, 1.4, _words(
        r"""clon(?:e|ed|es|ing)\b knock-?off look-?alike copycat replica mimic imitat copy_of_(?:\w+_){0,2}(?:model|network|ai)\b (?:behaves|works)_the_same rebuil[dt]s?_(?:\w+_){0,3}(?:model|classifier|detector) stand-in surrogate shadow_model (?:train|build|fit|develop)(?:s|t|ed|ing)?_(?:\w+_){0,2}own_ rebuil[dt]s?_(?:\w+_){0,3}(?:network|algorithm|\w*forecast|prediction|inspection|detection|recognition|segmentation|recommender)
        nachbau nachgebaut nachzubau baut[^,;.]{0,80}\snach\b baut[^,;.]{0,80}\seigene[ns]?\b nachahm abkupfer abgekupfert kopie_(?:\w+_){0,2}modell ersatzmodell schattenmodell"""
    )),
    (INVERSION, 1.3, _words(
        r"""inver(?:t|sion) reconstruct rebuil[dt]s?_ deduc infer(?:s|red|ring)?\b (?<!that\s)(?<!which\s)work(?:s|ed|ing)?_out figur(?:e|es|ed)_out find(?:s)?_out_(?:\w+_){0,3}(?:whether|if|which) tell_(?:\w+_){0,2}(?:whether|if|what|which) conclu membership
        member_of_the_training reveal draw(?:s|ing)?_conclusion guess(?:es|ed)? repeats?_(?:\w+_){0,4}(?:data|customer|personal|prompt) read_back_from confidence_(?:value|score)
        rückschl\w* rückschluss rekonstru zurückrechn zurückgerechnet rechnet[^,;.]{0,80}\szurück\b herausfind herausles herausbekomm ableit ableiten abgeleitet erraten errechnen ausplauder plauder verrät verraten schließ(?:en|t)_auf auf_[^,;.]*schließen konfidenz"""
    )),
    (DENIAL, 1.3, _words(
        r"""flood overload overwhelm denial_of ddos\b dos\b swamp too_many jam(?:s|med)?_ crash offline unavailab outage slow(?:s|ed|ing)?_down (?:so|too)_slow slower stall goes_dark no_longer_(?:delivers|answers) hang(?:s)?\b freez overflow bring(?:s)?_down knock drown exhaust out_of_memory (?:no_longer|does_not|stops)_respond go(?:es)?_down junk
        not_reachable unreachable clog time(?:s|d)?[_-]?out\b break(?:s)?_down huge oversized ransom shut(?:s)?_down
        überlast überflut geflutet lahm \w*flut\b fluten zumüll zugemüllt zuschütt zugeschüttet absturz abstürz stürzt[^,;.]{0,80}\sab\b ausfall ausfäll fällt[^,;.]{0,80}\saus\b blockier hängt(?=\s*(?:[,;.]|$)) einfrier eingefroren\b friert[^,;.]{0,80}\sein\b stillsteh steht[^,;.]{0,80}\sstill\b (?:so|zu)_langsam langsamer liefert_keine verlangsam ausgebremst nicht_mehr_(?:erreichbar|verfügbar)
        verstopf reagiert_nicht in_die_knie zusammenbr riesig erpress zugespammt lahmgelegt"""
    )),
    (ABUSE, 1.2, _words(
        r"""api_?-?key (?:key|token|secret|credential|password|login)\w*_(?:\w+_){0,8}(?:script|code|macro|plain|repo|clear|notebook|container|file|batch|job|spreadsheet|config)\b (?:script|code|macro|repo)\w*_(?:\w+_){0,4}(?:key|token|password) runaway budget bill\b costs?\b
        injection_(?:flaw|attack|hole) sql injection_ plug-?in tool_call calls?_(?:\w+_){0,4}(?:tool|interface|api|endpoint) (?:abus|misus)\w* at_our_expense rate_limit
        missbrauch missbräuch \w*(?:schlüssel|passwort|kennwort|zugangsdaten)_(?:\w+_){0,6}\w*(?:skript|makro|klartext|code|excel|notebook|textdatei) kosten\b rechnung\b kontingent auf_unsere_kosten"""
    )),
    (ABUSE, 0.5, _words(r"apis?\b interface endpoint quota agents?\b \w*schnittstelle \w*endpunkt agent(?:en)?\b")),
    (ACCESS, 1.1, _words(
        r"""unauthori log(?:s|ged|ging)?_?-?(?:in|on)\b logins? account password credential hijack break(?:s|ing)?_into broke_into intrud hack(?:s|ed|er)? backdoor malware virus pickle firmware librar dependency package compromis trojan pre-?trained supply_chain open_hub
        without_(?:\w+_){0,2}(?:change|permission|approv|ticket|release|authori|consent) (?:nobody|no_one)_(?:\w+_){0,2}(?:approv|releas|agree|sign) (?:swap|replac|exchang|upload)\w*_(?:\w+_){0,4}(?:model|network) unsigned malicious sign_(?:any|own|a)_ (?:too_)?(?:many|wide|broad)_(?:rights|permission) admin_(?:rights|access) release_key signing_key remote_access
        unbefugt unberechtigt \w*anmeld\w* passw\w* kennw\w* \w*passwort \w*kennwort \w*konto\b \w*konten hintertür schadcode schadsoftware bibliothek paket kompromitt trojan (?:tauscht|ersetzt)_(?:\w+_){0,4}\w*modell ohne_(?:\w+_){0,2}(?:änderung|freigabe|genehmig|zustimm|ticket|erlaubnis)\w* ohne_dass_[^,;.]*(?:zustimm|genehmig|freig)
        eindring eingedrungen hackt gehackt zu_viele_rechte \w*zugang\b zugangsdaten signier"""
    )),
    (INSIDER, 1.4, _words(r"insider innentäter bribe bestoch phish")),
)  # fmt: skip
"""Words that name what is done, each with the threat that does it."""


_LOST_IN_TRADE = re.compile(
    r"\b(?:los(?:e[sd]?|t|ing)|verl(?:ier|or)\w*) (?:\w+ ){0,3}?(?:customers?|orders?|markets?|sales|business|contracts?|money|time|trust|kunde\w*|auftr\w+|m[aä]rkte?|umsatz|geld|zeit|vertrauen)\b"
    r"|\b(?:kunde\w*|auftr\w+|umsatz|geld|zeit|vertrauen) (?:\w+ ){0,2}?verl(?:ier|or)\w*",
    re.IGNORECASE,
)
"""A loss of trade, which takes nothing out of the house."""


def _said(sentence: str, kind: str = "") -> dict[str, float]:
    """What the words of a sentence add to each threat; `kind`, the class of the asset, tells data from models where the words do not."""
    text = language.clean(sentence)
    out: dict[str, float] = defaultdict(float)
    for family, worth, pattern in _PLAIN:
        if pattern.search(text):
            out[family] = max(out[family], worth)
    if out[EXTRACTION]:
        out[INVERSION] = 0.0
    takes, changes = bool(_TAKE.search(_LOST_IN_TRADE.sub(" ", text))), bool(_CHANGE.search(text))
    data, model = bool(_DATA.search(text)), bool(_MODEL.search(text))
    if _OPEN.search(text) and not takes and out[ABUSE] <= 1:
        out[ACCESS if kind in MODELS or (model and not data) else BREACH] += 0.9
    if takes and not (out[INVERSION] or out[ABUSE] > 1):
        of_model = (model and not _TRAIN.search(text)) or (kind in MODELS and not data)
        out[EXTRACTION] += 0.9 if of_model else 0.1
        out[BREACH] += 0.1 if of_model else 0.9 if data or kind in DATA else 0.5
        out[ACCESS] *= _MEANS
    if changes and not out[DENIAL]:
        learns = bool(_TRAIN.search(text)) or kind in AIMS[POISONING]
        out[POISONING] += 0.8 if learns else 0.5 if data and not model else 0.2
        out[ACCESS] += 0.1 if learns else 0.4
    if _LEAVING.search(text) and not out[INPUTS]:
        out[INSIDER] += 2.0 if takes or changes else 0.6
    elif _own_people(text) and (takes or changes) and not out[INPUTS]:
        out[INSIDER] += 1.4 if takes else 0.7
    return {family: worth for family, worth in out.items() if worth}


def befallen(sentence: str) -> str:
    """The sentence without those who act in it: a shift lead who sells recipes speaks of recipes, not of shifts."""
    return _ACTORS.sub(" ", sentence)


_ACTORS = re.compile(rf"(?:{_OWN.pattern})\w{{0,4}}\b", re.IGNORECASE)
"""People with the ends that their words take, and no compound that begins with them, such as an administrator account in German."""


def _own_people(text: str) -> bool:
    """True where somebody of the company acts, and not a stranger who is named first."""
    own, outside = _OWN.search(text), _OUTSIDE.search(text)
    return own is not None and (outside is None or own.start() < outside.start())
