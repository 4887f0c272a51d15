import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSignedCertificate } from '../../../k8s/scripts/self-signed-certificate';
import { SYNC_PERIOD_SECONDS } from '../../../lambda/predictive-scaler/backtest/hpa/resolve-hpa-spec';
import {
  SYNC_REASON_MESSAGES,
  type SyncReason,
} from '../../../lambda/predictive-scaler/backtest/hpa/sync-reason';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import { HPA_NAME, NAMESPACE } from '../../../lib/config/names';
import { type LoopServer, startApiServer } from './api-server';
import { type ClockSettings, platformClock } from './clock';
import { HpaController } from './hpa-controller';
import { type LocalHpaSettings, localHpaSpec, requestsPerPodOf } from './hpa-settings';
import { HpaStore } from './hpa-store';
import { LoopHistory } from './loop-history';
import { MinuteLoads } from './minute-loads';
import { type PageState, startPageServer } from './page-server';
import { PodScraper } from './pod-scraper';
import { Deployment, type PodSet } from './pod-set';

export interface LocalHpaProps extends LocalHpaSettings {
  /** Whose HPA it stands in for. */
  readonly config: ResolvedConfig;
  /** Folder of the certificate and the token; created where it is missing. */
  readonly folder: string;
  readonly set: PodSet;
  /** Time between two syncs, seconds of the platform's clock. @default 15, as the controller's */
  readonly syncSeconds?: number;
  /** Seconds of the platform's clock in a second. @default 1 */
  readonly speed?: number;
  /** Port of the page. @default - a free one */
  readonly pagePort?: number;
  /** This machine's clock, ms since 1970-01-01 UTC. */
  readonly realMs: () => number;
  /** Is told of what fails, a line each. */
  readonly onProblem: (line: string) => void;
}

/** Where the scaler finds the HPA: a part of `platform.json`. */
export interface AutoscalingState {
  /** Address of the Kubernetes API, https. */
  readonly hpaApi: string;
  /** Its bearer token. */
  readonly token: string;
  /** File of its certificate authority, PEM. */
  readonly caFile: string;
  /** The HPA's object. */
  readonly namespace: string;
  readonly name: string;
  readonly clock: ClockSettings;
  /** `minReplicas` without a floor. */
  readonly minReplicas: number;
  /** Requests per second that one pod should serve. */
  readonly requestsPerPod: number;
  /** Address of the page. */
  readonly page: string;
}

/** A stand-in of the HPA for API processes of this machine, with the API that the scaler needs, and a page. */
export class LocalHpa {
  readonly controller: HpaController;
  private readonly stopping = new AbortController();
  private readonly servers: LoopServer[] = [];
  private readonly deployment: Deployment;
  private readonly history = new LoopHistory();
  private readonly loads = new MinuteLoads();
  private readonly store = new HpaStore();
  private readonly platformMs: () => number;
  private readonly clock: ClockSettings;
  private readonly syncMs: number;
  private readonly spec;
  private reason: SyncReason | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly props: LocalHpaProps) {
    const { config, set, realMs, onProblem, speed = 1, syncSeconds = SYNC_PERIOD_SECONDS } = props;
    this.spec = localHpaSpec(config, props);
    this.clock = { startedAtMs: realMs(), speed };
    this.platformMs = platformClock(this.clock, realMs);
    this.syncMs = (1000 * syncSeconds) / speed;
    this.deployment = new Deployment({ set, onProblem });
    this.controller = new HpaController({
      ...{ spec: this.spec, ref: { namespace: NAMESPACE, name: HPA_NAME }, store: this.store },
      ...{ set, deployment: this.deployment, history: this.history },
      scraper: new PodScraper({ loads: this.loads, scrapeMs: this.syncMs }),
      ...{ realMs, platformMs: this.platformMs },
    });
  }

  /** Starts the servers. @returns what the scaler needs */
  async listen(): Promise<AutoscalingState> {
    const { folder, pagePort } = this.props;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const certificate = selfSignedCertificate('llm-cost-ops local Kubernetes API');
    const caFile = join(folder, 'ca.crt');
    writeFileSync(caFile, certificate.certificate);
    const token = randomBytes(32).toString('base64url');
    const { store, loads, history, platformMs } = this;
    const api = await startApiServer({ store, loads, history, certificate, token, platformMs });
    this.servers.push(api);
    const page = await startPageServer(() => this.pageState(), pagePort);
    this.servers.push(page);
    return {
      ...{ hpaApi: api.url, token, caFile, namespace: NAMESPACE, name: HPA_NAME, clock: this.clock },
      minReplicas: this.spec.minReplicas,
      requestsPerPod: requestsPerPodOf(this.spec),
      page: page.url,
    };
  }

  /** Syncs again and again until it is closed. */
  run(): void {
    this.running ??= this.loop();
  }

  /** One sync, and the pods that follow from it. */
  async syncOnce(): Promise<void> {
    const { reason } = await this.controller.sync();
    this.reason = reason;
    await this.deployment.settled();
  }

  /** Ends loop and servers; starts and ends no further pod. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all([
      this.deployment.close(),
      this.running,
      ...this.servers.map((server) => server.close()),
    ]);
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const begin = performance.now();
      try {
        this.reason = (await this.controller.sync()).reason;
      } catch (error) {
        this.props.onProblem(`the HPA could not sync: ${(error as Error).message}`);
      }
      const left = Math.max(0, this.syncMs - (performance.now() - begin));
      await sleep(left, undefined, { signal }).catch(() => undefined);
    }
  }

  private pageState(): PageState {
    const { spec, clock, history } = this;
    return {
      nowMs: this.platformMs(),
      speed: clock.speed,
      requestsPerPod: requestsPerPodOf(spec),
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      reason: this.reason === undefined ? 'no sync yet' : SYNC_REASON_MESSAGES[this.reason],
      points: history.points,
      forecasts: history.forecasts,
    };
  }
}

/** Starts the stand-in and its syncs. @throws RangeError where a bound is not possible */
export async function startLocalHpa(
  props: LocalHpaProps,
): Promise<{ hpa: LocalHpa; state: AutoscalingState }> {
  const hpa = new LocalHpa(props);
  try {
    const state = await hpa.listen();
    hpa.run();
    return { hpa, state };
  } catch (error) {
    await hpa.close();
    throw error;
  }
}
