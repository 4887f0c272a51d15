import { API_NAME } from '../../lib/config/names';
import { UsageError } from '../cli/command';
import type { Assumptions } from './assumptions';
import { type CostLine, isPresent, priceItems, type Subtotal, subtotalsOf, totalOf } from './estimate';
import { type CostItem, type PerScenario, perScenario } from './item';
import type { InstanceType } from './kubernetes/instance-types';
import { nodeCounts, nodeItems } from './kubernetes/node-items';
import { type ScalingBounds, scalingBoundsOf } from './kubernetes/scaling-bounds';
import { uncoveredDocuments, type Workload, workloadsOf } from './kubernetes/workloads';
import type { PriceTables } from './prices/price-table';
import { itemsOf, type StackTemplate, uncoveredOf } from './resources';
import type { SynthesizedEnvironment } from './synthesize-environment';
import { trafficOf } from './traffic';
import type { Uncovered } from './uncovered';
import { type Usage, usageOf } from './usage';

/** What a user of the command may choose. */
export interface ReportSettings {
  /** Mean load of the expected scenario, requests per second. @default - a share of the objective */
  readonly meanRequestsPerSecond?: number;
  /** EC2 type of the nodes. */
  readonly instance: InstanceType;
  /** Values for what no template says. */
  readonly assumptions: Assumptions;
}

export interface ReportInput extends SynthesizedEnvironment, ReportSettings {
  /** Name of the environment. */
  readonly environment: string;
  /** AWS region of the environment. */
  readonly region: string;
  /** Load that the environment promises to serve, requests per second. */
  readonly objectiveRequestsPerSecond: number;
  /** Prices by region. */
  readonly tables: PriceTables;
}

/** What an environment costs a month; `--json` prints it. */
export interface CostReport {
  /** Name of the environment. */
  readonly environment: string;
  /** AWS region of the environment. */
  readonly region: string;
  /** EC2 type of the nodes. */
  readonly instance: string;
  /** Region whose table holds for the environment: its own, unless another one was chosen. */
  readonly pricesOf: string;
  /** % of the API's requests that come through CloudFront: all of them where there is no other way. */
  readonly cdnPercent: number;
  /** Load, replicas of the API and nodes. */
  readonly usage: PerScenario<Usage & { readonly nodes: number }>;
  /** USD, without the lines that have no price. */
  readonly total: PerScenario;
  /** USD; null for a scenario without requests. */
  readonly perMillionRequests: PerScenario<number | null>;
  /** Costs by stack and driver. */
  readonly subtotals: readonly Subtotal[];
  /** Every item with its price. */
  readonly lines: readonly CostLine[];
  /** Resources of unknown types, which are not in the sum. */
  readonly uncovered: readonly Uncovered[];
}

/** Pure: same input, same report. */
export function reportOf(input: ReportInput): CostReport {
  const { assumptions, documents, stacks } = input;
  const allBounds = scalingBoundsOf(documents);
  const workloads = workloadsOf(documents);
  const bounds = boundsOfApi(workloads, allBounds);
  const usage = usageOf({ ...input, bounds });
  const nodeInput = { ...input, workloads, bounds: allBounds, api: API_NAME, usage };
  const nodes = nodeCounts(nodeInput);
  const cdnPercent = stacks.some(isOpen) ? assumptions['cdn-percent'] : 100;
  const context = { usage, traffic: trafficOf(usage, assumptions, cdnPercent), nodes, assumptions };
  const nodeCosts = nodeItems(nodes, nodeInput, stacks.some(isAutoMode));
  const items: CostItem[] = [
    ...stacks.flatMap((stack) => itemsOf(stack, context)),
    ...nodeCosts.map((item) => ({ stack: 'Kubernetes', region: input.region, resource: 'nodes', ...item })),
  ];
  const lines = priceItems(items.filter(isPresent), input.tables);
  const total = totalOf(lines);
  return {
    environment: input.environment,
    region: input.region,
    instance: input.instance.name,
    pricesOf: input.tables(input.region).region,
    cdnPercent,
    usage: perScenario((scenario) => ({ ...usage[scenario], nodes: nodes.total[scenario] })),
    total,
    perMillionRequests: perScenario((scenario) =>
      usage[scenario].millionRequests === 0 ? null : total[scenario] / usage[scenario].millionRequests,
    ),
    subtotals: subtotalsOf(lines),
    lines,
    uncovered: [...stacks.flatMap(uncoveredOf), ...uncoveredDocuments(documents)],
  };
}

/** Without an autoscaler a Deployment is as large as it says. */
function boundsOfApi(workloads: readonly Workload[], bounds: readonly ScalingBounds[]): ScalingBounds {
  const own = bounds.find(({ deployment }) => deployment === API_NAME);
  if (own) return own;
  const workload = workloads.find(({ name }) => name === API_NAME);
  if (!workload) throw new UsageError(`the manifests must have the Deployment ${API_NAME}, and have none`);
  const { replicas } = workload;
  return { deployment: API_NAME, minReplicas: replicas, maxReplicas: replicas, requestsPerSecond: null };
}

/** Whether clients reach the load balancer without CloudFront. */
function isOpen({ resources }: StackTemplate): boolean {
  return Object.values(resources).some(
    ({ Type, Properties = {} }) =>
      Type === 'AWS::ElasticLoadBalancingV2::LoadBalancer' && Properties['Scheme'] === 'internet-facing',
  );
}

function isAutoMode({ resources }: StackTemplate): boolean {
  return Object.values(resources).some(({ Type, Properties = {} }) => {
    const { Enabled } = (Properties['ComputeConfig'] ?? {}) as { readonly Enabled?: boolean };
    return Type === 'AWS::EKS::Cluster' && Enabled === true;
  });
}
