import { z } from 'zod';
import { isRecordId } from '../../service/requests/record/record-id';
import { UsageError } from '../cli/command';
import { jsonEntries } from './json-entries';

/** A call as a provider reports it. */
export interface ReportedCall {
  /** Id of the call: the gateway sends it as the idempotency key. */
  readonly id: string;
  /** Model, as the provider calls it. */
  readonly model: string;
  /** Whether the provider answered with an error or not to the end. */
  readonly failed: boolean;
  /** Tokens, where the report has no usage object. */
  readonly tokens: { readonly input: number; readonly output: number };
  /** The provider's own usage object. @default - only `tokens` are known */
  readonly usage?: Readonly<Record<string, unknown>>;
}

/** The calls of a report. */
export interface ProviderReport {
  /** By id; of several attempts of one call the one that succeeded. */
  readonly calls: Map<string, ReportedCall>;
  /** Calls whose key is no id of ours: callers sent a key of their own, or did not go through the gateway. */
  readonly withoutId: number;
}

/** Most calls of a report: they are held in memory, some 400 bytes each. */
export const MAX_REPORTED = 2_000_000;

const count = z.int().min(0).max(100_000_000);

/** What is documented for people. Further fields are ignored: exports have many. */
const entrySchema = z.object({
  id: z.string(),
  model: z.string().min(1).max(256),
  status: z.enum(['completed', 'failed']).default('completed'),
  usage: z.record(z.string(), z.unknown()).optional(),
  tokens: z.object({ input: count, output: count }).default({ input: 0, output: 0 }),
});

/** `GET /simulated/calls` of the simulated provider. */
const simulatedSchema = z.object({
  key: z.string(),
  path: z.string(),
  model: z.string(),
  inputTokens: count,
  outputTokens: count,
  outcome: z.enum(['open', 'answered', 'error', 'broken', 'left']),
});

/** Routes that cost nothing and make no rows. */
const UNBILLED = /\/count_tokens$/;

/**
 * Reads a report: a JSON array, an object with the array in `data`, or NDJSON.
 * @param name of the file, for errors
 * @throws UsageError that names the entry and the field
 */
export function readReport(text: string, name: string): ProviderReport {
  const entries = entriesOf(text, name);
  if (entries.length > MAX_REPORTED) {
    throw new UsageError(
      `${name} must have at most ${MAX_REPORTED} calls, got ${entries.length}: split it by time and fill part by part`,
    );
  }
  const calls = new Map<string, ReportedCall>();
  let withoutId = 0;
  for (const [index, entry] of entries.entries()) {
    const call = callOf(entry, `${name}, call ${index + 1}`);
    if (call === undefined) continue;
    if (!isRecordId(call.id)) withoutId += 1;
    else if (calls.get(call.id)?.failed !== false) calls.set(call.id, call);
  }
  return { calls, withoutId };
}

function entriesOf(text: string, name: string): readonly unknown[] {
  const entries = jsonEntries(text, name);
  const data = (entries[0] as { readonly data?: unknown } | null | undefined)?.data;
  return entries.length === 1 && Array.isArray(data) ? data : entries;
}

/** @returns undefined for a call that makes no row, or that has not ended */
function callOf(entry: unknown, where: string): ReportedCall | undefined {
  const simulated = simulatedSchema.safeParse(entry);
  if (simulated.success) {
    const { key, path, model, inputTokens: input, outputTokens: output, outcome } = simulated.data;
    if (UNBILLED.test(path) || outcome === 'open') return undefined;
    return { id: key.toLowerCase(), model, failed: outcome !== 'answered', tokens: { input, output } };
  }
  const { success, data, error } = entrySchema.safeParse(entry);
  if (!success) {
    const [issue] = error.issues;
    throw new UsageError(
      `${where}: ${issue?.path.join('.') || 'the entry'}: ${issue?.message}; each call needs id, model and usage or tokens`,
    );
  }
  const { id, model, status, usage, tokens } = data;
  return { id: id.toLowerCase(), model, failed: status === 'failed', tokens, ...(usage && { usage }) };
}
