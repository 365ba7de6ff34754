import { type Observable, Subject } from 'rxjs';
import { type AlivePeer, type Message, OpCode, Status } from '../../lib/index.js';
import { looseMessage } from './loose-messages.js';

/** What a Peer hears: `m` is a message, `r` one that came back, `c` the end of the channel. */
export const values = {
  m: looseMessage({ opCode: OpCode.Signal }),
  r: looseMessage({ origin: 'engine', status: Status.sendFailed }),
  c: looseMessage({ opCode: OpCode.Signal, origin: 'engine', status: Status.channelClosed }),
};

/** A Peer as far as keepAlive needs it; its heartbeats are values. */
export class FakePeer implements AlivePeer {
  readonly beats$ = new Subject<'b'>();
  isPaused = false;
  arrivals = 0;

  constructor(
    readonly messages$: Observable<Message>,
    readonly closed$: Observable<Message>,
  ) {}

  heartbeat(): void {
    this.beats$.next('b');
  }
}
