/** A parsed JSON object of an unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields: no array, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in a field; undefined where it is anything else. */
export function objectIn(holder: JsonObject, field: string): JsonObject | undefined {
  const value = holder[field];
  return isJsonObject(value) ? value : undefined;
}

/** The text in a field; undefined where it is anything else. */
export function textIn(holder: JsonObject, field: string): string | undefined {
  const value = holder[field];
  return typeof value === 'string' ? value : undefined;
}

/** The objects of a list in a field; empty where it is no list. */
export function objectsIn(holder: JsonObject, field: string): readonly JsonObject[] {
  const value = holder[field];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The whole number in a field; undefined where it is anything else. */
export function wholeNumberIn(holder: JsonObject, field: string): number | undefined {
  const value = holder[field];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** The object of a JSON text; undefined where the text is no JSON or no object. A byte order mark may stand first (RFC 8259, 8.1). */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
