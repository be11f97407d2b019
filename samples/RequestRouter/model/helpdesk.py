"""Makes up requests to a help desk, each with the department that should get it.

`make(rng)` returns one request and its class. A request is put together from an opening, what is wrong, a detail and an
ending, most of which every department shares; some requests mention a second department's things in passing, and some have
a typing mistake or two. So the right answer is not always plain, as it is not in a real help desk.
"""

DEPARTMENTS = ["accounts", "hardware", "network", "payroll", "software", "travel"]

THINGS = {
    "accounts": ["my password", "the login page", "two factor codes", "my user name", "single sign on", "access to the shared folder", "the permission for the wiki"],
    "hardware": ["my laptop", "the docking station", "the second monitor", "the printer on floor three", "my keyboard", "the battery", "the headset"],
    "network": ["the wireless network", "the vpn", "the video call", "the file server", "the guest network", "the connection at home", "the meeting room line"],
    "payroll": ["my payslip", "the overtime hours", "the bonus", "my tax form", "the bank details", "sick days", "the pension statement"],
    "software": ["the spreadsheet program", "the mail client", "the new update", "the editor", "the calendar plugin", "the license of the drawing tool", "the report generator"],
    "travel": ["my flight", "the hotel booking", "the train ticket", "the expense claim for my trip", "the rental car", "the visa letter", "the conference fee"],
}

PROBLEMS = {
    "accounts": ["is locked", "does not accept my code", "has expired", "was not granted", "keeps asking me to sign in"],
    "hardware": ["does not switch on", "makes a strange noise", "is broken", "gets very hot", "has a cracked screen"],
    "network": ["is very slow", "drops every few minutes", "cannot be reached", "does not connect", "keeps disconnecting"],
    "payroll": ["is wrong", "is missing this month", "was not paid", "shows the old amount", "has not arrived"],
    "software": ["crashes when i open it", "shows an error message", "will not install", "needs a new license", "freezes after a minute"],
    "travel": ["was cancelled", "has to be changed", "needs an approval", "was charged twice", "is on the wrong day"],
}

OPENINGS = ["hello", "hi team", "good morning", "please help", "urgent", "question", "since yesterday", "after the move to the new office", ""]
DETAILS = ["i have tried it three times", "my colleague has the same problem", "i need it before the meeting", "it worked last week", "i am in the berlin office", "nobody could tell me why", ""]
ENDINGS = ["thanks", "can you help", "what should i do", "please call me back", "who can fix this", ""]
# Problems that say nothing about who should solve them.
ANY = ["does not work", "is a problem", "is still not solved", "needs your attention"]


def make(rng):
    """One request, lower case and without punctuation, and the index of its department."""
    pick = lambda choices: choices[int(rng.integers(len(choices)))]
    label = int(rng.integers(len(DEPARTMENTS)))
    name = DEPARTMENTS[label]
    parts = [pick(OPENINGS), pick(THINGS[name]), pick(PROBLEMS[name]) if rng.random() < 0.6 else pick(ANY)]
    if rng.random() < 0.35:
        other = DEPARTMENTS[int(rng.integers(len(DEPARTMENTS)))]
        parts.append(pick(["i already asked about ", "this has nothing to do with ", "it began after i used "]) + pick(THINGS[other]))
    parts += [pick(DETAILS), pick(ENDINGS)]
    text = " ".join(p for p in parts if p)
    for _ in range(int(rng.choice([0, 0, 1, 2, 3]))):
        text = mistype(rng, text)
    return text, label


def mistype(rng, text):
    """One letter doubled, left out or swapped with the next."""
    i = int(rng.integers(1, len(text) - 1))
    if " " in text[i:i + 2]:
        return text
    return [text[:i] + text[i] + text[i:], text[:i] + text[i + 1:], text[:i] + text[i + 1] + text[i] + text[i + 2:]][int(rng.integers(3))]


def vocabulary():
    """The tokens of WordPiece, one a line: the words above, letters, and letters within a word for what is misspelt."""
    words = set()
    for group in [*THINGS.values(), *PROBLEMS.values(), OPENINGS, DETAILS, ENDINGS, ANY, ["i already asked about", "this has nothing to do with", "it began after i used"]]:
        for phrase in group:
            words.update(phrase.split())
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + c for c in letters), *sorted(w for w in words if len(w) > 1)]


def tokenize(text, index, length):
    """WordPiece: the longest token that fits, from the left. Padded with 0."""
    ids = [index["[CLS]"]]
    for word in text.split():
        start = 0
        while start < len(word):
            end = len(word)
            while end > start and ("##" if start else "") + word[start:end] not in index:
                end -= 1
            if end == start:
                ids.append(index["[UNK]"])
                break
            ids.append(index[("##" if start else "") + word[start:end]])
            start = end
    ids = ids[:length - 1] + [index["[SEP]"]]
    return ids + [0] * (length - len(ids))
