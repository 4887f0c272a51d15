import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation';
import type { EnvironmentStack } from '../cloud/environment-stacks';
import { type CloudContext, pause } from '../cloud/machine';
import { readStack } from '../cloud/read-stack';

/** A resource that is not as its template says. */
export interface DriftedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly status: 'changed' | 'deleted';
  readonly properties: readonly {
    readonly path: string;
    readonly expected: string;
    readonly actual: string;
  }[];
}

/** What drift detection found in a stack. */
export interface StackDrift {
  readonly stackName: string;
  /** `unknown`: CloudFormation could not tell, for the reason. */
  readonly status: 'in-sync' | 'drifted' | 'missing' | 'unknown';
  /** @default - it needs none */
  readonly reason?: string;
  readonly resources: readonly DriftedResource[];
}

/** Longest wait for the detection of a stack, ms; a hundred resources take one or two minutes. */
const PATIENCE_MS = 15 * 60_000;

/** Detects drift of a stack. @throws {AwsProblem} */
export async function stackDrift(context: CloudContext, stack: EnvironmentStack): Promise<StackDrift> {
  const { stackName, region } = stack;
  const live = await readStack(context.aws, stack);
  if (live === undefined) return { stackName, status: 'missing', resources: [] };
  if (!live.status.endsWith('_COMPLETE') || live.status.startsWith('DELETE')) {
    return { stackName, status: 'unknown', reason: `the stack is in ${live.status}`, resources: [] };
  }
  const detection = await detect(context, stack);
  if (detection.status !== 'DETECTION_COMPLETE') {
    return { stackName, status: 'unknown', reason: detection.reason, resources: [] };
  }
  const call = { action: 'cloudformation:DescribeStackResourceDrifts', region, target: stackName };
  const drifts: StackResourceDrift[] = [];
  let token: string | undefined;
  do {
    const input = {
      StackName: stackName,
      StackResourceDriftStatusFilters: ['MODIFIED' as const, 'DELETED' as const],
      NextToken: token,
    };
    const page = await context.aws.call(CloudFormationClient, call, (client, abortSignal) =>
      client.send(new DescribeStackResourceDriftsCommand(input), { abortSignal }),
    );
    drifts.push(...(page.StackResourceDrifts ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  const status = drifts.length > 0 ? 'drifted' : 'in-sync';
  return { stackName, status, resources: drifts.map(driftedResource) };
}

/** Begins the detection and waits for its end. */
async function detect(
  context: CloudContext,
  { stackName, region }: EnvironmentStack,
): Promise<{ readonly status: string; readonly reason: string }> {
  const { aws, machine } = context;
  const begin = { action: 'cloudformation:DetectStackDrift', region, target: stackName };
  const { StackDriftDetectionId } = await aws.call(CloudFormationClient, begin, (client, abortSignal) =>
    client.send(new DetectStackDriftCommand({ StackName: stackName }), { abortSignal }),
  );
  const look = { ...begin, action: 'cloudformation:DescribeStackDriftDetectionStatus' };
  const end = machine.elapsedMs() + PATIENCE_MS;
  for (;;) {
    const { DetectionStatus = '', DetectionStatusReason = '' } = await aws.call(
      CloudFormationClient,
      look,
      (client, abortSignal) =>
        client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }), { abortSignal }),
    );
    if (DetectionStatus !== 'DETECTION_IN_PROGRESS') {
      return { status: DetectionStatus, reason: DetectionStatusReason };
    }
    if (machine.elapsedMs() >= end) return { status: 'LATE', reason: 'no result after 15 minutes' };
    await pause(context);
  }
}

function driftedResource(drift: StackResourceDrift): DriftedResource {
  const { LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' } = drift;
  return {
    logicalId: LogicalResourceId,
    type: ResourceType,
    physicalId: PhysicalResourceId,
    status: drift.StackResourceDriftStatus === 'DELETED' ? 'deleted' : 'changed',
    properties: (drift.PropertyDifferences ?? []).map(
      ({ PropertyPath = '', ExpectedValue = '', ActualValue = '' }) => ({
        path: PropertyPath,
        expected: ExpectedValue,
        actual: ActualValue,
      }),
    ),
  };
}
