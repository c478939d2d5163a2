"""A pipeline of threads: one makes records, three index them, one prints: each frees what another
made. Seed 1; which worker takes which record is the scheduler's choice."""
import json
import queue
import random
import threading

RECORDS = 9000
WORKERS = 3


def produce(out):
    random.seed(1)
    for number in range(RECORDS):
        words = ["w" * random.randint(1, 40) + str(random.randrange(5000)) for _ in range(8)]
        out.put({"number": number, "words": words, "text": " ".join(words)})
    for _ in range(WORKERS):
        out.put(None)


def index(source, out):
    while (record := source.get()) is not None:
        lengths = {word: len(word) for word in record["words"]}
        out.put(json.dumps({"n": record["number"], "sum": lengths, "t": record["text"].upper()}))
    out.put(None)


def main():
    made, indexed = queue.Queue(200), queue.Queue(200)
    threads = [threading.Thread(target=produce, args=(made,))]
    threads += [threading.Thread(target=index, args=(made, indexed)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    total = ended = 0
    while ended < WORKERS:
        line = indexed.get()
        if line is None:
            ended += 1
        else:
            total += len(json.loads(line)["t"])
    for thread in threads:
        thread.join()
    print(total)


main()
