import type { TemplateResource } from '../../synth/draft-templates';
import type { Assumptions } from '../assumptions';
import type { ItemParts, PerScenario } from '../item';
import type { NodeCounts } from '../kubernetes/node-items';
import type { Traffic } from '../traffic';
import type { Usage } from '../usage';

export type Properties = Readonly<Record<string, unknown>>;

export type TemplateResources = Readonly<Record<string, TemplateResource>>;

/** What the cost of a resource may depend on beside its own properties. */
export interface PricingContext {
  /** The template that the resource is in. */
  readonly resources: TemplateResources;
  /** Load and replicas of the API. */
  readonly usage: PerScenario<Usage>;
  /** Requests and bytes of a month. */
  readonly traffic: PerScenario<Traffic>;
  /** Nodes and pods of the cluster. */
  readonly nodes: NodeCounts;
  /** Values for what no template says. */
  readonly assumptions: Assumptions;
}

/** What is paid for a resource; nothing where its kind costs money and this one does not. */
export type Pricing = (properties: Properties, context: PricingContext, id: string) => readonly ItemParts[];

/** How the types of a service are priced. */
export type PricingByType = Readonly<Record<string, Pricing>>;

export function numberOf(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isNaN(number) ? otherwise : number;
}

/** Text of a property; a `Ref` in it stands for itself. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join } = (value ?? {}) as { 'Fn::Join'?: readonly [string, readonly unknown[]] };
  if (join) return join[1].map(textOf).join(join[0]);
  return idOf(value) ?? JSON.stringify(value) ?? '';
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Logical id of the resource that a `Ref` or `Fn::GetAtt` leads to. */
export function idOf(value: unknown): string | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as { Ref?: unknown; 'Fn::GetAtt'?: unknown };
  if (typeof Ref === 'string') return Ref;
  return Array.isArray(attribute) ? String(attribute[0]) : undefined;
}

/** Resources of a type in the same template. */
export function ofType({ resources }: PricingContext, type: string): TemplateResource[] {
  return Object.values(resources).filter(({ Type }) => Type === type);
}
