import type { ScalerEvent, WorkloadSettings } from '../../../lambda/predictive-scaler/constants';
import { trainingMinuteOf } from '../../../lambda/predictive-scaler/reconcile/forecaster-options';
import { open, seal } from '../../../lambda/predictive-scaler/state/envelope';
import { decodeState, encodeState, sourceOf } from '../../../lambda/predictive-scaler/state/workload-state';
import type { ScalerCloud } from '../../../test/helpers/scaler-cloud';

const DAY_MINUTES = 1440;
const HISTORY_MINUTES = 15 * DAY_MINUTES;

/** Traffic that a run reads of a service with saved state, with some margin, minutes. */
const RECENT_MINUTES = 300;

const INTERVAL_MINUTES = 2;

export interface BenchServiceProps {
  /** Fakes of AWS and Kubernetes that the service lives in. */
  readonly cloud: ScalerCloud;
  /** Time of the benchmark, minutes since 1970-01-01 UTC. */
  readonly nowMinute: number;
}

/** Names of services that all train at the same minute, far from now, so that one service's models fit all of them. */
export function benchNames(count: number, nowMinute: number): string[] {
  const wanted = (nowMinute + DAY_MINUTES / 2) % DAY_MINUTES;
  const names: string[] = [];
  for (let number = 0; names.length < count; number += 1) {
    const name = `service-${number}`;
    if (trainingMinuteOf(name) === wanted) names.push(name);
  }
  return names;
}

/** A service with its HPA and its traffic, which has a daily and a weekly pattern and noise. */
export class BenchService {
  private runs = 0;

  constructor(
    readonly name: string,
    private readonly props: BenchServiceProps,
  ) {
    props.cloud.cluster.put({ name });
    this.putTraffic(HISTORY_MINUTES);
  }

  get settings(): WorkloadSettings {
    return {
      name: this.name,
      namespace: 'default',
      hpaName: this.name,
      mode: 'act',
      rule: 'adaptive',
      baseMinReplicas: 3,
      loadPerReplica: 100,
      startMinutes: 3,
      hpaTarget: 0.7,
      timeZone: 'UTC',
      stepMinutes: 1,
      load: this.metric('Requests'),
      alwaysOn: null,
      events: [],
    };
  }

  /** The event of the next run. */
  event(services: readonly BenchService[]): ScalerEvent {
    this.runs += 1;
    const minute = this.props.nowMinute - DAY_MINUTES + this.runs * INTERVAL_MINUTES;
    return {
      shard: 'bench',
      intervalMinutes: INTERVAL_MINUTES,
      leaseMinutes: 20,
      workloads: services.map(({ settings }) => settings),
      scheduledTime: new Date(minute * 60_000).toISOString(),
    };
  }

  /** Copies the state of a trained service, and keeps only the traffic that a run still reads. */
  startFrom({ name, props: { cloud } }: BenchService): void {
    const opened = open(cloud.stateOf(name) as Buffer) as { state: Buffer };
    const state = decodeState(opened.state);
    if ('reason' in state) throw new Error(state.reason);
    cloud.putState(this.name, seal(encodeState({ ...state, source: sourceOf(this.settings) })));
    this.putTraffic(RECENT_MINUTES);
  }

  private putTraffic(minutes: number): void {
    const { cloud, nowMinute } = this.props;
    const points = new Map<number, number>();
    for (let minute = nowMinute - minutes; minute < nowMinute + 60; minute += 1) {
      const ofDay = Math.sin((2 * Math.PI * minute) / DAY_MINUTES);
      const ofWeek = Math.sin((2 * Math.PI * minute) / (7 * DAY_MINUTES));
      const noise = ((Math.imul(minute, 2_654_435_761) >>> 8) % 1000) / 1000;
      points.set(minute, 60 * (1500 + 400 * ofDay + 100 * ofWeek + 120 * noise));
    }
    cloud.cloudWatch.put(this.metric('Requests'), points);
  }

  private metric(name: string): WorkloadSettings['load'] {
    return { namespace: 'Bench', name, dimensions: { Service: this.name }, statistic: 'Sum', scale: 1 / 60 };
  }
}
