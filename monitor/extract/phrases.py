"""How sentences of walls and stubs open, eleven languages, lower case.

An opening is compared to the start of a sentence: a page that asks "Subscribe to continue" does so in the imperative,
an article on paywalls says that somebody asks it. Add to them freely: one opening alone decides nothing (`walls`).
"""

from typing import Final


def between_bars(text: str) -> tuple[str, ...]:
    """Return what stands between the bars."""
    return tuple(" ".join(phrase.split()) for phrase in text.split("|"))


# Who must first show that it is no machine.
CHALLENGE: Final = between_bars("""
    waiting room | virtual waiting room | you are in the virtual | you are now in line | you are now in the
    queue | you are in the
    queue | you are in a queue | our systems have noticed | to continue, please | checking that you are |
    checking you are | making sure
    you | sie befinden sich im warteraum | sie sind in der warteschlange | vous êtes dans la file | estás en la
    cola | sei in coda |
    je staat in de wachtrij | du står i kö | just a moment | one moment, please | please wait while we | please
    wait... | checking your browser | checking if
    the site connection is secure | checking the site connection | verifying you are | verify you are | verify that
    you | please verify | confirm you are | please confirm you | we need to confirm | we need to make sure | we need
    to verify | prove you are | press & hold | press and hold | are you a robot | are you human | i'm not a robot |
    i am human | are you a human | pardon our interruption | attention required | access denied | access to this
    page has been | you have been blocked | sorry, you have been blocked | why have i been blocked | why do i have
    to complete | you don't have permission to access | you do not have permission to access | our systems have
    detected unusual | we have detected unusual | we've detected unusual | unusual traffic | unusual activity |
    request unsuccessful | please enable cookies | please enable javascript and cookies | please enable js and
    disable | enable javascript and cookies to continue | please complete the security check | complete the security
    check | please complete the captcha | complete the captcha | please solve | solve the puzzle | slide to |
    security check | robot check | human verification | bot verification | this process is automatic | your browser
    will redirect | needs to review the security of your connection | ddos protection by | performance & security by
    | performance and security by | ray id | cloudflare ray id | your ip | incident id | reference # | request id |
    the owner of this website | this website is using a security service | something about your browser | as you
    were browsing | you're a power user | to continue, please click the box | to regain access | this request was
    blocked | the requested url was rejected | your request has been blocked | we think you might be a bot | too
    many requests | 403 forbidden | forbidden | error 403 | your request looks | your request was |
    einen moment | nur einen moment | einen augenblick | bitte warten | ihr browser wird | wir überprüfen | wir
    prüfen | überprüfung | bestätigen sie, dass sie | bitte bestätigen sie, dass sie | sind sie ein mensch | sind
    sie ein roboter | ich bin kein roboter | sicherheitsprüfung | sicherheitsüberprüfung | sicherheitsabfrage |
    zugriff verweigert | zugriff blockiert | zugang verweigert | ihr zugriff wurde | ungewöhnlicher datenverkehr |
    ungewöhnliche aktivität | unsere systeme haben | wir haben ungewöhnlich | bitte lösen sie | bitte aktivieren sie
    javascript und cookies | bitte aktivieren sie cookies | gedrückt halten |
    un instant | veuillez patienter | vérification | nous vérifions | vérifiez que vous | veuillez vérifier que vous
    | confirmez que vous | veuillez confirmer que vous | êtes-vous un robot | je ne suis pas un robot | accès refusé
    | accès bloqué | accès interdit | trafic inhabituel | activité inhabituelle | nous avons détecté | nos systèmes
    ont détecté | veuillez activer les cookies | veuillez activer javascript et | contrôle de sécurité | appuyez et
    maintenez | prouvez que vous | maintenez le bouton |
    un momento | espere un momento | estamos comprobando | estamos verificando | verificando | verifica que |
    verifique que | compruebe que | confirma que eres | confirme que | eres un robot | no soy un robot | ¿eres | ¿es
    usted | acceso denegado | acceso bloqueado | tráfico inusual | hemos detectado | control de seguridad | nuestros
    sistemas han detectado | mantén pulsado | mantenga pulsado | comprobación de seguridad | um momento | só um
    momento | aguarde | não sou um robô | você é um robô | acesso negado | acesso bloqueado | tráfego incomum |
    verifique se | confirme que é humano | verificação de segurança |
    un attimo | attendere | attendi | stiamo verificando | verifica di | conferma di essere | non sono un robot |
    sei un robot | accesso negato | accesso bloccato | traffico insolito | traffico anomalo | controllo di sicurezza
    | abbiamo rilevato | tieni premuto | een moment | even geduld | moment geduld | we controleren | bevestig dat je
    | bevestig dat u | ik ben geen robot | ben je een robot | bent u een robot | toegang geweigerd | toegang
    geblokkeerd | ongebruikelijk verkeer | ongewoon verkeer | beveiligingscontrole | ingedrukt houden |
    ett ögonblick | vänta | vi kontrollerar | bekräfta att du | är du en robot | jag är inte en robot | åtkomst
    nekad | ovanlig trafik | säkerhetskontroll | et øjeblik | et øyeblikk | vi tjekker | vi sjekker | bekræft at du
    | bekreft at du | jeg er ikke en robot | adgang nægtet | ingen adgang | usædvanlig trafik | uvanlig trafikk |
    sikkerhedstjek | chwileczkę | proszę czekać | sprawdzamy | potwierdź, że | nie jestem robotem | odmowa dostępu |
    nietypowy ruch
""")

# Who must first agree.
CONSENT: Final = between_bars("""
    before you continue | before you go on | before you read | read with adverts | read with ads | continue with
    ads |
    zanim przejdziesz | szanujemy twoją prywatność | wyrażam zgodę | zgadzam się | przejdź do serwisu | masz
    prawo | we value your privacy | we care about your privacy | your privacy
    matters | your privacy is important | your privacy choices | your privacy, your choice | privacy settings | we
    and our | we, and our | we use cookies | this site uses cookies | this website uses cookies | our site uses
    cookies | with your consent | with your permission | with your agreement | by clicking | by pressing | if you
    agree | if you choose | if you click | if you accept | accept all | accept cookies | accept and | i accept |
    allow all | reject all | reject cookies | decline all | refuse all | agree and | i agree | agree to all | deny
    all | only necessary | necessary cookies only | essential only | manage options | manage preferences | manage
    settings | manage my | manage your | manage choices | manage cookies | more options | cookie settings | cookie
    preferences | customise | customize | store and/or access | actively scan device | use precise geolocation | use
    limited data to select | personalised advertising | personalized advertising | personalised ads | personalized
    ads | list of partners | vendors list | see our partners | view our partners | you can change your mind | you
    can withdraw | you may withdraw | you can change your choices | you can change your settings | continue without
    accepting | select 'accept | select accept | measure audience | develop and improve |
    wir verwenden cookies | wir nutzen cookies | wir setzen cookies | wir und unsere | wir schätzen ihre
    privatsphäre | ihre privatsphäre | deine privatsphäre | ihre daten | datenschutzeinstellungen |
    privatsphäre-einstellungen | mit ihrer einwilligung | mit ihrer zustimmung | mit deiner zustimmung | mit deiner
    einwilligung | alle akzeptieren | alles akzeptieren | alle ablehnen | alles ablehnen | akzeptieren und |
    zustimmen und | zustimmen | ich stimme zu | einverstanden | einwilligen | nur notwendige | nur erforderliche |
    einstellungen verwalten | einstellungen anpassen | cookie-einstellungen | weitere optionen | bevor sie | bevor
    du | sie können ihre einwilligung | sie können ihre auswahl | durch klicken | indem sie | wenn sie auf | mit
    werbung weiterlesen | mit werbung lesen | weiter mit werbung | weiterlesen mit werbung | nutzen sie uns mit |
    informationen auf einem gerät | personalisierte werbung | personalisierte anzeigen | liste der partner |
    nous utilisons des cookies | nous et nos | nous respectons votre vie privée | votre vie privée | vos données |
    le respect de votre vie privée | avec votre accord | avec votre consentement | tout accepter | accepter et |
    accepter tout | accepter les cookies | tout refuser | refuser tout | continuer sans accepter | paramétrer |
    personnaliser | gérer mes | gérer les | gérer vos | en cliquant | vous pouvez retirer | vous pouvez changer |
    vous pouvez modifier | avant de continuer | avant d'accéder | stocker et/ou accéder | publicités personnalisées
    | publicité personnalisée | nos partenaires | liste de nos partenaires | j'accepte | je refuse |
    usamos cookies | utilizamos cookies | nosotros y nuestros | valoramos su privacidad | valoramos tu privacidad |
    tu privacidad | su privacidad | con tu consentimiento | con su consentimiento | con tu acuerdo | con su acuerdo
    | aceptar | acepto | rechazar | configurar | gestionar | antes de continuar | al hacer clic | si haces clic | si
    aceptas | si acepta | puedes cambiar | puede cambiar | puedes retirar | puede retirar | puedes revocar |
    almacenar | publicidad personalizada | anuncios personalizados | ver nuestros socios | lista de socios | nós e
    nossos | nós e os nossos | valorizamos a sua privacidade | a sua privacidade | sua privacidade | com o seu
    consentimento | com seu consentimento | aceitar | aceito | rejeitar | recusar | gerir | gerenciar | ao clicar |
    pode alterar | você pode | publicidade personalizada | anúncios personalizados |
    utilizziamo i cookie | usiamo i cookie | utilizziamo cookie | noi e i nostri | la tua privacy | la sua privacy |
    il rispetto della tua privacy | diamo valore alla | con il tuo consenso | con il suo consenso | accetta |
    rifiuta | gestisci | personalizza | continua senza accettare | prima di continuare | cliccando | facendo clic |
    puoi modificare | puoi revocare | puoi cambiare | archiviare | annunci personalizzati | pubblicità
    personalizzata | i nostri partner | we gebruiken cookies | wij gebruiken cookies | wij en onze | we en onze |
    wij waarderen uw | we waarderen je | jouw privacy | je privacy | uw privacy | met uw toestemming | met jouw
    toestemming | met je toestemming | alles accepteren | accepteer | accepteren | akkoord | alles weigeren |
    weigeren | weiger | alles afwijzen | instellingen | voorkeuren | door op | voordat je | voordat u | je kunt je |
    u kunt uw | informatie op een apparaat | gepersonaliseerde advertenties | onze partners | meer opties |
    vi använder cookies | vi använder kakor | vi och våra | din integritet | vi värnar om din | vi bryr oss om din |
    med ditt samtycke | godkänn | acceptera | jag godkänner | neka | avvisa | hantera | inställningar | anpassa |
    innan du | genom att klicka | du kan när som helst | lagra och/eller | personanpassad | vi bruger cookies | vi
    bruker cookies | vi bruker informasjonskapsler | vi og vores | vi og våre | dit privatliv | ditt personvern |
    med dit samtykke | med ditt samtykke | tillad alle | godkend | accepter alle | godta | aksepter | afvis | avvis
    | tilpas | administrer | før du fortsætter | før du fortsetter | ved at klikke | ved å klikke | używamy plików
    cookie | my i nasi | szanujemy twoją prywatność | twoja prywatność | za twoją zgodą | zaakceptuj | akceptuję |
    odrzuć | przejdź do serwisu | ustawienia | zarządzaj | klikając | zanim przejdziesz
""")

# Who must first log in.
LOGIN: Final = between_bars("""
    log in | login | log into | sign in | sign-in | sign into | signin | welcome back | enter your password | enter
    your email | your password | password | email address | e-mail address | email | e-mail | username | user name |
    forgot your password | forgot password | forgotten your password | reset your password | remember me | keep me |
    stay signed in | don't have an account | no account | new here | create an account | create account | create
    your | register | sign up | continue with google | continue with apple | continue with facebook | please log in
    | please sign in | you must log in | you need to log in | you must be logged in | you need to be logged in |
    members only | member login | subscriber login | or continue with | anmelden | anmeldung | einloggen | bitte
    melden sie sich | bitte loggen | passwort | e-mail-adresse | benutzername | angemeldet bleiben | noch kein konto
    | jetzt registrieren | registrieren | konto erstellen | willkommen zurück | mit google | mit apple | kundenlogin
    | se connecter | connexion | connectez-vous | identifiez-vous | identifiant | mot de passe | adresse e-mail |
    adresse email | pas encore de compte | pas encore inscrit | créer un compte | créez un compte | s'inscrire |
    inscription | rester connecté | se souvenir de moi | continuer avec | me connecter | s'identifier | iniciar
    sesión | inicia sesión | inicie sesión | acceder | contraseña | correo electrónico | correo | ¿has olvidado |
    ¿olvidaste | ¿olvidó | ¿no tienes cuenta | ¿aún no tienes | ¿todavía no | recordarme | crear cuenta | crea tu
    cuenta | regístrate | registrarse | continuar con | accedi | login abbonati | nome utente | hai dimenticato |
    password dimenticata | non hai un account | non sei ancora | registrati | crea un account | ricordami | continua
    con | indirizzo e-mail | indirizzo email | bentornat | inloggen | log in met | aanmelden | wachtwoord |
    e-mailadres | gebruikersnaam | nog geen account | account aanmaken | maak een account | ingelogd blijven |
    onthoud mij | welkom terug | doorgaan met | entrar | iniciar sessão | faça login | fazer login | senha |
    palavra-passe | esqueceu | esqueci | não tem conta | ainda não tem | criar conta | crie sua conta | cadastre-se
    | lembrar | logga in | lösenord | e-postadress | glömt | inget konto | har du inget konto | skapa konto | håll
    mig inloggad | fortsätt med | log ind | logg inn | adgangskode | passord | glemt | opret konto | opprett konto |
    husk mig | husk meg | zaloguj | logowanie | hasło | nie pamiętasz | nie masz konta | zarejestruj | załóż konto
""")

# What stands where a text should go on.
BARRIER: Final = between_bars("""
    log in to read this | log in to read the | sign in to read this | sign in to read the | want to read the whole |
    log in or register for free to read | read the whole article | abonnez-vous pour lire | abonnez-vous pour
    continuer |
    abonnez-vous pour accéder | s'abonner pour lire | cet article est payant | cet article est réservé |
    suscríbete para seguir |
    suscríbase para seguir | suscríbete para leer | suscríbase para leer | suscríbete para continuar | assine
    para ler |
    assine para continuar | abbonati per continuare | abbonati per leggere | prenumerera för att läsa | vill du
    läsa hela |
    vil du læse hele | vil du lese hele | dieser artikel ist kostenpflichtig | dieser artikel ist nur | this
    article is paid |
    subscribe to continue | subscribe to read | subscribe to keep | subscribe to unlock | subscribe to access |
    become a member to | join now to | join to continue | sign up to continue | sign up
    to read | register to continue | register to read | register for free to | register now to | create a free
    account to | create an account to | log in to continue | log in or subscribe | sign in or subscribe | sign
    in to continue | continue your reading | to continue reading | to keep reading |
    to read the rest | to read the full | to read this | to read on | to access this | to finish reading | want to
    read on | want to keep reading | want to read more | read the full story | read the full article | read this
    article in full | unlock this | unlock the | unlock full | the rest of this | the remainder
    of this | the full article is | the full story is | the full text is | this article is for | this story is for |
    this content is for | this article is only | this story is only | this content is only | this article is
    exclusive | this story is exclusive | this content is exclusive | this article is reserved | this article is
    available to | this story is available to | this content is available to | this is a subscriber | this is a
    member | this is a premium | this is premium | this is subscriber | exclusive to subscribers | exclusive for
    subscribers | for subscribers only | subscribers only | subscriber only | subscriber-only | premium article |
    you have read your | you've read your | you have read all | you've read all | you have reached your | you've
    reached your | you have reached the | you've reached the | you have used | you've used | you have no free |
    you've hit your | you have hit your | you are out of free | you're out of free | that was your last free | this
    was your last free | only subscribers | only members |
    den kompletten beitrag | den kompletten artikel | den kompletten text | sie möchten diesen artikel |
    weiterlesen mit |
    jetzt weiterlesen | um weiterzulesen | um diesen artikel | um den artikel | um den ganzen | um
    den vollständigen | zum weiterlesen | lesen sie weiter mit | lesen sie den ganzen | sie möchten weiterlesen |
    möchten sie weiterlesen | sie wollen weiterlesen | wollen sie weiterlesen | weiterlesen? | der ganze artikel |
    der vollständige artikel | den vollständigen artikel | den ganzen artikel | nur für abonnenten | exklusiv für
    abonnenten | exklusiv für | mit abo lesen | jetzt freischalten | jetzt anmelden und weiterlesen | artikel
    freischalten | sie haben ihr | sie haben alle | registrieren sie sich kostenlos, um | pour lire la suite |
    pour continuer la lecture | pour continuer à lire |
    pour poursuivre | la suite est | la suite de cet article | la suite de l'article | article
    réservé | contenu réservé | réservé aux abonnés | réservé à nos abonnés | poursuivez votre lecture | continuez
    votre lecture | vous avez lu | vous avez atteint | débloquez | connectez-vous pour lire | inscrivez-vous pour
    lire | lisez l'intégralité | pour lire l'intégralité | para seguir leyendo | para continuar leyendo |
    contenido exclusivo |
    contenido solo para | contenido para suscriptores | exclusivo para suscriptores | solo para suscriptores | sólo
    para suscriptores | has leído | ha leído | has alcanzado | ha alcanzado | has superado | regístrate gratis para
    | regístrate para | inicia sesión para seguir | hazte socio para | desbloquea | para continuar
    lendo | para continuar a ler | conteúdo exclusivo | exclusivo para assinantes | só para assinantes | artigo
    exclusivo | você leu | você atingiu | atingiu o limite | cadastre-se para continuar | per continuare a
    leggere | per continuare la lettura | contenuto riservato | articolo riservato |
    riservato agli abbonati | contenuto per gli abbonati | hai letto | hai raggiunto | sblocca | registrati per
    continuare | leggi l'articolo completo | il resto dell'articolo | abonneer je om | om verder te lezen | om dit
    artikel | lees verder met | alleen voor abonnees | exclusief voor abonnees | je hebt je | u hebt uw | je hebt
    het maximum | u heeft uw | registreer om verder | log in om verder | voor abonnees | premium artikel | för
    att läsa | för att fortsätta | endast för prenumeranter | exklusivt för prenumeranter
    | artikeln är låst | du har läst | lås upp | logga in för att läsa | för dig som är prenumerant | för
    prenumeranter | for at læse | kun for abonnenter | du har læst | log ind for at læse | for abonnenter | for å
    lese | du har lest | logg inn for å lese | du må ha et abonnement | du må være abonnent | dostęp dla
    prenumeratorów | tylko dla prenumeratorów | tylko dla subskrybentów | aby przeczytać | aby czytać dalej | czytaj
    dalej z | dołącz, aby
""")

# What stands beside a barrier, and often where there is none.
OFFER: Final = between_bars("""
    subscribe for full access | unlock unlimited | log in to read | sign in to read | abonnez-vous pour |
    s'abonner pour |
    suscríbete para | suscríbase para | assine para | abbonati per | prenumerera för att | kup dostęp | wykup |
    subscribe for unlimited | subscribe now to | subscribe today to | subscribe and get | please subscribe to |
    become a subscriber | join to read | start your free trial | start your trial | start a free trial | try it free
    | try unlimited | continue reading | keep reading | read on with | get unlimited access | get full access | get
    access to | members only | premium content | choose a subscription | choose your plan | choose your subscription
    | see subscription options | view subscription options | already a subscriber | already subscribed | already a
    member | already have a subscription | not a subscriber | not yet a subscriber | cancel anytime | cancel any
    time |
    lesen sie diesen artikel | lesen sie mit | dieser artikel ist | dieser text ist | dieser beitrag ist | dieser
    inhalt ist | jetzt abonnieren | jetzt abo | jetzt testen | kostenlos testen | gratis testen | gratismonat | sie
    haben das limit | sie haben bereits ein abo | bereits abonnent | bereits ein abo | schon abonnent | sie sind
    bereits abonnent | monatlich kündbar | jederzeit kündbar | digital-abo | plus-artikel | premium-artikel |
    abonnieren sie | werden sie abonnent | wie geht es weiter |
    abonnez-vous à | abonnez-vous et | pour accéder à | lire la suite | cet article est | ce contenu est | déjà
    abonné | vous êtes déjà abonné | profitez de | essayez | sans engagement |
    suscríbete y | para leer | sigue leyendo | siga leyendo | este artículo es | este contenido es | esta noticia es
    | ya soy suscriptor | ¿ya eres suscriptor | ¿ya estás suscrito | ya eres suscriptor | hazte suscriptor | accede
    a todo | assine e | assine já | assine agora | para ler | continue lendo | continue a ler | este artigo é | este
    conteúdo é | esta reportagem é | já é assinante | já sou assinante |
    abbonati a | abbonati e | per leggere | continua a leggere | questo articolo è | questo contenuto è | sei già
    abbonato | già abbonato | word abonnee | neem een abonnement | verder lezen | lees dit artikel | dit artikel is
    | dit verhaal is | deze inhoud is | al abonnee | ben je al abonnee | bent u al abonnee | probeer |
    bli prenumerant | fortsätt läsa | läs vidare | läs hela artikeln | detta är en | den här artikeln är | artikeln
    är | redan prenumerant | är du redan prenumerant | vill du läsa | bliv abonnent | køb abonnement | læs videre |
    læs hele | denne artikel er | artiklen er | allerede abonnent | er du allerede abonnent | fortsæt med at læse |
    bli abonnent | kjøp abonnement | les videre | les hele | denne artikkelen er | denne saken er | saken er |
    artikkelen er | fortsett å lese | pozostało | ten artykuł jest | masz już prenumeratę | masz już subskrypcję
""")

# Titles and first words of pages that are not there.
NOT_FOUND: Final = between_bars("""
    404 | error 404 | http 404 | fehler 404 | erreur 404 | page not found | page cannot be found | page can't be
    found | not found | article not found | article removed | this article has been | this story has been | this
    page has been | story not found | content not found | this page does not exist | this page doesn't exist | this
    page could not be found | this page can't be found | this page is no longer | this article is no longer | this
    story is no longer | this content is no longer | the page you | the article you | the story you | the link you |
    the content you | the requested page | the requested article | the requested url was not found | sorry, we can't
    find | sorry, we couldn't find | sorry, that page | sorry, this page | sorry, the page | oops | we can't find |
    we couldn't find | we could not find | nothing found | page missing | page unavailable | article unavailable |
    seite nicht gefunden | artikel nicht gefunden | die seite | diese seite | die gesuchte seite | die angeforderte
    seite | der gesuchte artikel | der artikel ist nicht mehr | leider konnten wir | leider ist | leider existiert |
    leider wurde | nicht gefunden | hoppla | ups | page introuvable | page non trouvée | article introuvable | la
    page que vous | la page demandée | l'article que vous | cette page n'existe | cette page est introuvable | oups
    | désolé | nous n'avons pas trouvé | página no encontrada | página non encontrada | no encontrado | artículo no
    encontrado | la página que | esta página no existe | esta página no está | lo sentimos | no hemos encontrado |
    no hemos podido | página não encontrada | não encontrado | a página que | esta página não | lamentamos |
    desculpe | pagina non trovata | articolo non trovato | la pagina che | questa pagina non | la pagina richiesta |
    siamo spiacenti | ci dispiace | pagina niet gevonden | artikel niet gevonden | deze pagina | de pagina | de
    opgevraagde pagina | helaas | sidan hittades inte | sidan kunde inte | sidan finns inte | sidan du | artikeln
    finns inte | tyvärr | vi hittar inte | siden blev ikke fundet | siden finnes ikke | siden ble ikke funnet |
    siden findes ikke | siden du | fant ikke | beklager | vi kan ikke finde | nie znaleziono | strona nie |
    przepraszamy
""")
