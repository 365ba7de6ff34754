import { createHash } from 'node:crypto';
import { EngineMessage } from '../../lib/message/engine-message.js';
import { OpCode } from '../../lib/message/op-code.js';
import { Decoded, FrameDecoder } from '../../lib/wire/decoder.js';
import { encodeFrame } from '../../lib/wire/encoder.js';
import { bytesOf, type FrameEntry, goldens, isFrame, payloadOf } from '../support/golden.js';
import { freshMessage, noKeeper } from '../support/messages.js';

/** The frame at hand as the message that the engine makes of it. */
function messageOf(decoder: FrameDecoder): EngineMessage {
  const { channelNumber, proto, idHigh, idLow, payload, payloadStart, headersLength, bodyLength } = decoder;
  return new EngineMessage(
    noKeeper,
    channelNumber,
    proto,
    decoder.status,
    idHigh,
    idLow,
    payload,
    payloadStart,
    headersLength,
    bodyLength,
  );
}

function decode(bytes: Buffer): EngineMessage {
  const decoder = new FrameDecoder();
  decoder.feed(bytes);
  expect(decoder.next()).toBe(Decoded.frame);
  const message = messageOf(decoder);
  decoder.consume();
  expect([decoder.next(), decoder.isMidFrame()]).toEqual([Decoded.needMore, false]);
  return message;
}

/** The message that an application makes to have this frame sent. */
function madeByHand({ fields }: FrameEntry, frame: Buffer): EngineMessage {
  const message = freshMessage();
  message.channelNumber = fields.channelNumber;
  message.opCode = OpCode[fields.opCode];
  message.more = fields.more === 1;
  message.messageId = BigInt(fields.messageId);
  const { headers, body } = payloadOf(frame);
  for (const line of headers.toString().split('\r\n').filter(Boolean)) {
    const colon = line.indexOf(':');
    message.textHeaders.append(line.slice(0, colon), line.slice(colon + 1));
  }
  message.body.append(body);
  return message;
}

describe.each(goldens)('the frames of $name', golden => {
  const frames = golden.wire.filter(isFrame);
  const named = frames.map(
    frame => [`${frame.from} ${frame.fields.opCode} ${frame.fields.messageId}`, frame] as const,
  );

  it.each(named)('%s: decode to the recorded fields', (_, entry) => {
    const frame = bytesOf(entry);
    const message = decode(frame);
    const { fields } = entry;
    expect({
      channelNumber: message.channelNumber,
      opCode: message.opCode,
      origin: message.origin,
      more: Number(message.more),
      internalA: (message.proto >> 6) & 1,
      internalB: message.proto >> 7,
      status: message.status,
      messageId: String(message.messageId),
      headersLength: message.textHeaders.byteLength,
      bodyLength: message.body.byteLength,
    }).toEqual({ ...fields, opCode: OpCode[fields.opCode] });
    expect(Buffer.from(message.body.bytes()).equals(payloadOf(frame).body)).toBe(true);
  });

  it.each(named)('%s: encode to the recorded bytes, decoded or made by hand', (_, entry) => {
    const frame = bytesOf(entry);
    if (entry.sha256 !== undefined) {
      expect(createHash('sha256').update(frame).digest('hex')).toBe(entry.sha256);
    }
    expect(encodeFrame(decode(frame)).equals(frame)).toBe(true);
    expect(encodeFrame(madeByHand(entry, frame)).equals(frame)).toBe(true);
  });

  it('are the same as one stream', () => {
    const stream = Buffer.concat(frames.map(bytesOf));
    const decoder = new FrameDecoder();
    const again: Buffer[] = [];
    decoder.feed(stream);
    for (; decoder.next() === Decoded.frame; decoder.consume()) again.push(encodeFrame(messageOf(decoder)));
    expect(again).toHaveLength(frames.length);
    expect(Buffer.concat(again).equals(stream)).toBe(true);
  });
});
