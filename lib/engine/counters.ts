/** What an engine counts as it goes. Plain fields: they are touched for every message. */
export class Counters {
  /** Peers' frames received, hello and bye included. */
  messagesIn = 0;
  /** Frames handed to sockets, hello and bye included. */
  messagesOut = 0;
  /** Bytes received. */
  bytesIn = 0;
  /** Bytes handed to sockets. */
  bytesOut = 0;
  /** Bytes of frames accepted and not yet handed to a socket, over all channels. */
  queuedBytes = 0;
  /** Frames that broke protocol.md section 10, also before a hello. */
  framesRejected = 0;
  /** Accepted sockets that were reset: over `maxChannels`, or no hello within `handshakeTimeout`. */
  connectionsRefused = 0;
  /** Replies to requests that nobody waits for any more. */
  lateReplies = 0;
  /** Signals that nobody took, and rx-cancel for ids that nobody knows. */
  signalsDropped = 0;
  /** Messages that came to a brake when their slot was gone. */
  brakeLost = 0;
  /** Requests of Peers under way, both ways. */
  requests = 0;
}
