import { engineForSpec } from '../support/engines.js';

it('a message that was reset is filled through the headers and body that were taken from it before', () => {
  using message = engineForSpec().get();
  const { textHeaders, body } = message;
  textHeaders.append('old', '1');
  body.append('old');
  message.reset();
  expect([...textHeaders, body.byteLength]).toEqual([0]);
  textHeaders.append('new', '2');
  body.append('new');
  expect([...message.textHeaders]).toEqual([['new', '2']]);
  expect(message.body.text()).toBe('new');
});
