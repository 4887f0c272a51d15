import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EndEntry, StartEntry } from '../../service/gateway/ledger/journal-entry';
import { Segment } from '../../service/gateway/ledger/segment';
import { UsageError } from '../cli/command';

/** A file of a journal. */
export interface JournalFile {
  readonly path: string;
  /** Size, bytes. */
  readonly bytes: number;
}

/**
 * Files of the journals in a folder and its subfolders, by path.
 * @throws UsageError where the folder cannot be read
 */
export function journalFiles(folder: string): JournalFile[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ndjson'))
      .sort()
      .map((name) => join(folder, name))
      .map((path) => ({ path, bytes: statSync(path).size }));
  } catch (error) {
    throw new UsageError(`--journals must be a folder with copies of journals, got ${folder}`, {
      cause: error,
    });
  }
}

/** What `readJournals` gives: ends as they come, and the starts that have none. */
export interface JournalVisitor {
  /** Takes ends, at most `batch` of them, no id twice. */
  readonly ends: (ends: readonly EndEntry[]) => Promise<void>;
  /** Ends of one batch. */
  readonly batch: number;
}

/**
 * Reads journals. Ends are not kept, because they hold prompts; only ids and starts are.
 * @returns starts that have no end in any of the files
 */
export async function readJournals(
  files: readonly JournalFile[],
  { ends, batch }: JournalVisitor,
): Promise<StartEntry[]> {
  const ended = new Set<string>();
  const started = new Map<string, StartEntry>();
  let waiting: EndEntry[] = [];
  for (const { path, bytes } of files) {
    for await (const { entry } of Segment.former(path, bytes).entries()) {
      const { id } = entry.record;
      if (ended.has(id)) continue;
      if (entry.kind === 'start') {
        started.set(id, entry);
        continue;
      }
      ended.add(id);
      started.delete(id);
      waiting.push(entry);
      if (waiting.length < batch) continue;
      await ends(waiting);
      waiting = [];
    }
  }
  if (waiting.length > 0) await ends(waiting);
  return [...started.values()];
}
