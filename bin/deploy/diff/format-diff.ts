import { pathText } from '../../kubernetes/field-owners';
import type { ManifestChange } from '../../kubernetes/manifest-diff';
import { type ObjectRef, titleOf } from '../../kubernetes/object-ref';
import type { StackDiff } from './stack-diffs';
import type { ResourceChange } from './template-diff';

/** What a deployment would do; `--dry-run --json` prints it. */
export interface DeploymentDiff {
  readonly stacks: readonly StackDiff[];
  /** Null: there is no cluster yet, or its values are not known before the stacks are deployed. */
  readonly manifests: readonly ManifestChange[] | null;
  /** Objects that an earlier deployment applied and that would be left behind, or deleted with --prune. */
  readonly leftovers: readonly ObjectRef[];
}

const WORDS: Readonly<Record<ResourceChange['action'], string>> = {
  replace: 'REPLACE',
  remove: 'remove',
  'maybe-replace': 'may replace',
  change: 'change',
  add: 'add',
};

/** Most dangerous first. */
function rank({ losesData, action }: ResourceChange): number {
  const order = ['replace', 'remove', 'maybe-replace', 'change', 'add'] as const;
  return (losesData ? 0 : 10) + order.indexOf(action);
}

interface Entry {
  readonly stack: StackDiff;
  readonly change: ResourceChange;
}

/** The diff as lines: what loses data, then replacements and removals, then the rest by stack. */
export function formatDiff({ stacks, manifests, leftovers }: DeploymentDiff): string[] {
  const entries = stacks.flatMap((stack) => stack.changes.map((change): Entry => ({ stack, change })));
  const grave = entries
    .filter(({ change }) => change.losesData || change.action === 'replace' || change.action === 'remove')
    .sort((one, other) => rank(one.change) - rank(other.change));
  const changed = stacks.filter(({ changes }) => changes.length > 0);
  return [
    ...(grave.length > 0 ? ['Replacements and removals:', ...grave.map(graveLine), ''] : []),
    ...changed.flatMap(stackLines),
    ...(changed.length === 0 ? ['Stacks: no changes'] : []),
    ...manifestLines(manifests),
    ...leftovers.map((ref) => `  left behind: ${titleOf(ref)} (--prune deletes it)`),
  ];
}

function graveLine({ stack, change }: Entry): string {
  const loss = change.losesData ? 'LOSES DATA  ' : '            ';
  return `  ${loss}${stack.id}: ${changeText(change)}`;
}

function changeText({ action, type, logicalId, properties }: ResourceChange): string {
  const what = properties.length > 0 ? ` (${properties.join(', ')})` : '';
  return `${WORDS[action]} ${type} ${logicalId}${what}`;
}

function stackLines({ id, stackName, isNew, changes }: StackDiff): string[] {
  if (isNew) return [`${id} (${stackName}): a new stack of ${changes.length} resources`];
  const sorted = [...changes].sort((one, other) => rank(one) - rank(other));
  return [`${id} (${stackName}):`, ...sorted.map((change) => `  ${changeText(change)}`)];
}

function manifestLines(manifests: DeploymentDiff['manifests']): string[] {
  if (manifests === null)
    return ['Manifests: all are new; their values are known once the stacks are deployed'];
  const changed = manifests.filter(({ action }) => action !== 'none');
  if (changed.length === 0) return ['Manifests: no changes'];
  return [
    'Manifests:',
    ...changed.flatMap(({ ref, action, fields }) => [
      `  ${action} ${titleOf(ref)}`,
      ...fields.map(
        ({ path, before, after }) => `    ${pathText(path)}: ${short(before)} -> ${short(after)}`,
      ),
    ]),
  ];
}

/** Most characters of a value. */
const MAX_VALUE = 80;

function short(value: unknown): string {
  const text = value === undefined ? '(not set)' : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
