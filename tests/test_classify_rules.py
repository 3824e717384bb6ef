"""The codebook's edge cases, words that mislead, and rulings, each as one headline (CODEBOOK.md 4.3, 4.7, 6)."""

import pytest

from monitor.classify import rules

JUDGE = rules.load()

MUST = [
    ("cut and rehire of the same work in one plan",
     "Norvik Bank cuts 4,000 jobs and will rehire 1,000 as specialists beside its AI assistant", "hybrid/event"),
    ("half a team gone because AI answers", "Lumo Pay halves its service team as AI answers most chats", "cut/event"),
    ("people reinstated", "Fernhill reinstates 30 moderators it had replaced with AI", "reversal/event"),
    ("a planned AI cut dropped", "Fernhill scraps plan to replace 90 clerks with AI", "reversal/event"),
    ("AI switched off", "Quill Media switches off its AI news writer after errors", "reversal/event"),
    ("freeze because of AI", "Norvik Bank freezes hiring as AI takes over routine work", "cut/event"),
    ("end of such a freeze", "Norvik Bank ends AI hiring freeze and recruits 40 clerks", "reversal/event"),
    ("robots", "Sundal Retail to replace 300 warehouse workers with robots", "cut/event"),
    ("engineers moved into work AI had taken",
     "Vexa moves engineers into customer support that its AI had taken over", "reversal/event"),
    ("regret in a survey", "Half of managers regret AI layoffs, survey finds", "reversal/survey"),
    ("plans in a survey", "A third of firms plan to cut staff because of AI, survey finds", "cut/survey"),
    ("an executive on the firm's own headcount",
     "Halden Telecom's chief expects AI to shrink its workforce in coming years", "cut/event"),
    ("a measured forecast", "AI will eliminate 300 million jobs by 2035, research house says", "cut/forecast"),
    ("the firm Block is not the verb", "Block to cut 4,000 jobs as AI tools do more of the work", "cut/event"),
    ("a standing division",
     "Lumo Pay's human advisers stay for premium clients while its bot serves the rest", "hybrid/event"),
    ("a cut undone at once", "Bank dismisses clerks for an AI chatbot, then rehires them", "reversal/commentary"),
    ("a cut walked back is not a cut", "Norvik Bank walks back AI-led job cuts", "reversal/event"),
]  # fmt: skip

MUST_NOT = [
    ("layoffs without AI", "Tessel Motors lays off 900 as demand falls", "none/off_topic"),
    ("to block", "Union blocks plan at port over working hours", "none/off_topic"),
    ("hybrid work", "Sundal goes hybrid: staff may work from home two days", "none/off_topic"),
    ("rates are cut", "Central bank cuts rates as AI boom lifts shares", "none/off_topic"),
    ("playoff, sack", "Rovers sack coach after playoff defeat", "none/off_topic"),
    ("shares reverse", "Shares reverse losses as AI chipmaker beats forecasts", "none/off_topic"),
    ("Air India", "Air India rehires pilots", "none/off_topic"),
    ("one executive comes back", "Orrin AI reinstates its founder as chief executive", "none/off_topic"),
    ("an AI firm hires", "Corvid Software hires 300 AI engineers", "none/off_topic"),
    ("human error", "Human error, not AI, caused outage at Norvik Bank", "none/off_topic"),
    ("a tool is dropped, nobody's work changes", "Corvid Software drops AI-first messaging", "none/off_topic"),
    ("a question", "Will AI take your job?", "none/commentary"),
    ("could", "Could AI replace call centre workers?", "none/commentary"),
    ("washing debate", "Companies are using AI as an excuse for layoffs", "none/commentary"),
    ("everybody's jobs", "Orrin chief says AI will take our jobs", "none/commentary"),
    ("a law", "Lawmakers propose human quota in call centres using AI", "none/policy_legal"),
    ("money only", "Court awards money to translator replaced by AI", "none/policy_legal"),
    ("denial only", "Brightwater cuts 250 jobs and says AI had nothing to do with it", "none/event"),
    ("discipline", "Brightwater dismisses six employees for refusing to use AI", "none/event"),
    ("a running list", "Here are the companies that laid off workers this week", "none/roundup"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "expected"), [case[1:] for case in MUST], ids=[case[0] for case in MUST])
def test_a_headline_that_must_have_a_label(title: str, expected: str) -> None:
    verdict = JUDGE.classify(title, "", None)
    assert f"{verdict.label}/{verdict.kind}" == expected


@pytest.mark.parametrize(("title", "expected"), [case[1:] for case in MUST_NOT], ids=[case[0] for case in MUST_NOT])
def test_a_headline_that_must_not_have_a_label(title: str, expected: str) -> None:
    verdict = JUDGE.classify(title, "", None)
    assert f"{verdict.label}/{verdict.kind}" == expected


CUT = "Norvik Bank is cutting 320 jobs"


@pytest.mark.parametrize(
    ("ending", "linked"),
    [
        (" because of artificial intelligence.", True),
        (", citing AI.", True),
        (" as AI agents handle most requests.", True),
        (" to free up money for AI.", True),
        (" as it shifts its spending to AI.", True),
        (" in an AI push.", True),
        (" after automating its back office with AI.", True),
        (". It makes software for AI.", False),
        (". Shares in AI firms rose.", False),
        (" as the AI boom continues.", False),
        (" while it spends heavily on AI.", False),
        (" despite record demand for AI chips.", False),
    ],
)
def test_ai_beside_a_cut_is_not_yet_a_link(ending: str, *, linked: bool) -> None:
    assert (JUDGE.classify("", CUT + ending, None).label == "cut") == linked


def test_more_words_on_the_old_cut_than_on_the_turn_do_not_hide_the_turn() -> None:
    title = "Halden Telecom backtracks on AI, hires 300 for its call centres"
    text = (
        "Halden Telecom will hire 300 people again, admitting that its AI service disappointed customers.\n\n"
        "It had cut 1,100 service jobs in 2024. It laid off 640 people on one day, closed two call centres and ended"
        " contracts with suppliers. The layoffs were called the largest in its history, and unions protested.\n"
    )
    assert JUDGE.classify(title, text, None).label == "reversal"


def test_other_firms_regrets_do_not_turn_a_cut() -> None:
    title = "Halden Telecom cuts 700 service jobs as AI takes over calls"
    text = (
        "Halden Telecom will cut 700 service jobs because AI answers most calls, it said.\n\n"
        "Last year Klarna and Taco Bell brought people back after their own AI projects went too far.\n"
    )
    assert JUDGE.classify(title, text, None).label == "cut"
