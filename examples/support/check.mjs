/** Prints a fact that holds; ends the example with a failure where it doesn't. */
export function check(holds, fact) {
  if (!holds) throw new Error(`does not hold: ${fact}`);
  console.log(`ok: ${fact}`);
}
