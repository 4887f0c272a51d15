import type { Check, ChecklistContext, ChecklistItem, Finding, Source, Verdict } from './item';
import { finding, unknown } from './item';
import { PHASE_1 } from './items/phase-1';
import { PHASE_2 } from './items/phase-2';
import { PHASE_3 } from './items/phase-3';
import { PHASE_4 } from './items/phase-4';

/** The guide's checklist, item by item. */
export const PHASES = [PHASE_1, PHASE_2, PHASE_3, PHASE_4] as const;

/** A check with what it found. */
export interface Evidence extends Omit<Finding, 'source'> {
  readonly source: Source;
  readonly how: string;
}

/** An item with its verdict. */
export interface ItemResult {
  readonly id: string;
  readonly phase: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly evidence: readonly Evidence[];
}

/** Pure: looks at every item. */
export function runChecklist(context: ChecklistContext): ItemResult[] {
  return PHASES.flatMap((phase) =>
    phase.items.map((item) => {
      const evidence = checksOf(item, context).map((check) => ({
        source: check.source,
        how: check.how,
        ...check.look(context),
      }));
      return { id: item.id, phase: phase.title, title: item.title, verdict: verdictOf(evidence), evidence };
    }),
  );
}

/** The worst of an item's findings. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const order: readonly Verdict[] = ['does not hold', 'cannot be known'];
  return order.find((verdict) => findings.some((one) => one.verdict === verdict)) ?? 'holds';
}

function checksOf(item: ChecklistItem, { live }: ChecklistContext): readonly Check[] {
  return live === undefined ? item.checks : [...item.checks, ...item.stacks.map(deployed)];
}

/** States in which CloudFormation has finished, and the resources are those of a template. */
const SETTLED = /^(CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK)_COMPLETE$/;

function deployed(id: ChecklistItem['stacks'][number]): Check {
  return {
    source: 'account',
    how: `the stack ${id} is deployed`,
    look: ({ live = [] }) => {
      const stack = live.find((one) => one.id === id);
      if (!stack) return finding(false, `${id}: no such stack in the account`);
      const evidence = `${stack.stackName}: ${stack.status}`;
      if (/_IN_PROGRESS$/.test(stack.status)) return unknown(evidence);
      return finding(SETTLED.test(stack.status), evidence);
    },
  };
}
