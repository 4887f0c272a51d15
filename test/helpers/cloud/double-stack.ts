import type { DoubleChange, DoubleTemplate } from './template';

export interface LiveResource {
  readonly type: string;
  readonly physicalId: string;
  readonly status: string;
  readonly deletionPolicy: string | undefined;
  /** Properties after evaluation. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** How often a new resource has replaced the one of this logical id. */
  readonly generation: number;
}

export interface StackEvent {
  readonly id: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly time: Date;
}

export interface ChangeSet {
  readonly name: string;
  readonly id: string;
  readonly templateText: string;
  readonly template: DoubleTemplate;
  readonly changes: readonly DoubleChange[];
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: readonly [string, string][];
}

/** A stack as the double keeps it. */
export interface DoubleStack {
  readonly name: string;
  readonly region: string;
  readonly id: string;
  readonly created: Date;
  status: string;
  reason: string | undefined;
  templateText: string;
  template: DoubleTemplate;
  parameters: Readonly<Record<string, string>>;
  tags: readonly [string, string][];
  isProtected: boolean;
  outputs: Readonly<Record<string, string>>;
  readonly resources: Map<string, LiveResource>;
  /** Resources that were removed from the stack and are still there, by logical id. */
  readonly retained: Map<string, LiveResource>;
  /** Oldest first. */
  readonly events: StackEvent[];
  readonly changeSets: Map<string, ChangeSet>;
  /** What is still to be done; one item a step. */
  work: (() => void)[];
  /** What drift detection finds, by logical id. */
  readonly drifted: Map<
    string,
    readonly { readonly path: string; readonly expected: string; readonly actual: string }[]
  >;
}

export const NO_RESOURCES: DoubleTemplate = { Resources: {} };
