import type { KubernetesDocument } from '../../k8s/manifest';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import type { StackId } from '../../lib/config/names';
import type { LiveStack } from '../cloud/read-stack';
import type { Fit } from '../sizing/fit';
import type { DraftStack } from '../synth/draft-templates';

/**
 * - `holds`: the evidence shows it.
 * - `does not hold`: the evidence shows the opposite.
 * - `cannot be known`: there is no evidence here; the text says what would give some.
 */
export type Verdict = 'holds' | 'does not hold' | 'cannot be known';

/** Where evidence comes from. */
export type Source =
  | 'configuration'
  | 'template'
  | 'manifest'
  | 'repository'
  | 'measurement'
  | 'traffic'
  | 'account';

/** What a check found. */
export interface Finding {
  readonly verdict: Verdict;
  /** Knob, logical id and property, manifest and field, file, or command and date, with the value. */
  readonly evidence: string;
  /** Where it is from. @default - the source of the check */
  readonly source?: Source;
}

/** One look at one source. */
export interface Check {
  readonly source: Source;
  /** What must be so, for the page. */
  readonly how: string;
  readonly look: (context: ChecklistContext) => Finding;
}

/** An item of the guide's checklist. */
export interface ChecklistItem {
  /** Phase and number in it, such as 2.3. */
  readonly id: string;
  /** The item in our words. */
  readonly title: string;
  /** All must hold. */
  readonly checks: readonly Check[];
  /** Stacks that must be deployed for it, with `--account`. */
  readonly stacks: readonly StackId[];
}

/** A phase of the guide's checklist. */
export interface ChecklistPhase {
  readonly title: string;
  readonly items: readonly ChecklistItem[];
}

/** What checks look at. */
export interface ChecklistContext {
  readonly config: ResolvedConfig;
  readonly stacks: readonly DraftStack[];
  readonly documents: readonly KubernetesDocument[];
  /** Text of a file of the repository; undefined where there is none. */
  readonly readText: (path: string) => string | undefined;
  /** Stacks in the account; undefined: it was not asked. */
  readonly live: readonly LiveStack[] | undefined;
  /** How the configuration fits a history of traffic; undefined: none was given. */
  readonly fit: Fit | undefined;
}

export function finding(holds: boolean, evidence: string): Finding {
  return { verdict: holds ? 'holds' : 'does not hold', evidence };
}

export function unknown(evidence: string): Finding {
  return { verdict: 'cannot be known', evidence };
}
