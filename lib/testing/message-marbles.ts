import { catchError, map, type Observable, throwError } from 'rxjs';
import type { Message } from '../message/message.js';
import { TofuError } from '../message/tofu-error.js';
import { describeMessage, type MessageDescription } from './describe-message.js';

/** What a letter stands for: the fields of a message that count. A string is the body. */
export type MessageEntry =
  string | (Partial<Omit<MessageDescription, 'id'>> & { readonly id?: string | number | bigint });

/** Letters and what they stand for. */
export type MessageTable = Readonly<Record<string, MessageEntry>>;

/** `expectObservable`, as `testScheduler.run` hands it out. */
type ExpectObservable = (
  observable: Observable<unknown>,
  subscriptionMarbles?: string | null,
) => { toBe(marbles: string, values?: unknown, errorValue?: unknown): void };

/** The other half of `expectMessages(source$)`. */
export interface MessageExpectation {
  /**
   * Says what the stream is expected to be; compared when `run()` ends.
   *
   * @param marbles a diagram, as for `expectObservable`
   * @param table what its letters stand for; each names the fields that count, and no others are compared
   * @param error what `#` stands for: the code of a TofuError, such as `peer_disconnected`, or another error
   */
  toBe(marbles: string, table?: MessageTable, error?: unknown): void;
}

/**
 * `expectObservable` for streams of messages: letters stand for those fields of a message that count, and where another message
 * came, the failure shows that message in words.
 *
 * @param expectObservable what `testScheduler.run` hands out
 * @example
 * testScheduler.run(({ expectObservable }) => {
 *   const expectMessages = messageMarbles(expectObservable);
 *   expectMessages(group).toBe('----h-(rc)', {
 *     h: { opCode: 'HelloResponse' },
 *     r: { opCode: 'Response', body: 'pong' },
 *     c: { status: 'channel_closed' },
 *   });
 * });
 */
export function messageMarbles(
  expectObservable: ExpectObservable,
): (messages: Observable<Message>, subscriptionMarbles?: string | null) => MessageExpectation {
  return (messages, subscriptionMarbles) => {
    // Known when toBe is called, which is before the first message comes.
    let entryOf: (message: Message) => MessageEntry = describeMessage;
    const described = messages.pipe(
      map(message => entryOf(message)),
      catchError((error: unknown) =>
        throwError((): unknown => (error instanceof TofuError ? error.code : error)),
      ),
    );
    const expectation = expectObservable(described, subscriptionMarbles);
    return {
      toBe(marbles, table = {}, error?) {
        entryOf = messageTable(table);
        expectation.toBe(marbles, table, error);
      },
    };
  };
}

/**
 * Turns messages into the entries of a table: a message becomes the entry that agrees with it (the one that says most, where several do), and
 * one that no entry agrees with its full description. So `toBe` and `toEqual` compare what the table names, and no more.
 *
 * @example
 * const table = { a: { opCode: 'Response', body: 'pong' }, c: { status: 'channel_closed' } };
 * expectObservable(group.pipe(map(messageTable(table)))).toBe('----a--c', table);
 */
export function messageTable(table: MessageTable): (message: Message) => MessageEntry {
  const entries = Object.values(table).sort((a, b) => fieldsOf(b).length - fieldsOf(a).length);
  return message => {
    const description = describeMessage(message);
    return entries.find(entry => fieldsOf(entry).every(field => agrees(field, description))) ?? description;
  };
}

type Field = readonly [name: string, value: unknown];

function fieldsOf(entry: MessageEntry): Field[] {
  return typeof entry === 'string' ? [['body', entry]] : Object.entries(entry);
}

function agrees([name, value]: Field, description: MessageDescription): boolean {
  const actual: unknown = description[name as keyof MessageDescription];
  if (Array.isArray(value)) return JSON.stringify(value) === JSON.stringify(actual);
  return name === 'id' ? String(value) === actual : value === actual;
}
