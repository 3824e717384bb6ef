"""The second opinion of a language model, off by default: it may add a label where the rules found none and are unsure.

Stands between the stages that may run elsewhere and the recording at home, because it needs the store: what was asked
is cached there and counted. Whatever goes wrong, the rules' verdict stands.
"""

from monitor.opinion.answer import Answer, added, stored, wanted
from monitor.opinion.asking import Opinions
from monitor.opinion.prompt import PROMPT, prompt_of, request_body
from monitor.opinion.standing import standing

__all__ = ["PROMPT", "Answer", "Opinions", "added", "prompt_of", "request_body", "standing", "stored", "wanted"]
