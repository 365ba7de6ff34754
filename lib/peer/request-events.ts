import { events, type RequestEndEvent, type RequestStartEvent } from '../engine/diagnostics.js';
import { idFromHalves } from '../message/message-id.js';
import type { PeerContext } from './peer-context.js';
import type { Numbered } from './request-slab.js';

/** How a request ended, and with what. */
export interface Ending {
  readonly outcome: RequestEndEvent['outcome'];
  readonly error?: unknown;
}

export const COMPLETED: Ending = { outcome: 'completed' };
export const CANCELLED: Ending = { outcome: 'cancelled' };

/** Tells that a request is under way; what `tellEnd` is to be given. */
export function tellStart(
  context: PeerContext,
  direction: 'out' | 'in',
  request: Numbered,
): RequestStartEvent | null {
  if (!events.requestStart.isWatched) return null;
  const start = eventOf(context, direction, request);
  events.requestStart.tell(start);
  return start;
}

/** Tells that it is over. */
export function tellEnd(
  context: PeerContext,
  direction: 'out' | 'in',
  request: Numbered & { readonly told: RequestStartEvent | null },
  ending: Ending,
): void {
  if (!events.requestEnd.isWatched) return;
  events.requestEnd.tell(Object.assign(request.told ?? eventOf(context, direction, request), ending));
}

function eventOf(
  context: PeerContext,
  direction: 'out' | 'in',
  { idHigh, idLow }: Numbered,
): RequestStartEvent {
  return {
    engine: context.engine.face,
    channelNumber: context.channel.number,
    direction,
    messageId: idFromHalves(idHigh, idLow),
  };
}
