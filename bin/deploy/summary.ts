import type { ResolvedConfig } from '../../lib/config/environment-config';
import { durationText } from '../cloud/machine';
import type { LiveStack } from '../cloud/read-stack';
import { DEFAULT_ASSUMPTIONS } from '../cost/assumptions';
import { estimateEnvironment } from '../cost/estimate-environment';
import { DEFAULT_INSTANCE, instanceTypeOf } from '../cost/kubernetes/instance-types';
import { priceTables } from '../cost/prices/price-table';
import type { AppliedManifests } from './deploy-manifests';
import { hostsOf } from './probe/entrance';
import type { ProbeResult } from './probe/probe-api';

/** What a deployment ended with; `--json` prints it. */
export interface DeploymentSummary {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly addresses: { readonly api: string; readonly admin: string; readonly app: string };
  /** ARN of the secret with the first key. */
  readonly firstKeySecretArn: string;
  /** USD at the expected load; null where there are no prices for the region. */
  readonly monthlyUsd: number | null;
  /** Null: the step was left out. */
  readonly manifests: AppliedManifests | null;
  /** Null: the step was left out. */
  readonly probe: ProbeResult | null;
  readonly warnings: readonly string[];
  /** Duration of the command, s. */
  readonly seconds: number;
}

/** Addresses of an environment. */
export function addressesOf(
  config: ResolvedConfig,
  stacks: readonly LiveStack[],
): DeploymentSummary['addresses'] {
  const { api, admin, app } = hostsOf(config, stacks);
  return { api: `https://${api}`, admin: `https://${admin}`, app: `https://${app}` };
}

/** What the environment costs a month at the expected load, USD; null where there are no prices for its region. */
export function monthlyCost(environment: string): number | null {
  const settings = { instance: instanceTypeOf(DEFAULT_INSTANCE), assumptions: DEFAULT_ASSUMPTIONS };
  try {
    return estimateEnvironment(environment, settings, (region) => priceTables(region)).total.expected;
  } catch {
    return null; // a price table is a convenience, and no reason for a deployment to fail
  }
}

/** The summary as lines. */
export function summaryLines(summary: DeploymentSummary): string[] {
  const { environment, addresses, firstKeySecretArn, monthlyUsd, manifests, probe, seconds } = summary;
  const objects =
    manifests &&
    `${manifests.created} created, ${manifests.changed} changed, ${manifests.unchanged} unchanged`;
  return [
    `${environment} is deployed (${durationText(seconds * 1000)})`,
    `  API       ${addresses.api}`,
    `  admin     ${addresses.admin}`,
    `  web       ${addresses.app}`,
    `  first key lco_ and the secret ${firstKeySecretArn}`,
    ...(monthlyUsd === null
      ? []
      : [`  costs     about ${monthlyUsd.toFixed(0)} USD a month (npm run cost -- --env ${environment})`]),
    ...(objects === null ? [] : [`  objects   ${objects}`]),
    ...(probe === null ? [] : [`  record    ${probeText(probe)}`]),
    ...summary.warnings.map((warning) => `  warning: ${warning}`),
  ];
}

function probeText(probe: ProbeResult): string {
  if (probe.kind === 'ready') return `not tried: ${probe.reason}; the API answers through the load balancer`;
  return `${probe.recordId} stored and read back through the load balancer in ${probe.milliseconds} ms`;
}
