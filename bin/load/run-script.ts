import type { Client } from '../../test/load/client.ts';
import { UsageError } from '../cli/command';
import type { Send } from './client/sender';
import { type K6Options, type K6Scenario, lengthOf, lengthOfAll } from './k6-options';
import { type DueIterations, type LoadSource, loadSource } from './load-sources';
import { Recorder } from './results/recorder';
import { figuresOf, judgedScenarios, type RunFigures, settledTimes } from './results/run-figures';
import {
  aborting,
  evaluate,
  type ParsedThreshold,
  parseThreshold,
  type ThresholdResult,
} from './results/threshold';
import { rowSeconds, Timeline, type TimelineRow } from './results/timeline';
import type { Script } from './script';

/** A part of a script, as the run had it. */
export interface Phase {
  readonly name: string;
  /** Begin and length, seconds from the start of the run. */
  readonly atSecond: number;
  readonly seconds: number;
  /** Whether all objectives count in it, or errors alone. */
  readonly atFullLoad: boolean;
}

/** What a run measured. */
export interface ScriptResult {
  /** When it began, by the clock of the run, ms. */
  readonly startMs: number;
  readonly phases: readonly Phase[];
  /** Length of the run, until the last answer. */
  readonly seconds: number;
  /** Requests that were answered or failed; every request that was sent is among them. */
  readonly requests: number;
  /** Of them, those that an overloaded server refused at once: 503 with Retry-After. */
  readonly refused: number;
  /** Iterations that were not started because every virtual user was busy. */
  readonly dropped: number;
  /** Every threshold of the script with what was measured. */
  readonly thresholds: readonly ThresholdResult[];
  /** Thresholds that ended the run early; empty where it ran to its end. */
  readonly abortedBy: readonly string[];
  readonly figures: RunFigures;
  readonly timeline: readonly TimelineRow[];
}

/** What a run reaches outside of this process; tests simulate it. */
export interface LoadPorts {
  /** Time of a clock that only goes forward, ms. */
  readonly now: () => number;
  /** Waits, ms. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Sends a request to the server under test. */
  readonly send: Send;
  /** Connects a user, who keeps the connection. */
  readonly user: () => Send;
  /** Connections that are open. */
  readonly connections: () => number;
  /** Called with each row of the timeline when it is complete. @default - nobody follows the run */
  readonly onRow?: (row: TimelineRow) => void;
}

/** How often iterations are started, ms: requests of one moment arrive together, and wait for each other. */
const TICK_MS = 1;
/** How often thresholds that abort the run are evaluated: so many times, but no oftener than k6 does, ms. */
const ABORT_CHECKS = 100;
const ABORT_CHECK_MS = { least: 100, most: 2000 };
/** Most requests a second: bigger loads need k6 on machines of its own. */
const MOST_PER_SECOND = 10_000;

/** A virtual user of its own, with a connection. */
interface Member {
  readonly client: Client;
  readonly send: Send;
}

/** A scenario that runs. */
interface Running {
  readonly name: string;
  readonly scenario: K6Scenario;
  readonly source: LoadSource;
  /** Virtual users that are not busy, where it makes no difference who sends. */
  readonly idle: Client[];
  /** Users that keep their connections. */
  readonly members: Member[];
  iterations: number;
  /** When iterations were started last, ms from its start. */
  lastMs: number;
}

/**
 * Offers a script's load to a server, as k6 would, and evaluates the script's thresholds. The run ends when every
 * request that was sent is answered, has failed or has timed out. Its memory does not grow with the number of requests.
 * @throws UsageError for a threshold that is not understood, and for more requests a second than a run may have
 */
export function runScript(script: Script, ports: LoadPorts): Promise<ScriptResult> {
  return new ScriptRun(script, ports).run();
}

class ScriptRun {
  private readonly timeline: Timeline;
  private readonly recorder: Recorder;
  private readonly thresholds: readonly ParsedThreshold[];
  private readonly scenarios: readonly Running[];
  private readonly endMs: number;
  private startMs = 0;
  private underWay = 0;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly script: Script,
    private readonly ports: LoadPorts,
  ) {
    const { options } = script;
    refuseTooMany(options);
    this.endMs = lengthOfAll(options);
    this.timeline = new Timeline(rowSeconds(this.endMs / 1000), ports.onRow ?? (() => undefined));
    this.recorder = new Recorder(this.timeline, settledTimes(options));
    this.thresholds = Object.entries(options.thresholds).flatMap(([about, list]) =>
      list.map((threshold) => parseThreshold(about, threshold)),
    );
    this.scenarios = Object.entries(options.scenarios).map(([name, scenario]) => ({
      name,
      scenario,
      source: loadSource(scenario, script.client()),
      idle: [],
      members: [],
      iterations: 0,
      lastMs: 0,
    }));
  }

  async run(): Promise<ScriptResult> {
    this.startMs = this.ports.now();
    const abortedBy = await this.offerLoad();
    // The timeout of a request bounds this wait.
    if (this.underWay > 0) {
      await new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
    }
    const seconds = this.elapsedMs() / 1000;
    this.timeline.end(this.elapsedMs(), () => this.gauges());
    const { samples, requests, refused, dropped } = this.recorder;
    return {
      startMs: this.startMs,
      phases: phasesOf(this.script.options),
      seconds,
      requests,
      refused,
      dropped,
      thresholds: this.thresholds.map((threshold) => evaluate(threshold, samples, seconds)),
      abortedBy: abortedBy.map(({ text }) => text),
      figures: figuresOf(this.script.options, this.recorder, this.timeline.rows),
      timeline: this.timeline.rows,
    };
  }

  /** @returns the thresholds that ended the run early */
  private async offerLoad(): Promise<ThresholdResult[]> {
    const everyMs = Math.min(ABORT_CHECK_MS.most, Math.max(ABORT_CHECK_MS.least, this.endMs / ABORT_CHECKS));
    let active = this.scenarios;
    for (let checkMs = everyMs; ; ) {
      const nowMs = Math.min(this.elapsedMs(), this.endMs);
      for (const running of active) this.start(running, nowMs - running.scenario.startTime);
      this.timeline.pass(nowMs, () => this.gauges());
      if (nowMs >= checkMs) {
        checkMs += everyMs;
        const crossed = aborting(this.thresholds, this.recorder.samples, nowMs);
        if (crossed.length > 0) return crossed;
      }
      active = active.filter(({ source, scenario }) => !source.isExhausted(nowMs - scenario.startTime));
      if (active.length === 0) return [];
      await this.ports.sleep(TICK_MS);
    }
  }

  /** Starts the iterations that are due. @param nowMs from the scenario's start */
  private start(running: Running, nowMs: number): void {
    if (nowMs < 0) return;
    const due = running.source.due(nowMs);
    this.recorder.dropIterations(running.name, due.dropped);
    this.timeline.offered(due.start + due.dropped, due.dropped);
    if (due.users !== undefined) this.welcome(running, due.users.present);
    for (let index = 0; index < due.start; index += 1) {
      const dueMs = running.scenario.startTime + dueTime(running, due, index, nowMs);
      const user = due.users?.awake[index];
      if (user === undefined) this.sendByAnyone(running, dueMs);
      else this.sendBy(running, user, dueMs);
    }
    running.lastMs = nowMs;
  }

  /** Connects users that have come. */
  private welcome({ members }: Running, present: number): void {
    while (members.length < present) {
      members.push({ client: this.script.client(), send: this.ports.user() });
    }
  }

  private sendBy(running: Running, user: number, dueMs: number): void {
    const { client, send } = running.members[user] as Member;
    this.send({ running, client, send, dueMs }, () => running.source.ended(this.scenarioMs(running), user));
  }

  private sendByAnyone(running: Running, dueMs: number): void {
    const client = running.idle.pop() ?? this.script.client();
    this.send({ running, client, send: this.ports.send, dueMs }, () => {
      running.source.ended(this.scenarioMs(running));
      running.idle.push(client);
    });
  }

  private send({ running, client, send, dueMs }: Iteration, onEnd: () => void): void {
    const request = client.next(running.iterations);
    running.iterations += 1;
    this.underWay += 1;
    const lateMs = Math.max(0, this.elapsedMs() - dueMs);
    send(request, (timed) => {
      // Also once the load has ended, and only answers tell the time.
      this.timeline.pass(this.elapsedMs(), () => this.gauges());
      const verdict = client.take(request, timed.answer);
      this.recorder.answered({ scenario: running.name, request, timed, verdict, dueMs, lateMs });
      this.underWay -= 1;
      onEnd();
      if (this.underWay === 0) this.onIdle?.();
    });
  }

  private scenarioMs({ scenario }: Running): number {
    return this.elapsedMs() - scenario.startTime;
  }

  private elapsedMs(): number {
    return this.ports.now() - this.startMs;
  }

  private gauges() {
    const users = this.scenarios.reduce((sum, { members }) => sum + members.length, 0);
    return { underWay: this.underWay, connections: this.ports.connections(), users };
  }
}

interface Iteration {
  readonly running: Running;
  readonly client: Client;
  readonly send: Send;
  /** When it should start, ms from the start of the run. */
  readonly dueMs: number;
}

/**
 * When an iteration should have started, ms from the scenario's start: those since the last look are spread evenly,
 * however late this look is. Iterations that follow others, and not the clock, are due now.
 */
function dueTime({ scenario, lastMs }: Running, due: DueIterations, index: number, nowMs: number): number {
  if (scenario.executor === 'shared-iterations') return nowMs;
  return lastMs + ((nowMs - lastMs) * (index + 1)) / (due.start + due.dropped);
}

function phasesOf(options: K6Options): Phase[] {
  const judged = judgedScenarios(options);
  return Object.entries(options.scenarios).map(([name, scenario]) => ({
    name,
    atSecond: scenario.startTime / 1000,
    seconds: lengthOf(scenario) / 1000,
    atFullLoad: judged.includes(name),
  }));
}

function refuseTooMany({ scenarios }: K6Options): void {
  const most = Math.max(...Object.values(scenarios).map(highestRate));
  if (most <= MOST_PER_SECOND) return;
  throw new UsageError(
    `a run may have ${MOST_PER_SECOND} requests per second at most, got ${most}: ` +
      'lower --rate, --rate-scale or the rates in --env',
  );
}

function highestRate(scenario: K6Scenario): number {
  switch (scenario.executor) {
    case 'constant-arrival-rate':
      return scenario.rate;
    case 'ramping-arrival-rate':
      return Math.max(scenario.startRate, ...scenario.stages.map(({ target }) => target));
    default:
      return 0;
  }
}
