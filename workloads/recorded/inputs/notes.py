"""Parses, indexes and prints made-up notes: dictionaries, strings, objects, json. Seed 1."""
import json
import random
import re

random.seed(1)
WORDS = ["".join(random.choices("etaoinshrdlu", k=random.randint(2, 10))) for _ in range(900)]


class Note:
    def __init__(self, title, body):
        self.title = title
        self.body = body
        self.tags = sorted(set(re.findall(r"\b[ae]\w+", body)))


def main():
    index = {}
    kept = []
    for number in range(6000):
        body = " ".join(random.choices(WORDS, k=random.randint(10, 60)))
        note = Note(f"note {number}", body)
        for tag in note.tags:
            index.setdefault(tag, []).append(note)
        kept.append(note)
        if len(kept) > 800:
            gone = kept.pop(random.randrange(len(kept)))
            for tag in gone.tags:
                index[tag].remove(gone)
        if number % 10 == 0:
            text = json.dumps([vars(n) for n in random.sample(kept, min(20, len(kept)))])
            assert json.loads(text)
    print(len(index), sum(map(len, index.values())))


main()
