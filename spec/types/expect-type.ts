/** Whether two types are the same, not only assignable to each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * Asserts, at compile time, the type that an expression was inferred to have: `expectType<number>()(f())` does not compile
 * where that is anything else, wider or narrower.
 */
export function expectType<Expected>(): <Actual>(
  value: Actual,
  ...same: Same<Actual, Expected> extends true ? [] : [never]
) => void {
  return () => undefined;
}
