import { parseScalerEvent, type ScalingConfig, scalerEnvironment } from './config';
import { eksConnection } from './hpa/eks-connection';
import { KubernetesHpaClient } from './hpa/kubernetes-hpa-client';
import { SchedulerSwitch } from './lease/scheduler-switch';
import { CloudWatchMetricsSource } from './metrics/cloudwatch-metrics-source';
import { reconcile } from './reconcile/reconcile';
import type { ReconcilePorts } from './reconcile/run';
import { S3StateStore } from './state/s3-state-store';
import { runLogLines, workloadLogLine } from './telemetry/log-lines';
import { hasAllFailed, runMetricsLine, workloadMetricsLine } from './telemetry/metric-lines';
import type { RunReport } from './telemetry/run-report';

/** The fields of Lambda's context that are used. */
export interface InvocationContext {
  /** Id of the invocation; it becomes the run id. */
  readonly awsRequestId: string;
  /** Time until Lambda stops the invocation, ms. */
  readonly getRemainingTimeInMillis: () => number;
}

/** Reserve for work in progress once no new work is started, ms; at most a third of the remaining time. */
const RESERVE_MS = 60_000;

const now = () => Date.now();

/** Reused by later invocations, with their connections and the token. */
let ports: ReconcilePorts | undefined;

/**
 * Invoked by a schedule. Throws only if every workload failed, so that Lambda retries the run; failures of some
 * workloads are in the log and the metrics.
 * @returns outcome by workload
 */
export async function handler(event: unknown, context: InvocationContext): Promise<Record<string, string>> {
  const startMs = now();
  const config = parseScalerEvent(event);
  ports ??= createPorts();
  const remainingMs = context.getRemainingTimeInMillis();
  const report = await reconcile(config, ports, {
    runId: context.awsRequestId,
    deadlineMs: startMs + remainingMs - Math.min(RESERVE_MS, remainingMs / 3),
  });
  write(config, report, startMs);
  if (hasAllFailed(report.workloads)) throw new Error(failureOf(report));
  return Object.fromEntries(report.workloads.map(({ workload, outcome }) => [workload, outcome]));
}

function createPorts(): ReconcilePorts {
  const own = scalerEnvironment(process.env);
  return {
    metricsSource: new CloudWatchMetricsSource(),
    hpaClient: new KubernetesHpaClient(eksConnection(process.env, now)),
    stateStore: new S3StateStore({ bucket: own.stateBucket }),
    deadMansSwitch: new SchedulerSwitch({
      scheduleName: own.switchName,
      groupName: own.switchGroup,
      functionArn: own.switchFunctionArn,
      roleArn: own.switchRoleArn,
      deadLetterQueueArn: own.switchDeadLetterQueueArn,
    }),
    now,
  };
}

/** Writes to stdout: console.log would add a prefix, and CloudWatch would not find the metrics. */
function write({ intervalMinutes }: ScalingConfig, report: RunReport, startMs: number): void {
  const nowMs = now();
  const lines = [
    ...report.workloads.flatMap((workload) => [
      workloadLogLine(report, workload, nowMs),
      workloadMetricsLine(workload, intervalMinutes, nowMs),
    ]),
    ...runLogLines(report, nowMs),
    runMetricsLine(report, nowMs - startMs, nowMs),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function failureOf({ workloads }: RunReport): string {
  const [first] = workloads;
  return `all ${workloads.length} workloads failed, the first one, ${first?.workload}, with ${first?.problem?.kind}: ${first?.message}`;
}
