import type { Terminal } from 'cli-progress';

/**
 * One line of a terminal for the bar. cli-progress' own puts the cursor back to where it stood when the bar began, which is somewhere above
 * once lines were printed meanwhile, and forbids those lines to wrap: this one does neither.
 */
export function barTerminal(stream: NodeJS.WriteStream): Terminal {
  const width = (): number => stream.columns || 80;
  const write = (text: string): void => {
    stream.write(text);
  };
  return {
    cursorSave: () => undefined,
    cursorRestore: () => undefined,
    cursorTo: () => {
      write('\r');
    },
    clearRight: () => {
      write('\u001b[K');
    },
    clearLine: () => {
      write('\u001b[2K');
    },
    write: text => {
      write(text.slice(0, width() - 1));
    },
    isTTY: () => true,
    getWidth: width,
  };
}
