// Messages to frames, and frames to what a reader looks at.
import { Decoded, FrameDecoder } from '../dist/lib/wire/decoder.js';
import { encodeFrame, frameLength, writeFrame } from '../dist/lib/wire/encoder.js';
import { engine } from './messages.mjs';

const CHUNK = 64 * 1024;

function messageOf(bodyLength, headers) {
  const message = engine.get();
  message.channelNumber = 1;
  message.messageId = 1n;
  for (let n = 0; n < headers; n++) message.textHeaders.append(`name-${n}`, `value-${n}`);
  message.body.append(Buffer.alloc(bodyLength, 1));
  return message;
}

/** One chunk of a socket, full of frames; and the same in pieces that cut them. */
function decoding(name, bodyLength, pieceLength = CHUNK) {
  const frame = encodeFrame(messageOf(bodyLength, 0));
  const units = Math.floor(CHUNK / frame.length);
  const chunk = Buffer.concat(Array.from({ length: units }, () => frame));
  const pieces = [];
  for (let at = 0; at < chunk.length; at += pieceLength) pieces.push(chunk.subarray(at, at + pieceLength));
  const decoder = new FrameDecoder();
  const play = () => {
    let bytes = 0;
    for (const piece of pieces) {
      decoder.feed(piece);
      while (decoder.next() === Decoded.frame) {
        bytes += decoder.bodyLength;
        decoder.consume();
      }
    }
    return bytes;
  };
  return { name, units, play };
}

function encoding(name, bodyLength, headers) {
  const message = messageOf(bodyLength, headers);
  const target = Buffer.alloc(frameLength(message));
  return { name, play: () => writeFrame(message, target, 0) };
}

export const codec = [
  decoding('decoder: a frame of 64 B', 64),
  decoding('decoder: a frame of 1 KiB', 1024),
  decoding('decoder: a frame of 64 B, chunks of 100 B', 64, 100),
  encoding('encoder: a frame of 64 B', 64, 0),
  encoding('encoder: a frame of 64 B and 4 headers', 64, 4),
  encoding('encoder: a frame of 60 KiB', 60 * 1024, 0),
];
