import type { Subscription } from 'rxjs';
import type { EngineMessage } from '../message/engine-message.js';
import { Status } from '../message/status.js';
import { TofuError } from '../message/tofu-error.js';
import { NO_HOLD } from '../pool/hold.js';
import { redispatch } from '../pool/redispatch.js';
import type { IdleRequests } from './idle-requests.js';
import type { PeerContext } from './peer-context.js';
import type { RequestTable } from './request-table.js';
import type { RequestWindow } from './request-window.js';

/** Who reads the peer's requests: a handler, or the subscriber of requests$. */
export interface RequestReader {
  /** How many it takes at once. */
  readonly concurrency: number;
  /** Takes a request. It calls `finished` when it is through. */
  take(request: RequestWindow): void;
}

/** Who answers for requests that no reader gets. */
export interface TurnOwner {
  /** It waited in vain: it held slots that others need. */
  gaveUp(request: RequestWindow, error: TofuError): void;
  /** The last handler has ended. */
  allFinished(): void;
}

/**
 * Whose turn it is: hands the peer's requests to the one reader there may be, in the order they came, as many at once as it takes. Requests start only
 * while the channel takes bytes; the others wait.
 */
export class RequestTurns {
  readonly #context: PeerContext;
  readonly #table: RequestTable;
  readonly #idle: IdleRequests;
  readonly #owner: TurnOwner;
  #reader: RequestReader | null = null;
  /** Requests that no reader has, oldest first; each holds its slot. */
  #waiting: RequestWindow[] = [];
  /** How many handlers run. */
  #active = 0;
  #starting = false;

  constructor(context: PeerContext, table: RequestTable, idle: IdleRequests, owner: TurnOwner) {
    this.#context = context;
    this.#table = table;
    this.#idle = idle;
    this.#owner = owner;
  }

  /** Whether no handler runs. */
  get isIdle(): boolean {
    return this.#active === 0;
  }

  /** Gives requests to `reader`, beginning with those that wait, for as long as `life` lasts. */
  attach(reader: RequestReader, life: Subscription): void {
    if (this.#reader !== null) {
      throw new TofuError(
        Status.notAllowed,
        `requests of channel ${String(this.#context.channel.number)} have a reader: respond, serve and requests$ exclude each other`,
      );
    }
    this.#reader = reader;
    // Wired before the first request is handed over: a reader may leave within it.
    life.add(() => {
      if (this.#reader === reader) this.#reader = null;
    });
    this.startWaiting();
  }

  /** A request has come, and is being dispatched: it is its turn now, or it waits. */
  add(request: RequestWindow): void {
    if (this.#waiting.length === 0 && this.#mayStart()) this.#start(request);
    else this.#wait(request);
  }

  /** The reader is through with a request: the next one may begin. */
  finished(request: RequestWindow): void {
    if (!request.isStarted) return;
    request.isStarted = false;
    request.work = null;
    this.#active--;
    this.#idle.remove(request);
    request.abandon();
    if (!request.isLeaving) request.releaseBrake();
    this.startWaiting();
    if (this.#active === 0) this.#owner.allFinished();
  }

  /** The reader has it, and nobody will say when it is through with it. */
  handedOut(request: RequestWindow): void {
    request.handOut();
    this.#active--;
  }

  /** It waits no more. */
  remove(request: RequestWindow): void {
    this.#waiting = this.#waiting.filter(other => other !== request);
  }

  /** None waits any more; those that did. */
  takeWaiting(): RequestWindow[] {
    return this.#waiting.splice(0);
  }

  /** Hands over what waits, while the reader takes more and the channel takes bytes. */
  startWaiting(): void {
    if (this.#starting) return;
    this.#starting = true;
    while (this.#waiting.length > 0 && this.#mayStart())
      this.#startLater(this.#waiting.shift() as RequestWindow);
    this.#starting = false;
  }

  #mayStart(): boolean {
    return (
      this.#reader !== null &&
      this.#active < this.#reader.concurrency &&
      this.#context.channel.outbox.isWritable
    );
  }

  #start(request: RequestWindow): void {
    this.#active++;
    request.isStarted = true;
    this.#reader?.take(request);
  }

  /** The dispatch of its first message is over, but not its slot: the handler may hold on to it. */
  #startLater(request: RequestWindow): void {
    this.#idle.remove(request);
    redispatch(request.first as EngineMessage, NO_HOLD, () => {
      this.#start(request);
    });
    if (this.#context.channel.isWithheld && this.#table.releaseStarved())
      this.#context.channel.credit?.lookSoon();
  }

  #wait(request: RequestWindow): void {
    request.keepBrake();
    this.#waiting.push(request);
    this.#idle.addWaiting(request, error => {
      this.remove(request);
      this.#owner.gaveUp(request, error);
    });
  }
}
