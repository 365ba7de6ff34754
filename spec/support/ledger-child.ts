import type { Address } from '../../lib/index.js';
import { Child } from './child.js';
import type { Sent } from './ledger.js';

/** What a server in another process has told of one connection. */
export interface ToldBooks extends Sent {
  readonly posted: Map<number, number>;
  readonly received: number[];
  readonly returned: number[];
  /** Lengths of the bodies received, as they came. */
  readonly lengths: (number | string)[];
  readonly said: string[];
}

/** A server in a process of its own, which accepts whoever comes and tells of its books; see `children/ledger-server.cjs`. */
export class LedgerChild {
  readonly process: Child;

  private constructor(process: Child) {
    this.process = process;
  }

  /** @param limit how many files it may have open at all, and how many of them are left once it listens */
  static async listen(
    address: Address,
    { slots = 16, limit }: { slots?: number; limit?: { files: number; left: number } } = {},
  ): Promise<{ server: LedgerChild; bound: string; status: string }> {
    const script = 'ledger-server.cjs';
    const process =
      limit === undefined
        ? new Child(script, String(address), String(slots))
        : new Child(`${script}@${String(limit.files)}`, String(address), String(slots), String(limit.left));
    const [bound, status] = (await process.line()).split(' ') as [string, string];
    return { server: new LedgerChild(process), bound, status };
  }

  /** Its books, by what the clients called themselves, once it has ended; what it held at the end, unless it was killed. */
  async books(): Promise<{ books: Map<string, ToldBooks>; held: number | null }> {
    const books = new Map<string, ToldBooks>();
    let held: number | null = null;
    for (const line of await this.process.lines()) {
      const [what, who, id, length] = line.split(' ') as [string, string, string?, string?];
      if (what === 'held') held = Number(who);
      else enter(bookOf(books, who), what, Number(id), length);
    }
    return { books, held };
  }
}

function bookOf(books: Map<string, ToldBooks>, who: string): ToldBooks {
  const book = books.get(who) ?? { posted: new Map(), received: [], returned: [], lengths: [], said: [] };
  books.set(who, book);
  return book;
}

function enter(book: ToldBooks, what: string, id: number, length: string | undefined): void {
  switch (what) {
    case 'post':
      book.posted.set(id, Number(length));
      return;
    case 'refused':
      book.posted.delete(id);
      return;
    case 'received':
      book.received.push(id);
      book.lengths.push(length === 'broken' ? 'broken' : Number(length));
      return;
    case 'returned':
      book.returned.push(id);
      return;
    default:
      book.said.push(what);
  }
}
