import { type Link, Written } from '../../lib/transport/transport.js';

/** A link that keeps what is written to it, and answers as it is told to. */
export class RecordingLink implements Link {
  /** One entry a call of `write` or `writeAll`: the pieces as they were at that moment. */
  readonly writes: Buffer[][] = [];
  /** The very buffers that were handed over. */
  readonly pieces: Buffer[] = [];
  /** The answers of the next writes; `gone` when there is none. */
  answers: Written[] = [];
  readonly isWritable = true;

  write(bytes: Buffer): Written {
    return this.writeAll([bytes]);
  }

  writeAll(pieces: readonly Buffer[]): Written {
    const answer = this.answers.shift() ?? Written.gone;
    if (answer === Written.refused) return answer;
    this.writes.push(pieces.map(piece => Buffer.from(piece)));
    this.pieces.push(...pieces);
    return answer;
  }

  /** Everything written, in order. */
  bytes(): Buffer {
    return Buffer.concat(this.writes.flat());
  }

  pause(): void {
    throw new Error('nobody reads here');
  }
  resume(): void {
    throw new Error('nobody reads here');
  }
  end(): void {
    throw new Error('nobody ends this');
  }
  close(): void {
    throw new Error('nobody closes this');
  }
  reset(): void {
    throw new Error('nobody resets this');
  }
}
