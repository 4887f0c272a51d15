import { createInterface } from 'node:readline/promises';
import type { CloudContext } from '../cloud/machine';
import { formatDiff } from './diff/format-diff';
import { stackDiffs } from './diff/stack-diffs';
import type { AssemblyStack } from './stacks/assembly';

/** Asks a person; answers with the line that they typed. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string>;

/** Asks at the terminal of this process. */
export const askAtTerminal: Ask = async (question, signal) => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
};

/**
 * Whether a person agrees to changes of who may do or reach what, and to replacements and removals; other changes need
 * no question.
 */
export async function approveChanges(
  context: CloudContext,
  stacks: readonly AssemblyStack[],
  ask: Ask,
): Promise<boolean> {
  const diffs = await stackDiffs(context.aws, stacks);
  const grave = diffs
    .map((diff) => ({
      ...diff,
      changes: diff.changes.filter(
        ({ isSecurity, action }) => isSecurity || action === 'replace' || action === 'remove',
      ),
    }))
    .filter(({ changes }) => changes.length > 0);
  if (grave.length === 0) return true;
  const shown = { stacks: grave, manifests: [], leftovers: [] };
  for (const line of formatDiff(shown)) context.say(line);
  const answer = await ask('Deploy these changes of rights, networks or resources? [y/N] ', context.signal);
  return /^y(es)?$/i.test(answer.trim());
}
