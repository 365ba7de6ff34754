/** The events of `diagnostics_channel` as users get them: about the Engine that they made. */
import type * as Diagnostics from '../engine/diagnostics.js';
import type { Engine } from './engine.js';

/** The payload of `rxtofu:connect`. */
export type ConnectEvent = Diagnostics.ConnectEvent<Engine>;
/** The payload of `rxtofu:accept`. */
export type AcceptEvent = Diagnostics.AcceptEvent<Engine>;
/** The payload of `rxtofu:close`. */
export type CloseEvent = Diagnostics.CloseEvent<Engine>;
/** The payload of `rxtofu:connection:rejected`. */
export type ConnectionRejectedEvent = Diagnostics.ConnectionRejectedEvent<Engine>;
/** The payload of `rxtofu:frame:rejected`. */
export type FrameRejectedEvent = Diagnostics.FrameRejectedEvent<Engine>;
/** The payload of `rxtofu:pool:empty` and `rxtofu:pool:refilled`. */
export type PoolEvent = Diagnostics.PoolEvent<Engine>;
/** The payload of `rxtofu:request:start`. */
export type RequestStartEvent = Diagnostics.RequestStartEvent<Engine>;
/** The payload of `rxtofu:request:end`. */
export type RequestEndEvent = Diagnostics.RequestEndEvent<Engine>;
