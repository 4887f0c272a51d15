import { CallRefused } from '../gateway/call';
import type { LeadEvents } from '../gateway/lead-call';
import type { UpstreamEvents } from '../gateway/upstream/upstream';
import type { RouteEnd } from '../http/gateway/gateway-routes';
import type { EmbeddedMetrics } from '../telemetry/embedded-metrics';
import type {
  GatewayMetrics,
  GatewayOutcome,
  GatewayRoute,
  ProviderErrorKind,
} from '../telemetry/gateway-metrics';

export interface GatewayEventsProps {
  readonly metrics: GatewayMetrics;
  /** Null where there is no CloudWatch agent. */
  readonly embedded: EmbeddedMetrics | null;
}

/** Everything that the gateway reports, as metrics of Prometheus and CloudWatch. */
export interface GatewayEvents {
  readonly upstream: UpstreamEvents;
  readonly lead: LeadEvents;
  /** A look-up of a kept answer. */
  readonly lookedUp: (result: 'hit' | 'miss') => void;
  /** A call has ended. */
  readonly ended: (route: string, end: RouteEnd) => void;
  /** Calls were ended because their process is gone. */
  readonly abandoned: (count: number) => void;
  /** Open breakers of a provider. */
  readonly openBreakers: (provider: string) => number;
}

/** Reports of the gateway. Nothing in a label comes from a caller. */
export function gatewayEvents({ metrics, embedded }: GatewayEventsProps): GatewayEvents {
  const open = new Map<string, number>();
  const failed = (provider: string, kind: ProviderErrorKind) => {
    metrics.countProviderError(provider, kind);
    embedded?.put('providerErrors', 1);
  };
  return {
    upstream: {
      failed: (provider, code) => {
        const kind = errorKind(code);
        if (kind !== null) failed(provider, kind);
      },
      breakerChanged: (provider, isOpen) => {
        open.set(provider, Math.max(0, (open.get(provider) ?? 0) + (isOpen ? 1 : -1)));
      },
      ended: (provider, outcome, seconds) => {
        metrics.observeProviderCall(provider, outcome, seconds);
        embedded?.put('llmCalls', 1);
        embedded?.put('llmResponseTime', seconds * 1000);
        if (outcome === 'timeout') embedded?.put('llmTimeouts', 1);
      },
    },
    lead: {
      answered: (path, ownSeconds) => {
        metrics.observeGatewayOverhead(routeOf(path), ownSeconds);
        embedded?.put('gatewayOverhead', ownSeconds * 1000);
      },
      cut: (provider) => failed(provider, 'cut'),
    },
    lookedUp: (result) => {
      metrics.countLlmCacheLookup(result);
      embedded?.put(result === 'hit' ? 'llmCacheHits' : 'llmCacheMisses', 1);
    },
    ended: (route, end) => {
      const outcome = outcomeOf(end);
      metrics.countGatewayCall(route as GatewayRoute, outcome);
      embedded?.put('gatewayCalls', 1);
      if (outcome === 'error') embedded?.put('gatewayErrors', 1);
    },
    abandoned: (count) => embedded?.put('callsAbandoned', count),
    openBreakers: (provider) => open.get(provider) ?? 0,
  };
}

/** Route of a format's path. */
function routeOf(path: string): GatewayRoute {
  return `/api/v1${path.replace(/^\/v1/, '')}` as GatewayRoute;
}

/** Kind of a failed attempt. Null where the provider was not asked. */
function errorKind(code: string): ProviderErrorKind | null {
  switch (code) {
    case 'gateway_overloaded':
    case 'breaker_open':
      return null;
    case 'provider_unreachable':
      return 'connect';
    case 'provider_connection_lost':
      return 'cut';
    case 'provider_timeout':
      return 'timeout';
    case 'status_429':
      return 'rate_limited';
    case 'status_503':
    case 'status_529':
      return 'overloaded';
    case 'status_401':
    case 'status_403':
      return 'authentication';
  }
  if (code.startsWith('status_5')) return 'server';
  return code.startsWith('status_4') ? 'request' : 'other';
}

/** Codes of the gateway's own failures that are the provider's. */
const PROVIDER_CODES: ReadonlySet<string> = new Set(['breaker_open']);

/** How a call ended, for the objectives: only `error` is the gateway's own failure. */
export function outcomeOf({ answer, error, left }: RouteEnd): GatewayOutcome {
  if (answer !== null) {
    if (answer.status >= 500 || answer.status === 429) return 'provider_error';
    if (answer.status >= 400) return 'refused';
    return answer.cache === 'hit' ? 'cached' : 'ok';
  }
  if (left) return 'cancelled';
  if (!(error instanceof CallRefused)) return 'error';
  const { kind, code } = error.refusal;
  if (kind === 'provider' || kind === 'timeout' || PROVIDER_CODES.has(code)) return 'provider_error';
  return kind === 'overloaded' || kind === 'internal' ? 'error' : 'refused';
}
