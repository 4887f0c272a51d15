import { type Cacheability, InvalidCallError } from '../call-format';
import { isJsonObject, type JsonObject } from '../json';
import { isExact } from './canonical-json';

/** Longest name of a model, characters: that of an ARN of Amazon Bedrock. */
const MAX_MODEL = 256;

/** Most output tokens that a call may ask for; no model has a tenth of it. */
const MAX_TOKENS = 10_000_000;

/** Most answers of one call, OpenAI's own limit: platform.openai.com/docs/api-reference/chat/create (`n`). */
const MAX_CHOICES = 128;

/** The model's name. @throws {InvalidCallError} where it is missing, empty or too long */
export function readModel(body: JsonObject): string {
  const { model } = body;
  if (typeof model === 'string' && model.length > 0 && model.length <= MAX_MODEL) return model;
  throw invalid(body, 'model', `text of 1 to ${MAX_MODEL} characters`);
}

/** Whether a stream is wanted. @throws {InvalidCallError} where the field is no boolean */
export function readStream(body: JsonObject): boolean {
  const { stream } = body;
  if (stream === undefined || stream === null) return false;
  if (typeof stream === 'boolean') return stream;
  throw invalid(body, 'stream', 'true or false');
}

/** A limit of output tokens; null where there is none. @throws {InvalidCallError} where it is no count */
export function readTokenLimit(body: JsonObject, field: string): number | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (isWholeNumber(value, 0, MAX_TOKENS)) return value;
  throw invalid(body, field, `a whole number between 0 and ${MAX_TOKENS}`);
}

/** The number of answers; 1 where the body does not say. @throws {InvalidCallError} where it is outside 1 to 128 */
export function readChoices(body: JsonObject): number {
  const { n } = body;
  if (n === undefined || n === null) return 1;
  if (isWholeNumber(n, 1, MAX_CHOICES)) return n;
  throw invalid(body, 'n', `a whole number between 1 and ${MAX_CHOICES}`);
}

/** The first of some fields that holds text; null where none does. */
export function readText(body: JsonObject, ...fields: readonly string[]): string | null {
  for (const field of fields) {
    const value = body[field];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/**
 * How an answer may be kept: by default where the model takes the likeliest token each time.
 * @param dependsOnMore whether the call has effects, or its answer depends on more than its body
 * @throws {InvalidCallError} where the body is nested too deep
 */
export function readCacheability(body: JsonObject, dependsOnMore: boolean): Cacheability {
  if (!isExact(body) || dependsOnMore) return 'never';
  return body['temperature'] === 0 ? 'default' : 'on-request';
}

/** Bytes of a picture inside the body where its address is a data URL; 0 where it is elsewhere. */
export function dataUrlBytes(url: unknown): number {
  return typeof url === 'string' && url.startsWith('data:') ? url.length : 0;
}

/** An error that names a field, what it must be and what it is. */
function invalid(body: JsonObject, field: string, form: string): InvalidCallError {
  return new InvalidCallError(`'${field}' must be ${form}, got ${shown(body[field])}.`, field);
}

function isWholeNumber(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** A value in an error: short, and nothing of what it holds. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'string') return `text of ${value.length} characters`;
  return isJsonObject(value) ? 'an object' : 'a list';
}
