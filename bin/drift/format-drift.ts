import { pathText } from '../kubernetes/field-owners';
import { titleOf } from '../kubernetes/object-ref';
import type { ManifestDrift } from './manifest-drift';
import type { DriftReport } from './run-drift';
import type { StackDrift } from './stack-drift';

/** The report as lines: what differs, then what is left alone. */
export function driftLines({ environment, stacks, manifests, leftovers }: DriftReport): string[] {
  const differing = manifests.filter(({ status }) => status !== 'in-sync');
  const lines = [
    ...stacks.flatMap(stackLines),
    ...differing.flatMap(manifestLines),
    ...leftovers.map(
      (ref) => `${titleOf(ref)} is no longer in the manifests (npm run deploy -- --prune deletes it)`,
    ),
  ];
  const alone = manifests.flatMap(({ ref, leftAlone }) =>
    leftAlone.map(({ path, managers }) => `  ${titleOf(ref)} ${pathText(path)}: ${managers.join(', ')}`),
  );
  return [
    ...(lines.length > 0 ? lines : [`${environment} is as it was deployed`]),
    ...(alone.length > 0 ? ['left alone, because a controller is in charge:', ...alone] : []),
  ];
}

function stackLines({ stackName, status, reason, resources }: StackDrift): string[] {
  switch (status) {
    case 'in-sync':
      return [];
    case 'missing':
      return [`${stackName} is not deployed`];
    case 'unknown':
      return [`${stackName} could not be compared: ${reason ?? 'without a reason'}`];
    case 'drifted':
      return resources.flatMap(({ logicalId, type, status: what, properties }) => [
        `${stackName}/${logicalId} (${type}) was ${what}`,
        ...properties.map(({ path, expected, actual }) => `  ${path}: ${expected} -> ${actual}`),
      ]);
  }
}

function manifestLines({ ref, status, fields }: ManifestDrift): string[] {
  if (status === 'missing') return [`${titleOf(ref)} is missing in the cluster`];
  return [
    `${titleOf(ref)} was changed`,
    ...fields.map(({ path, before, after }) => `  ${pathText(path)}: ${text(after)} -> ${text(before)}`),
  ];
}

function text(value: unknown): string {
  return value === undefined ? '(not set)' : JSON.stringify(value);
}
