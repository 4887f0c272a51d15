import { parseScalerEvent, type ScalingConfig } from '../../../../lambda/predictive-scaler/config';
import {
  ANNOTATIONS,
  FIELD_MANAGER,
  type ScalerEvent,
  STATE_PREFIX,
  type WorkloadSettings,
} from '../../../../lambda/predictive-scaler/constants';
import { KubernetesHpaClient } from '../../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { SchedulerSwitch } from '../../../../lambda/predictive-scaler/lease/scheduler-switch';
import { CloudWatchMetricsSource } from '../../../../lambda/predictive-scaler/metrics/cloudwatch-metrics-source';
import { trainingMinuteOf } from '../../../../lambda/predictive-scaler/reconcile/forecaster-options';
import { reconcile } from '../../../../lambda/predictive-scaler/reconcile/reconcile';
import { S3StateStore } from '../../../../lambda/predictive-scaler/state/s3-state-store';
import { workloadLogLine } from '../../../../lambda/predictive-scaler/telemetry/log-lines';
import { workloadMetricsLine } from '../../../../lambda/predictive-scaler/telemetry/metric-lines';
import type { RunReport, WorkloadReport } from '../../../../lambda/predictive-scaler/telemetry/run-report';
import { FakeCloudWatch } from '../../../helpers/fake-aws/fake-cloudwatch';
import { FakeS3 } from '../../../helpers/fake-aws/fake-s3';
import { FakeScheduler } from '../../../helpers/fake-aws/fake-scheduler';
import { FakeKubernetes, type HpaProps } from '../../../helpers/fake-kubernetes/fake-kubernetes';
import { exampleTraffic, FIRST_MINUTE } from '../../../helpers/traffic';
import { recordedWaiting } from '../../../helpers/waiting';

const BUCKET = 'states';
const STEP_MINUTES = 5;
const SWITCH = { scheduleName: 'switch', groupName: 'switches' };

/** Half an hour after the training of `api`, after more than eight days of traffic; minutes since 1970. */
export const START_MINUTE =
  Math.ceil((FIRST_MINUTE + 8 * 1440 + trainingMinuteOf('api') + 30) / STEP_MINUTES) * STEP_MINUTES;

export const INTERVAL_MINUTES = 5;
export const LEASE_MINUTES = 20;

/** A workload of 100 requests per second a replica, whose floor at least is 3. */
export function workload(change: Partial<WorkloadSettings> = {}): WorkloadSettings {
  return {
    name: 'api',
    namespace: 'default',
    hpaName: 'api',
    mode: 'act',
    rule: 'adaptive',
    baseMinReplicas: 3,
    loadPerReplica: 100,
    startMinutes: 3,
    hpaTarget: 0.7,
    timeZone: 'UTC',
    stepMinutes: STEP_MINUTES,
    load: {
      namespace: 'Example',
      name: 'Requests',
      dimensions: {},
      statistic: 'Sum',
      scale: 1 / (60 * STEP_MINUTES),
    },
    alwaysOn: null,
    events: [],
    ...change,
  };
}

/** The scaler's world on loopback: CloudWatch, S3, Scheduler and Kubernetes over TLS, and a clock. */
export class Rig {
  /** Minutes since 1970. */
  minute = START_MINUTE;
  workloads: readonly WorkloadSettings[] = [workload()];
  /** Longest wait for an answer, ms. */
  attemptMs = 5_000;
  /** Time for a run, ms. */
  budgetMs = 180_000;
  /** Authority that the Kubernetes API is trusted by, PEM. */
  authority: string;
  private runs = 0;

  static async start(): Promise<Rig> {
    return new Rig(
      await FakeCloudWatch.start(),
      await FakeS3.start(BUCKET),
      await FakeScheduler.start(),
      await FakeKubernetes.start(),
    );
  }

  private constructor(
    readonly cloudWatch: FakeCloudWatch,
    readonly s3: FakeS3,
    readonly scheduler: FakeScheduler,
    readonly cluster: FakeKubernetes,
  ) {
    this.authority = cluster.certificateAuthority;
  }

  /** As on the first day: eight days of traffic, an HPA at its base, no state. */
  reset(hpa: Partial<HpaProps> = {}): void {
    for (const fake of [this.cloudWatch, this.s3, this.scheduler]) fake.reset();
    this.cluster.server.reset();
    this.cluster.put({ name: 'api', ...hpa });
    this.scheduler.schedules.set(`${SWITCH.groupName}/${SWITCH.scheduleName}`, {});
    this.traffic();
    this.minute = START_MINUTE;
    this.workloads = [workload()];
    this.attemptMs = 5_000;
    this.budgetMs = 180_000;
    this.authority = this.cluster.certificateAuthority;
  }

  /** Puts traffic into CloudWatch, with a point of each five minutes that `isThere`. */
  traffic(isThere: (minute: number) => boolean = () => true, name = 'Requests'): void {
    const samples = exampleTraffic(11, STEP_MINUTES).filter(({ minute }) => isThere(minute));
    const points = new Map(samples.map(({ minute, load }) => [minute, load * 60 * STEP_MINUTES]));
    this.cloudWatch.put({ namespace: 'Example', name, dimensions: {} }, points);
  }

  /** One run of the scaler, with clients of its own. */
  async run(change: Partial<ScalerEvent> = {}): Promise<RunReport> {
    this.runs += 1;
    const now = () => this.minute * 60_000 + 2_000;
    const hpaClient = new KubernetesHpaClient({
      endpoint: this.cluster.server.url,
      certificateAuthority: this.authority,
      logIn: { token: async () => 'the-token' },
      ...this.impatience(),
    });
    try {
      return await reconcile(
        this.config(change),
        {
          metricsSource: new CloudWatchMetricsSource({ ...this.cloudWatch.client, ...this.impatience() }),
          stateStore: new S3StateStore({ bucket: BUCKET, ...this.s3.client, ...this.impatience() }),
          deadMansSwitch: new SchedulerSwitch({
            ...SWITCH,
            functionArn: 'arn:aws:lambda:eu-central-1:111111111111:function:release',
            roleArn: 'arn:aws:iam::111111111111:role/switch',
            deadLetterQueueArn: 'arn:aws:sqs:eu-central-1:111111111111:dead-letters',
            ...this.scheduler.client,
            ...this.impatience(),
          }),
          hpaClient,
          now,
        },
        { runId: `run-${this.runs}`, deadlineMs: now() + this.budgetMs },
      );
    } finally {
      hpaClient.close();
    }
  }

  /** One run of the scaler and what it reports of its first workload. */
  async runOne(change: Partial<ScalerEvent> = {}): Promise<WorkloadReport> {
    const { workloads } = await this.run(change);
    return workloads[0] as WorkloadReport;
  }

  /** Goes on by a slot and runs. */
  nextRun(minutes = INTERVAL_MINUTES): Promise<WorkloadReport> {
    this.minute += minutes;
    return this.runOne();
  }

  /** State object of a workload in the bucket. */
  get state(): Buffer | undefined {
    return this.s3.objects.get(keyOf('api'));
  }

  set state(bytes: Buffer | undefined) {
    if (bytes) this.s3.objects.set(keyOf('api'), bytes);
    else this.s3.objects.delete(keyOf('api'));
  }

  /** `minReplicas` of the HPA. */
  get minReplicas(): number {
    return this.cluster.get('api').spec['minReplicas'] as number;
  }

  annotation(name: keyof typeof ANNOTATIONS): string | undefined {
    return this.cluster.get('api').metadata.annotations?.[ANNOTATIONS[name]];
  }

  /** A floor of an earlier run under the HPA. */
  putFloor(floor: number, endMinute = this.minute + LEASE_MINUTES): void {
    const annotations = {
      [ANNOTATIONS.base]: '3',
      [ANNOTATIONS.floor]: String(floor),
      [ANNOTATIONS.expiresAt]: new Date(endMinute * 60_000).toISOString(),
    };
    this.cluster.apply('api', FIELD_MANAGER, { metadata: { annotations }, spec: { minReplicas: floor } });
  }

  /** Time that the dead man's switch is set to, minutes since 1970; NaN: it has never been pushed. */
  get switchMinute(): number {
    const schedule = this.scheduler.schedules.get(`${SWITCH.groupName}/${SWITCH.scheduleName}`);
    const [, time] = /^at\((.*)\)$/.exec(String(schedule?.['ScheduleExpression'])) ?? [];
    return Date.parse(`${time}Z`) / 60_000;
  }

  /** Patches that the cluster got. */
  get patches(): number {
    return this.cluster.server.requests.filter(({ method }) => method === 'PATCH').length;
  }

  async close(): Promise<void> {
    for (const fake of [this.cloudWatch, this.s3, this.scheduler, this.cluster]) await fake.close();
  }

  private config(change: Partial<ScalerEvent>): ScalingConfig {
    return parseScalerEvent({
      shard: 'dev-1',
      intervalMinutes: INTERVAL_MINUTES,
      leaseMinutes: LEASE_MINUTES,
      workloads: this.workloads,
      scheduledTime: new Date(this.minute * 60_000).toISOString(),
      ...change,
    });
  }

  private impatience() {
    return { waiting: recordedWaiting(), retries: { attemptMs: this.attemptMs } };
  }
}

/** The metrics that a report becomes. */
export function metricsOf(report: WorkloadReport): Record<string, unknown> {
  return JSON.parse(workloadMetricsLine(report, INTERVAL_MINUTES, 0));
}

/** The log line that a report becomes. */
export function logOf(report: WorkloadReport): Record<string, unknown> {
  return JSON.parse(
    workloadLogLine({ shard: 'dev-1', runId: 'run', slotMinute: 0, workloads: [report] }, report, 0),
  );
}

function keyOf(name: string): string {
  return `/${BUCKET}/${STATE_PREFIX}${name}`;
}
