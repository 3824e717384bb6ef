"""German, French, Spanish and Swedish are judged by cues of their own; other languages are kept for a person."""

from dataclasses import replace

import pytest

from monitor.classify import rules
from monitor.classify.languages import language_of
from monitor.classify.weights import Weights
from monitor.model import Label

JUDGE = rules.load()
AS_IN_ENGLISH = replace(JUDGE, abroad=JUDGE.model)

CASES = [
    ("de", "cut", "Nordbank streicht 300 Stellen, weil ein Chatbot die Anfragen beantwortet",
     "Die Bank teilte das am Montag mit. Die Mitarbeiter werden bis zum Sommer entlassen."),
    ("de", "reversal", "Nordbank holt 80 Berater zurück",
     "Die Bank schaltet ihren Chatbot ab. Nach vielen Beschwerden werden die Berater wieder eingestellt."),
    ("de", "hybrid", "Nordbank: KI beantwortet Routinefragen, Berater bleiben für schwierige Fälle zuständig",
     "Wer will, kann jederzeit mit einem Menschen sprechen, sagte die Bank."),
    ("de", "none", "Nordbank eröffnet eine Filiale in der Altstadt", "Die Bank ist dort mit zwei Schaltern vertreten."),
    ("fr", "cut", "La banque Rivale supprime 200 postes au profit de l'intelligence artificielle",
     "Les salariés ont été informés lundi par la direction."),
    ("fr", "reversal", "La banque Rivale renonce à son chatbot et rappelle 60 conseillers",
     "Les clients se plaignaient des réponses de la machine."),
    ("fr", "hybrid", "La banque Rivale forme 90 conseillers, l'IA répond aux questions simples",
     "Aucun licenciement n'est prévu, selon la direction, et les clients peuvent toujours parler à un conseiller."),
    ("fr", "none", "La banque Rivale ouvre une agence dans le centre", "Elle sera dans la rue du marché."),
    ("es", "cut", "El banco Orilla despide a 120 empleados por la inteligencia artificial",
     "Los trabajadores fueron informados el lunes."),
    ("es", "reversal", "El banco Orilla recontrata a 70 agentes tras el fracaso de su chatbot",
     "Los clientes se quejaron de las respuestas de la máquina."),
    ("es", "hybrid", "El banco Orilla recoloca a 90 cajeros y el asistente virtual atiende por la noche",
     "No habrá despidos y los clientes siempre pueden hablar con una persona, según el banco."),
    ("es", "none", "El banco Orilla abre una oficina en el centro", "La entidad tendrá una sala para los clientes."),
    ("sv", "cut", "Banken Norrsund varslar 90 anställda när AI tar över kundtjänsten",
     "Det meddelade banken på måndagen, och facket är kritiskt."),
    ("sv", "reversal", "Banken Norrsund återanställer 40 rådgivare och stänger av chattboten",
     "Kunderna var inte nöjda med svaren, och banken backar nu."),
    ("sv", "hybrid", "Banken Norrsund omskolar 60 rådgivare när AI svarar på enkla frågor",
     "Ingen sägs upp, och kunderna kan alltid prata med en människa, enligt banken."),
    ("sv", "none", "Banken Norrsund öppnar ett kontor i centrum", "Det blir till hösten och är för alla kunder."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "label", "title", "text"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_an_article_in_another_language_gets_its_label(language: str, label: str, title: str, text: str) -> None:
    verdict = JUDGE.classify(title, text, None)
    assert language_of(title, text) == language
    assert verdict.label == label
    assert bool(verdict.evidence) == (label != "none")
    assert not verdict.needs_review


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Bank ontslaat 200 medewerkers door AI", "Het bedrijf zegt dat de chatbot het werk van de medewerkers doet."),
        (
            "La banca licenzia 200 operatori",
            "Il chatbot risponde alle domande dei clienti, ha detto la banca che ha deciso",
        ),
        ("銀行、AIで二百人を削減", "銀行は月曜日に発表した。顧客対応は人工知能が引き継ぐ。"),
        (
            "Banka propustí 300 lidí",
            "Banka oznámila, že propustí 300 zaměstnanců, protože jejich práci převezme umělá inteligence.",
        ),
        (
            "Banca concediază 300 de angajați",
            "Banca a anunțat că îi va concedia, deoarece inteligența artificială le preia munca.",
        ),
        (
            "Bank memecat 300 karyawan",
            "Bank itu akan memecat 300 karyawan karena kecerdasan buatan mengambil alih pekerjaan mereka.",
        ),
        (
            "Bank zwalnia 300 osób",
            "Bank poinformował, że zwolni 300 pracowników, ponieważ ich pracę przejmie sztuczna inteligencja.",
        ),
        (
            "Banken sier opp 300",
            "Banken opplyste mandag at den sier opp 300 fordi kunstig intelligens tar over arbeidet deres.",
        ),
        ("Банк сокращает сотрудников из-за ИИ", "По словам банка, звонки клиентов примет чат-бот."),
    ],
    ids=["Dutch", "Italian", "Japanese", "Czech", "Romanian", "Indonesian", "Polish", "Norwegian", "Russian"],
)
def test_a_language_without_cues_needs_review(title: str, text: str) -> None:
    verdict = JUDGE.classify(title, text, None)
    assert verdict.label == "none"
    assert verdict.needs_review
    assert (verdict.confidence, verdict.probability <= 0.5) == ("low", True)  # nobody has read it
    assert JUDGE.first_look(title, text)


@pytest.mark.parametrize("case", [case for case in CASES if case[1] != "none"], ids=lambda case: f"{case[0]} {case[1]}")
def test_the_first_look_keeps_a_story_in_another_language(case: tuple[str, str, str, str]) -> None:
    assert JUDGE.first_look(case[2], case[3])


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        ("Siemens", ""),
        ("Norvik Bank cuts 300 jobs", ""),
        ("El Al to cut staff in Tel Aviv as AI takes over", "The airline said it will not replace people who leave."),
        ("Société Générale drops plan", "The bank said on Monday that it has no plans to cut jobs in Paris."),
    ],
)
def test_english_is_taken_for_english(title: str, text: str) -> None:
    assert language_of(title, text) == "en"


@pytest.mark.parametrize(
    "story",
    [
        """Der Präsident ist zurück in der Hauptstadt
        Nach drei Wochen zeigt sich der Präsident wieder. Er wolle nun selbst sprechen, sagte ein Begleiter.
        Viele hatten geglaubt, er sei krank. Am Abend trat er vor die Halle und winkte.""",
        """Der Trainer kehrt nach Hallmark zurück
        Der Verein holt seinen alten Trainer zurück. Er hatte die Mannschaft vor zwei Jahren verlassen. Nun soll er sie
        wieder nach oben führen, sagte der Vorstand. Am Samstag steht er zum ersten Mal wieder am Rand des Feldes.""",
    ],
)
def test_who_comes_back_is_no_reversal_abroad_as_it_would_be_by_the_weights_of_english(story: str) -> None:
    title, *lines = map(str.strip, story.split("\n"))
    assert JUDGE.classify(title, " ".join(lines), None).label is Label.NONE
    assert AS_IN_ENGLISH.classify(title, " ".join(lines), None).label is Label.REVERSAL  # control


def test_the_first_look_asks_the_weights_of_the_language() -> None:
    title = "Ny simhall i Norrsund"
    text = (
        "Kommunen vill bygga en ny simhall i Norrsund. Den gamla stängdes efter en läcka, och barnen får åka buss till "
        "grannkommunen. Beslutet tas i maj, säger kommunalrådet."
    )
    assert not JUDGE.first_look(title, text)
    assert AS_IN_ENGLISH.first_look(title, text)  # control


def test_english_and_languages_without_cues_have_the_weights_of_english() -> None:
    never = replace(JUDGE, abroad=Weights({}, 1.0, 1.0))
    for title in (
        "Norvik Bank cuts 300 jobs as AI answers its calls",
        "Bank ontslaat 200 medewerkers door AI na de zomer",
    ):
        assert never.classify(title, "", None) == JUDGE.classify(title, "", None)
    german = "Nordbank streicht 300 Stellen, weil ein Chatbot die Anfragen beantwortet"
    assert never.classify(german, "", None) != JUDGE.classify(german, "", None)
