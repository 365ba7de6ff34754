import { ChunkPool } from '../../lib/engine/chunk-pool.js';
import { Counters } from '../../lib/engine/counters.js';
import { SendQueue } from '../../lib/engine/send-queue.js';
import type { EngineMessage } from '../../lib/message/engine-message.js';
import { freshMessage } from './messages.js';
import { RecordingLink } from './recording-link.js';

/** A Request on channel 9, its body filled with one byte. */
export function request(id: number, bodyLength: number, headers: [string, string][] = []): EngineMessage {
  const message = freshMessage();
  message.channelNumber = 9;
  message.messageId = id;
  for (const [name, value] of headers) message.textHeaders.append(name, value);
  if (bodyLength > 0) message.body.append(Buffer.alloc(bodyLength, id));
  return message;
}

/** The frame of such a Request, put together by hand from protocol.md section 1. */
export function frameOf(id: number, bodyLength: number, headers = ''): Buffer {
  const frame = Buffer.alloc(16 + headers.length + bodyLength, id);
  frame.writeUInt16BE(9, 0);
  frame.writeUInt16BE(0, 2);
  frame.writeBigUInt64BE(BigInt(id), 4);
  frame.writeUInt16BE(headers.length, 12);
  frame.writeUInt16BE(bodyLength, 14);
  frame.write(headers, 16);
  return frame;
}

export function newQueue(): { queue: SendQueue; counters: Counters; link: RecordingLink } {
  const counters = new Counters();
  return { queue: new SendQueue(new ChunkPool(), counters), counters, link: new RecordingLink() };
}

/** What comes back, as `id x body length`, each body checked to be whole. */
export function takenBack(queue: SendQueue): string[] {
  const back: string[] = [];
  queue.takeBack(frame => {
    const start = frame.payloadStart + frame.headersLength;
    const body = frame.payload.subarray(start, start + frame.bodyLength);
    expect(body.equals(Buffer.alloc(frame.bodyLength, frame.idLow))).toBe(true);
    expect(frame.channelNumber).toBe(9);
    back.push(`${String(frame.idLow)} x ${String(frame.bodyLength)}`);
  });
  return back;
}
