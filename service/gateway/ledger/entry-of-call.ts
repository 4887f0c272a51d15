import {
  ABANDONED,
  MAX_MODEL,
  MAX_TAGS,
  MAX_TOKENS,
  MAX_USER,
  MAX_WORD,
  type RecordInput,
  tagsSchema,
} from '../../requests/record';
import type { Accounted } from '../../requests/record/build-row';
import { MAX_NESTING } from '../../requests/record/nesting';
import { cutPrompt } from '../../requests/record/prompt';
import { storableText } from '../../requests/record/text';
import type { JsonObject } from '../formats/json';
import type { CallCharacters, CallEnd, CallIdentity, CallStart } from './call-record';
import type { CallRecord, EndEntry, StartEntry } from './journal-entry';

/** Largest usage object, names, values and characters; those of providers have some hundreds. */
const MAX_USAGE = 16_384;

/** Most levels of a usage object: with the record around it, as many as the writer takes. */
const MAX_USAGE_LEVELS = MAX_NESTING - 1;

/** Longest latency, ms: the largest value of the column. */
const MAX_LATENCY_MS = 2_147_483_647;

/** In the place of an empty text where a record needs one. */
const UNKNOWN = 'unknown';

/*
 * A call that was made has to be in the ledger, so what a caller or a provider may have put into it never makes a
 * record that the writer refuses: texts are cut and made storable, tags that no record may have are left out.
 */

/** The line of a call that is about to go upstream. */
export function startEntry(start: CallStart): StartEntry {
  return {
    kind: 'start',
    projectId: start.projectId,
    keyId: start.keyId,
    record: identityOf(start),
    promptCharacters: count(start.promptCharacters),
  };
}

/**
 * The line of a call that has ended.
 * @param maxPromptBytes longest prompt, bytes in UTF-8
 */
export function endEntry(end: CallEnd, maxPromptBytes: number): EndEntry {
  const { projectId, keyId, status, errorCode, latencyMs, cacheHit } = end;
  const usage = readableUsage(end.usage);
  const characters = charactersOf(end);
  const outcome = {
    status,
    error_code: status === 'failed' && errorCode !== null ? codeOf(errorCode) : null,
    latency_ms: Number.isFinite(latencyMs) ? Math.min(MAX_LATENCY_MS, Math.max(0, Math.round(latencyMs))) : 0,
    cache_hit: cacheHit,
    prompt: cutPrompt(storable(end.prompt), maxPromptBytes),
  };
  const source = usage === undefined ? characters && { characters } : { usage };
  const record = { ...identityOf(end), ...outcome, ...source };
  return {
    kind: 'end',
    projectId,
    keyId,
    record,
    characters: usage === undefined ? null : (characters ?? null),
    checked: { record, accounted: usage === undefined ? null : accountedOf(end, record) },
  };
}

/** What is known of the cost, where it is that of this record: a name that was cut may have another price. */
function accountedOf(
  { accounted, provider, model, serviceTier }: CallEnd,
  record: RecordInput,
): Accounted | null {
  const isSame =
    record.provider === provider && record.model === model && record.service_tier === serviceTier;
  return isSame ? (accounted ?? null) : null;
}

/** The code of a failure; that of abandoned calls is the service's own. */
function codeOf(errorCode: string): string {
  const code = text(errorCode, MAX_WORD);
  return code === ABANDONED ? `provider_${code}` : code;
}

/** A call whose process is gone, at the estimated cost of its input. */
export function abandonedCall({ projectId, keyId, record, promptCharacters }: StartEntry): CallRecord {
  return { projectId, keyId, record: { ...record, characters: { prompt: promptCharacters, output: 0 } } };
}

function identityOf({ id, user, provider, model, serviceTier, tags }: CallIdentity) {
  return {
    id,
    user: text(user, MAX_USER),
    provider: text(provider, MAX_WORD),
    model: text(model, MAX_MODEL),
    service_tier: serviceTier === null ? null : text(serviceTier, MAX_WORD),
    tags: validTags(tags),
  };
}

/** Tags as the writer would read them; the check gives up names such as `__proto__`. */
function validTags(tags: CallIdentity['tags']): CallIdentity['tags'] {
  for (const _ in tags) {
    const { success, data } = tagsSchema.safeParse(tags);
    return success ? data : firstValid(tags);
  }
  return tags;
}

/** The tags that are valid, each on its own; the first 16. */
function firstValid(tags: CallIdentity['tags']): CallIdentity['tags'] {
  const valid = Object.entries(tags).flatMap(([name, value]) =>
    Object.entries(tagsSchema.safeParse({ [name]: value }).data ?? {}),
  );
  return Object.fromEntries(valid.slice(0, MAX_TAGS));
}

function readableUsage(usage: JsonObject | undefined): JsonObject | undefined {
  return usage !== undefined && sizeOf(usage, MAX_USAGE_LEVELS) <= MAX_USAGE ? usage : undefined;
}

/** Names, values and characters of texts within a JSON value; infinite for one with more levels than given. */
function sizeOf(value: unknown, levels: number): number {
  if (typeof value === 'string') return 1 + value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (levels === 0) return Number.POSITIVE_INFINITY;
  let size = 1;
  for (const name in value) {
    size += name.length + sizeOf((value as JsonObject)[name], levels - 1);
    if (size > MAX_USAGE) return size;
  }
  return size;
}

function charactersOf({ characters, status, prompt }: CallEnd): CallCharacters | undefined {
  if (characters !== undefined) return { prompt: count(characters.prompt), output: count(characters.output) };
  return status === 'completed' ? { prompt: count(prompt.length), output: 0 } : undefined;
}

function count(value: number): number {
  return Number.isFinite(value) ? Math.min(MAX_TOKENS, Math.max(0, Math.round(value))) : 0;
}

function text(value: string, maxCharacters: number): string {
  return storable(value.slice(0, maxCharacters)) || UNKNOWN;
}

/** Reading a text is many times faster than replacing in it, and next to none needs that. */
function storable(value: string): string {
  return value.isWellFormed() && !value.includes('\u0000') ? value : storableText(value);
}
