import { Status, statusName } from '../../lib/message/status.js';
import { TofuError } from '../../lib/message/tofu-error.js';

describe('TofuError', () => {
  it.each(Object.values(Status))('of status %i has the name of the status as its code', status => {
    const error = new TofuError(status, 'what happened');
    expect(error.status).toBe(status);
    expect(error.code).toBe(statusName(status));
  });

  it('is an Error with name, message and stack', () => {
    const error = new TofuError(Status.poolEmpty, 'no slot is free');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('TofuError');
    expect(error.message).toBe('no slot is free');
    expect(error.stack).toContain('tofu-error.spec');
  });

  it('keeps its cause', () => {
    const cause = new RangeError('deep down');
    expect(new TofuError(Status.invalidMessage, 'on top', { cause }).cause).toBe(cause);
  });

  it('has no cause unless it was given one', () => {
    expect(new TofuError(Status.invalidMessage, 'alone')).not.toHaveProperty('cause');
  });

  it('recognises errors of another copy of the library in the process', async () => {
    let Other: typeof TofuError | undefined;
    await jest.isolateModulesAsync(async () => {
      ({ TofuError: Other } = await import('../../lib/message/tofu-error.js'));
    });
    if (Other === undefined) throw new Error('the other copy was not loaded');
    expect(Other).not.toBe(TofuError);
    expect(new Other(Status.notAllowed, 'over there')).toBeInstanceOf(TofuError);
    expect(new TofuError(Status.notAllowed, 'over here')).toBeInstanceOf(Other);
  });

  it.each([
    new Error('plain'),
    Object.assign(new Error('look-alike'), { status: 19, code: 'pool_empty', name: 'TofuError' }),
    { status: 19, code: 'pool_empty' },
    'pool_empty',
    null,
    undefined,
  ])('does not recognise %p', value => {
    expect(value instanceof TofuError).toBe(false);
  });

  it('is no instance of a class that extends it, unless it is one', () => {
    class AppError extends TofuError {}
    expect(new TofuError(Status.poolEmpty, 'x')).not.toBeInstanceOf(AppError);
    expect(new AppError(Status.poolEmpty, 'x')).toBeInstanceOf(AppError);
    expect(new AppError(Status.poolEmpty, 'x')).toBeInstanceOf(TofuError);
  });
});
