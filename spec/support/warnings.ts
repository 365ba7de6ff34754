/** The texts of the process warnings of one code, from now until the end of the test; each is told to `onWarning`, too. */
export function warningsOf(code: string, onWarning?: (text: string) => void): readonly string[] {
  const texts: string[] = [];
  const spy = jest.spyOn(process, 'emitWarning').mockImplementation(((
    text: string | Error,
    options: { code?: string },
  ) => {
    if (options.code !== code) return;
    texts.push(String(text));
    onWarning?.(String(text));
  }) as typeof process.emitWarning);
  spies.push(spy);
  return texts;
}

const spies: jest.SpyInstance[] = [];

afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
});
