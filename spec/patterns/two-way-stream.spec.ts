import { concatMap, filter, from, map, scan, Subject, tap } from 'rxjs';
import { grounds, meetOn, texts } from '../support/grounds.js';

const WORDS = 'messages are operations and both sides are peers'.split(' ');

describe.each(grounds)('two-way stream over $name', ({ open }) => {
  it('answers each part as it comes: the next word is said when the last one has come back', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request => request.pipe(map(part => part.body.text().toUpperCase())));
    const upload = new Subject<string>();
    let said = 0;
    const say = (): void => {
      const word = WORDS[said++];
      if (word === undefined) upload.complete();
      else upload.next(word);
    };
    const saidAtAnswer: number[] = [];
    const answers = texts(
      here.request(upload).pipe(
        tap(() => {
          saidAtAnswer.push(said);
          say();
        }),
      ),
    );
    say();
    expect(await until(answers)).toEqual(WORDS.map(word => word.toUpperCase()));
    expect(saidAtAnswer).toEqual(WORDS.map((_, n) => n + 1));
  });

  it('has as many answers as it likes: none, or several a part', async () => {
    const { here, there, until } = await meetOn(open());
    there.respond(request =>
      request.pipe(
        map(part => part.body.text()),
        scan((words, word) => [...words, word], [] as string[]),
        filter(words => words.length % 2 === 0),
        concatMap(words => from(words.slice(-2)).pipe(map(word => `${word}!`))),
      ),
    );
    const answers = await until(texts(here.request(from(WORDS))));
    expect(answers).toEqual(WORDS.map(word => `${word}!`));
  });

  it('goes both ways at once on one connection, asked by either side', async () => {
    const { here, there, until } = await meetOn(open());
    for (const peer of [here, there]) {
      peer.respond(request => request.pipe(map(part => part.body.text().toUpperCase())));
    }
    const words = Array.from({ length: 300 }, (_, n) => `word ${String(n)}`);
    const answers = await until(
      Promise.all([texts(here.request(from(words))), texts(there.request(from(words)))]),
    );
    const upper = words.map(word => word.toUpperCase());
    expect(answers).toEqual([upper, upper]);
  });
});
