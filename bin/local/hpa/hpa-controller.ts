import { syncHpa } from '../../../lambda/predictive-scaler/backtest/hpa/hpa-controller';
import type { ResolvedHpaSpec } from '../../../lambda/predictive-scaler/backtest/hpa/hpa-spec';
import { FRESH_STATE, type HpaState } from '../../../lambda/predictive-scaler/backtest/hpa/hpa-state';
import type { PodObservation } from '../../../lambda/predictive-scaler/backtest/hpa/observation';
import type { SyncReason } from '../../../lambda/predictive-scaler/backtest/hpa/sync-reason';
import { FIELD_MANAGER } from '../../../lambda/predictive-scaler/constants';
import type { HpaRef, HpaSnapshot } from '../../../lambda/predictive-scaler/hpa/hpa-client';
import { parseHpa } from '../../../lambda/predictive-scaler/hpa/hpa-snapshot';
import { judgeLease } from '../../../lambda/predictive-scaler/release/lease';
import { REQUESTS_PER_SECOND_METRIC } from '../../../lib/config/names';
import { manifestSpec } from './hpa-settings';
import type { HpaStore } from './hpa-store';
import type { LoopHistory } from './loop-history';
import type { PodScraper } from './pod-scraper';
import type { Deployment, PodSet } from './pod-set';

export interface HpaControllerProps {
  /** Bounds, metrics and behaviours. */
  readonly spec: ResolvedHpaSpec;
  /** Name of the HPA's object. */
  readonly ref: HpaRef;
  /** Where the object is; the controller creates it. */
  readonly store: HpaStore;
  readonly set: PodSet;
  readonly deployment: Deployment;
  readonly scraper: PodScraper;
  readonly history: LoopHistory;
  /** This machine's clock, ms since 1970-01-01 UTC. */
  readonly realMs: () => number;
  /** The platform's clock, ms since 1970-01-01 UTC. */
  readonly platformMs: () => number;
}

/** What a sync did. */
export interface SyncOutcome {
  readonly reason: SyncReason;
  /** Pods that are wanted now. */
  readonly replicas: number;
}

/**
 * The controller of one HPA over processes of this machine. It decides by the project's model of the Kubernetes
 * controller. It also does what a CronJob does in the cluster: it releases a floor whose lease is over.
 */
export class HpaController {
  private state: HpaState = FRESH_STATE;

  constructor(private readonly props: HpaControllerProps) {
    const { store, ref, spec } = props;
    store.put({ metadata: ref, spec: manifestSpec(spec), manager: 'kubectl' });
  }

  /** One sync: reads the pods' pages, decides, and has pods started or ended. */
  async sync(): Promise<SyncOutcome> {
    const { set, scraper, deployment, realMs, platformMs } = this.props;
    const pods = set.pods();
    const time = { realMs: realMs(), platformMs: platformMs() };
    await scraper.scrape(pods, time);
    this.releaseFloor(time.platformMs);
    const { minReplicas, maxReplicas } = this.hpa();
    const observed = pods.map((pod) => observationOf(scraper.metricsOf(pod, time.realMs), time.platformMs));
    const result = syncHpa(
      this.state,
      time.platformMs / 1000,
      { ...this.props.spec, minReplicas, maxReplicas },
      { specReplicas: deployment.replicas, statusReplicas: pods.length, pods: observed },
    );
    this.state = result.state;
    deployment.scale(result.desiredReplicas);
    this.report(observed, { pods: pods.length, floor: minReplicas, replicas: result.desiredReplicas });
    return { reason: result.reason, replicas: result.desiredReplicas };
  }

  /** The object as it is now. */
  hpa(): HpaSnapshot {
    const { store, ref } = this.props;
    return parseHpa(JSON.stringify(store.get(ref.namespace, ref.name)));
  }

  private releaseFloor(nowMs: number): void {
    const { store, ref, spec } = this.props;
    const workload = {
      name: ref.name,
      namespace: ref.namespace,
      hpaName: ref.name,
      baseMinReplicas: spec.minReplicas,
    };
    const decision = judgeLease(this.hpa(), workload, nowMs);
    if (decision.outcome === 'kept') return;
    // Applying without the annotations removes them.
    store.apply(ref.namespace, ref.name, FIELD_MANAGER, { spec: { minReplicas: decision.minReplicas } });
  }

  private report(
    observed: readonly PodObservation[],
    { pods, floor, replicas }: { readonly pods: number; readonly floor: number; readonly replicas: number },
  ): void {
    const { store, ref, history, platformMs } = this.props;
    store.setStatus(ref.namespace, ref.name, { currentReplicas: pods, desiredReplicas: replicas });
    const loads = observed.flatMap(({ metrics }) => metrics?.[REQUESTS_PER_SECOND_METRIC] ?? []);
    const load = loads.length === 0 ? null : loads.reduce((sum, one) => sum + one, 0);
    history.add({ atMs: platformMs(), load, floor, pods, replicas });
  }
}

/** Readiness counts for CPU only, which this HPA does not use. */
function observationOf(metrics: Readonly<Record<string, number>>, nowMs: number): PodObservation {
  const seconds = nowMs / 1000;
  return {
    phase: 'Running',
    startedAtSeconds: seconds,
    readiness: { status: 'True', changedAtSeconds: seconds },
    metrics,
  };
}
