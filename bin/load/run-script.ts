import type { Client, PlannedRequest } from '../../test/load/client.ts';
import { UsageError } from '../cli/command';
import { type K6Scenario, lengthOfAll } from './k6-options';
import { type LoadSource, loadSource, plannedIterations } from './load-sources';
import { Recorder } from './recorder';
import type { Script } from './script';
import type { SendRequests } from './send';
import { aborting, evaluate, type ParsedThreshold, parseThreshold, type ThresholdResult } from './threshold';

/** What a run measured. */
export interface ScriptResult {
  /** Length of the run, until the last answer. */
  readonly seconds: number;
  /** Requests that were answered or failed; every request that was sent is among them. */
  readonly requests: number;
  /** Iterations that were not started because every virtual user was busy. */
  readonly dropped: number;
  /** Every threshold of the script with what was measured. */
  readonly thresholds: readonly ThresholdResult[];
  /** Thresholds that ended the run early; empty where it ran to its end. */
  readonly abortedBy: readonly string[];
}

/** What a run reaches outside of this process; tests simulate it. */
export interface LoadPorts {
  /** Time of a clock that only goes forward, ms. */
  readonly now: () => number;
  /** Waits, ms. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Sends requests to the server under test. */
  readonly send: SendRequests;
}

/** How often iterations are started, ms: the finer, the more like k6, and the more runs of autocannon. */
const TICK_MS = 25;
/** How often thresholds that abort the run are evaluated, ms. k6 does so every two seconds of an unscaled run. */
const ABORT_CHECK_MS = 100;
/** Most requests of a run: bigger loads need k6 on machines of its own. */
const MOST_REQUESTS = 50_000;

/** A scenario that runs. */
interface Running {
  readonly name: string;
  readonly scenario: K6Scenario;
  readonly source: LoadSource;
  /** Virtual users that are not busy. */
  readonly idle: Client[];
  iterations: number;
}

/** A request with the virtual user that sends it and its scenario. */
interface Sent {
  readonly running: Running;
  readonly client: Client;
  readonly request: PlannedRequest;
}

/**
 * Offers a script's load to a server, as k6 would, and evaluates the script's thresholds. The run ends when every
 * request that was sent is answered, has failed or has timed out.
 * @throws UsageError for a threshold that is not understood, and for more requests than a run may have
 */
export function runScript(script: Script, ports: LoadPorts): Promise<ScriptResult> {
  return new ScriptRun(script, ports).run();
}

class ScriptRun {
  private readonly recorder = new Recorder();
  private readonly thresholds: readonly ParsedThreshold[];
  private readonly scenarios: readonly Running[];
  private readonly underWay: Promise<void>[] = [];
  private sent = 0;
  private startMs = 0;
  /** Why requests could not be sent; it ends the run. */
  private failure: unknown;

  constructor(
    private readonly script: Script,
    private readonly ports: LoadPorts,
  ) {
    const { scenarios, thresholds } = script.options;
    this.thresholds = Object.entries(thresholds).flatMap(([about, list]) =>
      list.map((threshold) => parseThreshold(about, threshold)),
    );
    this.scenarios = Object.entries(scenarios).map(([name, scenario]) => ({
      name,
      scenario,
      source: loadSource(scenario, script.client()),
      idle: [],
      iterations: 0,
    }));
  }

  async run(): Promise<ScriptResult> {
    refuseTooMany(this.scenarios.reduce((sum, { scenario }) => sum + plannedIterations(scenario), 0));
    this.startMs = this.ports.now();
    // The timeout of a request bounds this wait.
    const abortedBy = await this.offerLoad().finally(() => Promise.all(this.underWay));
    const seconds = this.elapsedMs() / 1000;
    const { samples, requests, dropped } = this.recorder;
    return {
      seconds,
      requests,
      dropped,
      thresholds: this.thresholds.map((threshold) => evaluate(threshold, samples, seconds)),
      abortedBy: abortedBy.map(({ text }) => text),
    };
  }

  /** @returns the thresholds that ended the run early */
  private async offerLoad(): Promise<ThresholdResult[]> {
    const endMs = lengthOfAll(this.script.options);
    for (let checkMs = ABORT_CHECK_MS; ; ) {
      const nowMs = Math.min(this.elapsedMs(), endMs);
      this.send(this.scenarios.flatMap((running) => this.due(running, nowMs - running.scenario.startTime)));
      if (nowMs >= checkMs) {
        checkMs += ABORT_CHECK_MS;
        const crossed = aborting(this.thresholds, this.recorder.samples, nowMs);
        if (crossed.length > 0) return crossed;
      }
      if (this.scenarios.every(({ source, scenario }) => source.isExhausted(nowMs - scenario.startTime))) {
        return [];
      }
      await this.ports.sleep(TICK_MS);
      if (this.failure !== undefined) throw this.failure;
    }
  }

  /** @param nowMs from the scenario's start */
  private due(running: Running, nowMs: number): Sent[] {
    if (nowMs < 0) return [];
    const { start, dropped } = running.source.due(nowMs);
    this.recorder.dropIterations(running.name, dropped);
    return Array.from({ length: start }, () => {
      const client = running.idle.pop() ?? this.script.client();
      const request = client.next(running.iterations);
      running.iterations += 1;
      return { running, client, request };
    });
  }

  private send(sent: readonly Sent[]): void {
    if (sent.length === 0) return;
    this.sent += sent.length;
    refuseTooMany(this.sent);
    const requests = sent.map(({ request }) => request);
    const sending = this.ports.send(requests, (index, timed) => {
      const { running, client, request } = sent[index] as Sent;
      this.recorder.answered(running.name, request, timed, client.take(request, timed.answer));
      running.source.ended(this.elapsedMs() - running.scenario.startTime);
      running.idle.push(client);
    });
    this.underWay.push(sending);
    sending.catch((error: unknown) => {
      this.failure ??= error;
    });
  }

  private elapsedMs(): number {
    return this.ports.now() - this.startMs;
  }
}

function refuseTooMany(requests: number): void {
  if (requests <= MOST_REQUESTS) return;
  throw new UsageError(
    `a run may have ${MOST_REQUESTS} requests at most: lower --seconds, --rate-scale or the rates in --env`,
  );
}
