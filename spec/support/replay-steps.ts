import { createHash } from 'node:crypto';
import { bytesOf, type FrameEntry, isFrame, payloadOf, type Side } from './golden.js';
import type { Script, ScriptedPost } from './golden-differences.js';

/** We post these, and the peer reads the frames of those that are not refused. */
export interface SayStep {
  kind: 'say';
  posts: { post: ScriptedPost; frame: Buffer | null }[];
}

/** What happens next, seen from the side that an engine plays. */
export type Step =
  | SayStep
  /** The peer writes these frames, and we receive them. */
  | { kind: 'hear'; frames: Buffer[] }
  /** Our stream ends; by what we post now, if we do. */
  | { kind: 'weEnd'; posts: ScriptedPost[] }
  /** The peer's stream ends, and we post these before we hear of it. */
  | { kind: 'peerEnds'; how: 'fin' | 'ECONNRESET'; posts: ScriptedPost[] };

/** What an application received, or was refused, in the recording's numbers. */
export type ReplayedEvent = Record<string, string | number>;

/** The recording as steps of one side. Frames that one side wrote in a row are one step: they are posted, or written, at once. */
export function stepsOf(script: Script, side: Side): Step[] {
  const steps: Step[] = [];
  const posts = script.posted.filter(post => post.at === side && post.opCode !== 'WelcomeRequest');
  const say = (post: ScriptedPost, frame: Buffer | null): void => {
    const last = steps.at(-1);
    if (last?.kind === 'say') last.posts.push({ post, frame });
    else steps.push({ kind: 'say', posts: [{ post, frame }] });
  };
  const sayRefused = (): void => {
    while (posts[0]?.refused !== undefined) say(posts.shift() as ScriptedPost, null);
  };
  for (const entry of script.wire) {
    if (!isFrame(entry)) {
      const late = posts.splice(0);
      steps.push(
        entry.from === side
          ? { kind: 'weEnd', posts: late }
          : { kind: 'peerEnds', how: entry.how, posts: late },
      );
    } else if (entry.from === side) {
      const post = posts.shift();
      if (post?.opCode !== entry.fields.opCode || post.messageId !== entry.fields.messageId) {
        throw new Error(
          `${script.name}: ${entry.fields.opCode} ${entry.fields.messageId} was not posted in this order`,
        );
      }
      say(post, bytesOf(entry));
      sayRefused();
    } else {
      const last = steps.at(-1);
      if (last?.kind === 'hear') last.frames.push(bytesOf(entry));
      else steps.push({ kind: 'hear', frames: [bytesOf(entry)] });
    }
  }
  if (posts.length > 0) throw new Error(`${script.name}: ${String(posts.length)} posts have no place`);
  return steps;
}

/** What one side is to receive: its recorded events; the payloads, which these leave out, stand in the peer's frames. */
export function expectedEvents(script: Script, side: Side): ReplayedEvent[] {
  const frames = script.wire.filter((entry): entry is FrameEntry => isFrame(entry) && entry.from !== side);
  const expected = script.events
    .filter(event => event.at === side)
    .map(event => {
      if ('refused' in event) return { refused: event.refused, error: event.error };
      const { at: _at, textHeaders = '', ...fields } = event;
      if (event.origin === 'engine')
        return { ...fields, textHeaders: digest(Buffer.from(textHeaders)), body: '' };
      const frame = frames.shift();
      if (frame?.fields.opCode !== event.opCode || frame.fields.messageId !== event.messageId) {
        throw new Error(`${script.name}: no frame for ${event.opCode} ${event.messageId}`);
      }
      const { headers, body } = payloadOf(bytesOf(frame));
      if (textHeaders !== '' && headers.toString() !== textHeaders)
        throw new Error(`${script.name}: other headers`);
      return { ...fields, textHeaders: digest(headers), body: digest(body) };
    });
  if (frames.length > 0) throw new Error(`${script.name}: ${String(frames.length)} frames were not received`);
  return expected;
}

/** Short bytes as text, long ones as their hash. */
export function digest(bytes: Uint8Array): string {
  if (bytes.length <= 100) return Buffer.from(bytes).toString('latin1');
  return createHash('sha256').update(bytes).digest('hex');
}
