import { Status, statusFrom, statusName } from '../../lib/message/status.js';
import { readMessage } from '../support/messages.js';

/** protocol.md section 3, in the order of the numbers from 0 to 31. */
const NAMES = [
  'success',
  'not_implemented_yet',
  'wrong_address',
  'not_allowed',
  'null_message',
  'invalid_message',
  'invalid_op_code',
  'invalid_headers_len',
  'invalid_body_len',
  'invalid_more_usage',
  'invalid_channel_number',
  'invalid_message_channel_group',
  'invalid_message_id',
  'invalid_address',
  'uds_path_not_found',
  'notification_disabled',
  'notification_failed',
  'peer_disconnected',
  'communication_failed',
  'pool_empty',
  'allocation_failed',
  'receiver_update',
  'channel_closed',
  'shutdown_started',
  'connect_failed',
  'listen_failed',
  'accept_failed',
  'send_failed',
  'recv_failed',
  'setsockopt_failed',
  'processing_failed',
  'unknown_error',
];

/** `pool_empty` is keyed `poolEmpty`. */
function keyOf(name: string): string {
  const [first = '', ...rest] = name.split('_');
  return first + rest.map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

describe('Status', () => {
  it('has the numbers of the wire contract', () => {
    expect(Status).toEqual(Object.fromEntries(NAMES.map((name, number) => [keyOf(name), number])));
  });

  it.each(NAMES.map((name, number) => [number, name] as const))('names %i %s', (number, name) => {
    expect(statusName(number)).toBe(name);
  });

  it.each([32, 255, -1, 1.5, NaN])('names %p, which is none, unknown_error', number => {
    expect(statusName(number)).toBe('unknown_error');
  });
});

describe('a raw status byte', () => {
  it('reads as itself below 31', () => {
    const bytes = Array.from({ length: 31 }, (_, byte) => byte);
    expect(bytes.map(byte => statusFrom(byte))).toEqual(bytes);
  });

  it('reads as unknown_error from 31 to 255', () => {
    const bytes = Array.from({ length: 225 }, (_, index) => 31 + index);
    expect(new Set(bytes.map(byte => statusFrom(byte)))).toEqual(new Set([31]));
  });

  it.each([31, 32, 200, 255])('%i shows as unknown_error on a message', byte => {
    expect(readMessage({ status: byte }).status).toBe(31);
  });
});
