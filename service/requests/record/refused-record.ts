import { recordSchema } from '../record';
import { storableText } from './text';

/** Longest JSON of a refused record that is kept, characters. */
const MAX_KEPT_CHARACTERS = 8192;

/** Fields that are kept: those of the schema but the prompt. Others may hold text of a prompt under another name. */
const KEPT_FIELDS = Object.keys(recordSchema.shape).filter((name) => name !== 'prompt');

/**
 * What is kept of a refused record, so that its sender can find the mistake: JSON that PostgreSQL stores, without the
 * prompt and without the values of unknown fields.
 */
export function refusedRecord(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return '{}';
  const fields = Object.entries(raw);
  const kept = Object.fromEntries(fields.filter(([name]) => KEPT_FIELDS.includes(name)));
  const unknown = fields
    .map(([name]) => name)
    .filter((name) => name !== 'prompt' && !KEPT_FIELDS.includes(name));
  const text = JSON.stringify(
    { ...kept, ...(unknown.length > 0 ? { unknown_fields: unknown.slice(0, 20) } : {}) },
    storable,
  );
  if (text.length <= MAX_KEPT_CHARACTERS) return text;
  return JSON.stringify({ cut: storableText(text.slice(0, MAX_KEPT_CHARACTERS)) });
}

function storable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), inner]));
}
