/** The same object without some of its fields. */
export function without<T extends object>(object: T, ...fields: readonly string[]): T {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !fields.includes(key))) as T;
}
