import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkloadSettings } from '../../../lambda/predictive-scaler/constants';
import { hasLease } from '../../../lambda/predictive-scaler/hpa/floor-lease';
import { KubernetesHpaClient } from '../../../lambda/predictive-scaler/hpa/kubernetes-hpa-client';
import { reconcile } from '../../../lambda/predictive-scaler/reconcile/reconcile';
import { FileStateStore } from '../../../lambda/predictive-scaler/state/file-state-store';
import type { WorkloadReport } from '../../../lambda/predictive-scaler/telemetry/run-report';
import type { LoadSample } from '../../../lambda/predictive-scaler/types';
import { FORECAST_PATH } from '../../local/hpa/api-server';
import type { AutoscalingState } from '../../local/hpa/local-hpa';
import type { PublishedForecast } from '../../local/hpa/loop-history';
import { PlatformApi } from './platform-api';
import { PlatformMetricsSource } from './platform-metrics-source';

/** Long enough to train the models, ms of the platform's clock at any speed. */
const BUDGET_MS = 3_600_000;

/** Length of a lease: the deployed scaler's default. */
const LEASE_MINUTES = 20;

/** From a decision to when its processes serve: the least whole number; they take a second or two. */
const START_MINUTES = 1;

export interface LocalScalerProps {
  readonly autoscaling: AutoscalingState;
  /** Folder of the models between runs. */
  readonly stateFolder: string;
  /** Loads before those of the platform, oldest first. */
  readonly history: readonly LoadSample[];
  readonly everySeconds: number;
  /** Whether the API only checks the floors. */
  readonly dryRun: boolean;
  /** The platform's clock, ms since 1970-01-01 UTC. */
  readonly platformMs: () => number;
}

/** The deployed scaler's run, over the platform of this machine: the same forecasts, rule, lease and HPA client. */
export class LocalScaler {
  private readonly hpaClient: KubernetesHpaClient;
  private readonly api: PlatformApi;
  private readonly metricsSource: PlatformMetricsSource;

  constructor(private readonly props: LocalScalerProps) {
    const { hpaApi: endpoint, token, caFile } = props.autoscaling;
    const certificateAuthority = readFileSync(caFile, 'utf8');
    this.hpaClient = new KubernetesHpaClient({
      endpoint,
      certificateAuthority,
      logIn: { token: async () => token },
    });
    this.api = new PlatformApi({ endpoint, certificateAuthority, token });
    this.metricsSource = new PlatformMetricsSource(this.api, props.history);
  }

  /** One run, which the platform's page gets to see. */
  async runOnce(): Promise<WorkloadReport> {
    const { everySeconds, stateFolder, platformMs } = this.props;
    const startMs = platformMs();
    const config = {
      shard: 'this machine',
      // A slot is decided once, so it is not longer than the time between two runs.
      intervalMinutes: Math.max(1, Math.floor(everySeconds / 60)),
      leaseMinutes: LEASE_MINUTES,
      workloads: [this.workload()],
      refused: [],
      scheduledMinute: startMs / 60_000,
    };
    const { hpaClient, metricsSource } = this;
    const ports = { metricsSource, hpaClient, stateStore: new FileStateStore(stateFolder), now: platformMs };
    const { workloads } = await reconcile(config, ports, {
      runId: randomUUID(),
      deadlineMs: startMs + BUDGET_MS,
    });
    const report = workloads[0] as WorkloadReport;
    await this.publish(report);
    return report;
  }

  /** Ends the lease of a floor, if there is one. @returns whether there was one */
  async release(): Promise<boolean> {
    const { namespace, name, minReplicas } = this.props.autoscaling;
    if (!hasLease(await this.hpaClient.read({ namespace, name }))) return false;
    await this.hpaClient.apply({ namespace, name }, { minReplicas, annotations: {} }, { dryRun: false });
    return true;
  }

  close(): void {
    this.hpaClient.close();
    this.api.close();
  }

  private workload(): WorkloadSettings {
    const { namespace, name: hpaName, minReplicas, requestsPerPod } = this.props.autoscaling;
    return {
      ...{
        name: 'local-api',
        namespace,
        hpaName,
        baseMinReplicas: minReplicas,
        loadPerReplica: requestsPerPod,
      },
      ...{ mode: this.props.dryRun ? 'forecast-only' : 'act', rule: 'adaptive', startMinutes: START_MINUTES },
      // The HPA's target is the load of a replica itself.
      hpaTarget: 1,
      ...{ timeZone: 'UTC', stepMinutes: 1, alwaysOn: null, events: [] },
      load: { namespace: 'local', name: 'requests', dimensions: {}, statistic: 'Average', scale: 1 },
    };
  }

  /** The page can do without it: a failure is no problem of the run. */
  private async publish({ record, message }: WorkloadReport): Promise<void> {
    if (record === undefined) return;
    const known = (load: number) => (Number.isFinite(load) ? load : null);
    const forecast: PublishedForecast = {
      originMinute: record.originMinute,
      forecasts: record.forecasts.map(({ horizonMinutes, point, upper }) => ({
        ...{ horizonMinutes, point: known(point), upper: known(upper) },
      })),
      gate: record.gate.state,
      message: message.slice(0, 2000),
    };
    await this.api.call('PUT', FORECAST_PATH, forecast).catch(() => undefined);
  }
}
