"""What walls and stubs are made of: machinery in their markup, and the words their sentences are about."""

import re
from typing import Final

from monitor.extract.phrases import between_bars

# What the pages of those who tell readers from machines are made of, and no other page.
CHALLENGERS: Final = between_bars("""
    _cf_chl_opt | cf-challenge | cf-browser-verification | cf-error-details | challenge-error-text |
    /cdn-cgi/challenge-platform/h/ | captcha-delivery.com | px-captcha | /_sec/cp_challenge | sec-if-cpt |
    errors.edgesuite.net | awswafintegration | gokuprops | sucuri_cloudproxy | ddos-guard | kpsdk | distil_r_captcha |
    incident_id= | challenge-form | bm-verify
""")

# What other pages have of them as well.
CAPTCHAS: Final = between_bars("""
    captcha | cf-turnstile | challenges.cloudflare.com | datadome | perimeterx | px-cloud | _incapsula_resource |
    arkoselabs | geetest
""")

CONSENT_MANAGERS: Final = between_bars("""
    didomi | onetrust | sourcepoint | sp_message | privacy-mgmt | usercentrics | quantcast | qc-cmp | cookiebot |
    consentmanager | cmpbox | iubenda | trustarc | tcfapi | privacymanager | contentpass | fundingchoices | axeptio |
    tarteaucitron | klaro | cookieyes | complianz | cookie-wall | cookiewall | consent-wall | consent-form |
    privacy-gate
""")

# Names of elements that stand before an article.
PAYWALLS: Final = between_bars("""
    paywall | pay-wall | regwall | reg-wall | subscription-wall | subscribe-wall | subscription-required | piano- |
    tp-modal | tp-container | subscriber-only | subscribers-only | premium-teaser | premium-wall | plus-teaser |
    abo-teaser | abo-wall | aboteaser | article-barrier | metered-content | meteredcontent | article-locked |
    locked-content | content-locked | article-gate | content-gate | paid-content | paidcontent
""")

# By their words the sentences of a wall are told from those of an article that was read beside it.
_WORDS: Final = {
    "challenge": r"""robot|\bbots?\b|captcha|human|menschlich|humain|humano|umano|browser|navegador|navigateur|
        javascript|cookie|securit|sicherheit|sécurité|segur|sicurezza|beveilig|säkerhet|sikkerhed|traffic|trafic|
        tráfico|tráfego|verkehr|verif|vérif|überprüf|prüf|\bray id|reference|\bip\b|block|blockiert|bloqu|denied|
        permission|
        queue|waiting room|in line|your turn|your place|warteraum|warteschlange|file d'attente|scrap|proof-of-work|
        puzzle|plug-?in|network|netzwerk|réseau|automat|firewall|suspicious|unusual|ungewöhn|
        inhabituel|inusual|malicious|attack|webmaster|site owner|support""",
    "consent": r"""cookie|kakor|eväste|yksityisy|kumppan|mainon|suostum|
        \bads?\b|your data|identifier|soukrom|süti|çerez|
        consent|einwillig|zustimm|datenschutz|privacy|privatsphäre|privé|privacid|privatliv|
        integritet|personvern|prywatn|partner|socios|parceiros|personal|persönlich|personenbezog|données|datos|\bdati|
        gegevens|dados|uppgifter|oplysning|opplysning|dane osob|danych osob|traceur|
        toestemming|samtyck|samtykk|zgod|zgad|ciastecz|device|gerät|appareil|terminal|dispositiv|
        apparaat|enhet|enhed|track|werbung|anzeige|publici|advert|pubblicit|anúnci|annons|annonc|reklam|reclam|vendor|
        legitimate|
        berechtigt|légitime|legítim|interes|settings|einstellung|paramètr|impressum|terms|preferenc|choices|geolocation|
        standort|content measurement|purposes|zwecke|finalités|accept|akzept|reject|ablehn|
        refus|rechaz|rifiut|weiger""",
    "login": r"""password|passwort|mot de passe|contraseñ|wachtwoord|senha|palavra-passe|lösenord|passord|adgangskode|
        hasło|log in|login|sign in|sign up|signed in|anmeld|einlogg|connect|connexion|sesión|acced|inlogg|account|konto|
        compte|cuenta|conta\b|e-?mail|correo|benutzer|user|terms|agb|conditions|registr|inscri|cadastr|create|subscri|
        abonn|suscri|abbon|member|google|apple|facebook|captcha|privacy|datenschutz""",
    "paywall": r"""subscri|abo\b|abonn|abone|tilaaj|předplat|előfizet|
        suscri|abbon|assin|prenumer|subskry|trial|per month|a month|monat|par mois|
        access|zugang|accès|acceso|acesso|toegang|tillgång|tilgang|adgang|dostęp|\d (?:kr|zł)|
        al mes|al mese|per maand|månad|måned|[€$£]|offer|angebot|offre|oferta|offerta|aanbieding|member|unlimited|
        unbegrenzt|illimité|ilimitad|illimitat|onbeperkt|cancel|kündig|newsletter|log in|sign in|register|anmeld|
        account|konto|compte|cuenta|premium|freischalt|unlock|limit""",
    "missing": r"""404|found|gefunden|trouv|encontr|trovat|gevonden|hittad|fund[en]|funnet|znalez|home ?page|startseite|
        accueil|inicio|homepage|startsid|forside|search|suche|recherch|busca|cerca|zoek|sök|søg|søk|link|url|adress|
        address|moved|deleted|removed|verschoben|gelöscht|entfernt|supprim|déplac|elimin|movid|verwijder|verplaatst|
        flytta|tagits|exist|page|seite|página|pagina|sidan|siden|archiv""",
}
WORDS: Final = {kind: re.compile(re.sub(r"\n\s*", "", words)) for kind, words in _WORDS.items()}

# How pages say of themselves that they are not there any more.
MISSING: Final = re.compile(
    r"no longer (?:available|exists?|online|here)|(?:page|story|article|item|that) (?:was |is |has been |could )?not "
    r"(?:be )?found|could(?: not|n't) find (?:that|this|the) (?:page|story|article)|(?:story|article|page|item) "
    r"(?:is gone|has gone|(?:has been |was )?(?:removed|withdrawn|taken off))"
    r"|nicht mehr (?:verfügbar|vorhanden|online|abrufbar)|(?:seite|artikel|beitrag) (?:wurde )?nicht gefunden"
    r"|wurde (?:entfernt|gelöscht)|n'existe plus|n'est plus (?:en ligne|disponible|accessible)|introuvable"
    r"|a été (?:supprimé|retiré)|ya no (?:está|existe)|no (?:se )?(?:ha )?encontr|ha sido (?:eliminad|retirad)"
    r"|non (?:è|esiste) più|non trovat|niet (?:meer (?:beschikbaar|online)|gevonden)|finns inte|hittades inte"
    r"|har tagits bort|findes ikke|finnes ikke|nie (?:znaleziono|istnieje)|została? usunięt|não (?:foi )?encontrad"
    r"|já não (?:está|existe)|foi removid"
)

# A price or a subscription, but to nothing that is given away.
OFFERED: Final = re.compile(
    r"(?!.*(?:newsletter|infolettre|comment|kommentar|rss|feed|podcast|e-?mail|inbox|youtube|channel|kanal))"
    r".*(?:(?:kaufen|buy|acheter|comprar|acquist|kopen|köp|kjøp|køb).*\d|(?:[€£$] ?\d|\d ?(?:€|£|euro|kr|zł|r\$)).*"
    r"\b(?:week|month|year|woche|monat|jahr|mois|semaine|an\b|mes|año|"
    r"mês|ano|mese|anno|maand|jaar|mån|veck|måned|uke|uge|kk)"
    r"|(?:monatspass|tagespass|day pass|week pass)|for 1 kr|subscri|abo\b|abonn|abone|suscri|abbon|assin[ea]"
    r"|prenumer|tilaaj|předplat|előfizet)"
)

# How walls speak to who reads them.
READER: Final = re.compile(
    r"\b(?:you|your|ihr|ihre[nrms]?|dein\w*|vous|votre|vos|tu|tus|te|su|sus|usted|tuo|tua|tuoi|tue|ti|je|jouw|uw|u"
    r"|dig|din|dit|ditt|dine|dina|deg|twoj\w+|twój|ci|sinu\w*|voit|pan|państw\w+|você|seu|sua|teu)\b"
)
