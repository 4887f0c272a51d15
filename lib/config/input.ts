/** Input as it may come from untyped callers: any key may be missing or of the wrong type. */
// biome-ignore lint/suspicious/noExplicitAny: checked by the schema, not by the compiler
export type ConfigInput = Record<string, any>;

/** The value at a dotted path such as `database.multiAz`; undefined if a key is missing. */
export function valueAt(record: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as ConfigInput | undefined)?.[key], record);
}

/** `overrides` merged into `defaults`: objects key by key, other values as a whole; undefined counts as absent. */
export function merge(defaults: ConfigInput, overrides: ConfigInput): ConfigInput {
  const result: ConfigInput = { ...defaults };
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    const base = result[key];
    result[key] = isRecord(base) && isRecord(value) ? merge(base, value) : value;
  }
  return result;
}

/** Whether a value is an object with keys; arrays are not. */
export function isRecord(value: unknown): value is ConfigInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a string, otherwise ''; the schema reports a value of another type. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
