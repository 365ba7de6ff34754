/** A flag of a command, as it is parsed and as its help tells of it. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What follows it, as help names it; none for a switch. */
  readonly value?: string;
  /** It may be given more than once. */
  readonly isRepeatable?: boolean;
  readonly help: string;
}

export const HELP: Flag = { name: 'help', short: 'h', help: 'this text' };
export const VERSION: Flag = { name: 'version', short: 'v', help: 'the version of rxtofu' };
export const JSON_LINES: Flag = { name: 'json', help: 'one JSON object a line, no colours' };
export const TIMEOUT: Flag = {
  name: 'timeout',
  value: 'MS',
  help: 'for connecting (default 10000) and for each response (default 30000); 0 waits for ever',
};
