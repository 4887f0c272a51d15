import { duration } from './duration.ts';
import type { Parameters } from './parameters.ts';

export type Threshold = string | { threshold: string; abortOnFail: boolean; delayAbortEval: string };

/** Thresholds by the metric, and the tags, that they are about. */
export type Thresholds = Record<string, Threshold[]>;

/** What a scenario has to keep. */
export interface Judged {
  readonly scenario: string;
  /** From the start of the test, ms, before its scale. */
  readonly startMs: number;
  /** Whether all objectives count, or errors alone, as while the load climbs. */
  readonly atFullLoad: boolean;
  /** Requests that have to be sent; fewer mean that the load was not there. */
  readonly leastRequests: number;
  /** Ends the test at the first objective that is missed for this long, ms, before its scale. @default - never */
  readonly abortAfterMs?: number;
  /** Whether the test goes on when most requests fail. @default false: it ends */
  readonly goesOn?: boolean;
}

/** Share of failed requests at which going on makes no sense: a wrong token, a blocked address, a dead API. */
const HOPELESS_SHARE = 0.5;
/** How long a scenario may look hopeless, ms. */
const HOPELESS_AFTER_MS = 10_000;

/** The KPIs, for one scenario. How long requests take that wait for a provider is judged by `llmThresholds`. */
export function scenarioThresholds(judged: Judged, parameters: Parameters): Thresholds {
  const { scenario, atFullLoad, leastRequests } = judged;
  const kinds = [...new Set(parameters.mix.map(({ kind = 'api' }) => kind))];
  const answers = kinds.map((kind) => answerThresholds(kind, judged, parameters));
  if (!atFullLoad) return Object.assign({}, ...answers);
  return Object.assign({}, ...answers, kinds.includes('api') ? latencyThresholds(judged, parameters) : {}, {
    // Percentiles of nothing are 0, and shares of nothing are no threshold: without this a scenario that sent nothing
    // would pass.
    [`http_reqs{scenario:${scenario}}`]: [`count>=${Math.max(1, leastRequests)}`],
  });
}

/** Whether requests of a kind are answered, and right. */
function answerThresholds(kind: 'api' | 'llm', judged: Judged, parameters: Parameters): Thresholds {
  const { scenario, atFullLoad, goesOn = false } = judged;
  const { errorPercent, llmTimeoutPercent } = parameters;
  // What a provider may take too long for is not yet a failure of the platform.
  const bad = kind === 'llm' ? errorPercent + llmTimeoutPercent : errorPercent;
  const selector = `{scenario:${scenario},kind:${kind}}`;
  return {
    [`http_req_failed${selector}`]: [
      objective(`rate<${share(bad)}`, judged, parameters),
      ...(goesOn ? [] : [aborting(`rate<${HOPELESS_SHARE}`, HOPELESS_AFTER_MS, judged, parameters)]),
    ],
    // A redirect to a log-in page is no failed request, and no right answer either.
    ...(atFullLoad && { [`checks${selector}`]: [`rate>${share(100 - bad)}`] }),
  };
}

function latencyThresholds(judged: Judged, parameters: Parameters): Thresholds {
  const { p50Ms, p95Ms, p99Ms } = parameters;
  return {
    [`http_req_duration{scenario:${judged.scenario},kind:api}`]: [
      `p(50)<${p50Ms}`,
      `p(95)<${p95Ms}`,
      `p(99)<${p99Ms}`,
    ].map((threshold) => objective(threshold, judged, parameters)),
  };
}

function objective(threshold: string, judged: Judged, parameters: Parameters): Threshold {
  const { abortAfterMs } = judged;
  return abortAfterMs === undefined ? threshold : aborting(threshold, abortAfterMs, judged, parameters);
}

function aborting(
  threshold: string,
  afterMs: number,
  { startMs }: Judged,
  { timeScale }: Parameters,
): Threshold {
  return {
    threshold,
    abortOnFail: true,
    // k6 counts the delay from the start of the test, not of the scenario.
    delayAbortEval: duration((startMs + afterMs) * timeScale),
  };
}

/** The LLM's KPIs, over the whole test; none where the mix asks no LLM. */
export function llmThresholds({ mix, ...parameters }: Parameters): Thresholds {
  if (!mix.some(({ kind }) => kind === 'llm')) return {};
  const { cacheHeader, cacheHitPercent, llmMs, llmTimeoutPercent } = parameters;
  return {
    'http_reqs{kind:llm}': ['count>=1'],
    'http_req_duration{kind:llm}': [`avg<${llmMs}`],
    llm_timeouts: [`rate<${share(llmTimeoutPercent)}`],
    ...(cacheHeader === '' ? {} : { llm_cache_hits: [hitThreshold(cacheHitPercent)] }),
  };
}

/** 0 promises nothing: a short run may have no hit. */
function hitThreshold(cacheHitPercent: number): string {
  return cacheHitPercent === 0 ? 'rate>=0' : `rate>${share(cacheHitPercent)}`;
}

/** A share without the digits that binary fractions bring along. */
function share(percent: number): number {
  return Number((percent / 100).toPrecision(6));
}
