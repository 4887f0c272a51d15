import { TokenLimitError } from '../budgets/tokens/token-limiter';
import type { ServiceConfig } from '../config';
import { AnswerCache, type AnswerStore } from '../gateway/answers/answer-cache';
import { Flights, type PodsDeduplicator } from '../gateway/answers/flights';
import { CallRefused } from '../gateway/call';
import { countTokens } from '../gateway/count-tokens';
import { anthropicMessages } from '../gateway/formats/anthropic-messages';
import type { CallFormat } from '../gateway/formats/call-format';
import { openaiChat } from '../gateway/formats/openai-chat';
import { openaiEmbeddings } from '../gateway/formats/openai-embeddings';
import { openaiResponses } from '../gateway/formats/openai-responses';
import { Gateway } from '../gateway/gateway';
import { KnownBodies } from '../gateway/known-bodies';
import type { LeadProps, SpendGuard, TokenGuard } from '../gateway/lead-call';
import { CallLedger } from '../gateway/ledger/call-ledger';
import { BedrockProvider } from '../gateway/providers/bedrock/bedrock-provider';
import { HttpProvider } from '../gateway/providers/http-provider';
import type { Provider } from '../gateway/providers/provider';
import type { ProviderKeys } from '../gateway/providers/provider-keys';
import { SseParser } from '../gateway/streams/sse-parser';
import { ModelRoutes } from '../gateway/upstream/model-routes';
import { Upstream } from '../gateway/upstream/upstream';
import type { CallRoute, GatewayRoutesProps } from '../http/gateway/gateway-routes';
import type { ListedModel } from '../http/gateway/model-routes';
import type { RequestWriter } from '../requests/write/request-writer';
import { type GatewayEvents, gatewayEvents } from './gateway-events';
import type { ServiceParts } from './open-service';
import { OpenedLedger } from './opened-ledger';
import { podCredentials } from './outgoing';
import type { ServicePrices } from './service-prices';

export interface OpenGatewayProps {
  readonly parts: ServiceParts;
  readonly writer: RequestWriter;
  readonly prices: ServicePrices;
  /** Keys of the providers. */
  readonly keys: ProviderKeys;
  /** Keeps answers of models. */
  readonly answers: AnswerStore;
  /** Shares calls between pods. */
  readonly pods: PodsDeduplicator;
  readonly spend: SpendGuard;
}

/** The gateway of a pod. */
export interface OpenGateway {
  readonly routes: GatewayRoutesProps;
  /** Opens the journal. @throws Error where its folder cannot be used */
  open(): void;
  /** Begins to write to the database. */
  run(): void;
  /** Writes what can be written, and closes connections to providers. */
  close(): Promise<void>;
}

/** Longest time that the ledger may write after the last answer, ms. */
const LEDGER_CLOSE_MS = 15_000;

/** Longest count of tokens, ms. */
const COUNT_MS = 60_000;

const clock = () => performance.now();

/** The gateway that the service's variables describe. */
export function openGateway(props: OpenGatewayProps): OpenGateway {
  const { parts, answers, pods } = props;
  const { config, metrics, embedded, logger, now } = parts;
  if (metrics.gateway === undefined) throw new Error('only API pods have a gateway');
  const events = gatewayEvents({ metrics: metrics.gateway, embedded });
  const ledger = new OpenedLedger(() => openLedger(props, events));
  const upstream = openUpstream(props, events);
  const models = new ModelRoutes(config.gateway.models);
  const longestCallMs = config.gateway.longestCallSeconds * 1000;
  const plan = { models, speaks: upstream.speaks.bind(upstream) };
  const lead: LeadProps = {
    ...{ upstream, clock, longestCallMs, prices: props.prices, accounts: ledger, spend: props.spend },
    answers: new AnswerCache({ store: answers, ttlSeconds: config.gateway.cacheTtlSeconds }),
    tokens: tokenGuard(parts),
    newSplitter: () => new SseParser(),
    events: events.lead,
  };
  const flights = new Flights(pods, longestCallMs);
  const bodies = new KnownBodies();
  parts.layers.onInvalidation(() => bodies.clear());
  const gateway = new Gateway({ ...lead, plan, flights, bodies, cacheEvents: events });
  metrics.gateway.watch({
    callsInFlight: () => gateway.inFlight,
    journalBytes: () => ledger.journalBytes,
    unsettledCalls: () => ledger.unsettled,
    openBreakers: events.openBreakers,
  });
  const { journalMaxBytes, providers } = config.gateway;
  embedded?.watch('journalUsed', () => (100 * ledger.journalBytes) / journalMaxBytes);
  embedded?.watch('breakerOpen', () =>
    providers.reduce((sum, { name }) => sum + events.openBreakers(name), 0),
  );
  const count = { models, upstream, clock, longestMs: COUNT_MS };
  return {
    routes: {
      routes: callRoutes(gateway, (call) => countTokens(call, count)),
      bodies,
      maxBodyBytes: config.gateway.maxBodyBytes,
      pingMs: config.server.streamPingSeconds * 1000,
      now,
      onEnd: events.ended,
      onBodyRefused: () => metrics.countRefused('bodies'),
      models: () => listModels(models, props.prices),
      openai: openaiChat,
      anthropic: anthropicMessages,
    },
    open: () => void ledger.open(),
    run: () => ledger.run(),
    close: async () => {
      await ledger
        .close(LEDGER_CLOSE_MS)
        .catch((err) => logger.error({ err }, 'the ledger could not be closed'));
      await upstream.close();
    },
  };
}

function callRoutes(gateway: Gateway, count: CallRoute['answer']): CallRoute[] {
  const route = (path: string, format: CallFormat): CallRoute => ({
    path,
    format,
    answer: (call) => gateway.answer(call),
  });
  const counting = { ...anthropicMessages, path: '/messages/count_tokens' };
  return [
    route('/api/v1/chat/completions', openaiChat),
    route('/api/v1/responses', openaiResponses),
    route('/api/v1/embeddings', openaiEmbeddings),
    route('/api/v1/messages', anthropicMessages),
    { path: '/api/v1/messages/count_tokens', format: counting, answer: count },
  ];
}

function openLedger({ parts, writer }: OpenGatewayProps, { abandoned }: GatewayEvents): CallLedger {
  const { config, database, logger } = parts;
  return new CallLedger({
    writer,
    database: database.writes,
    folder: config.gateway.journalFolder,
    podName: config.podName,
    maxBytes: config.gateway.journalMaxBytes,
    log: logger,
    events: { onAbandoned: abandoned, onFailure: () => undefined },
  });
}

function openUpstream({ parts, keys }: OpenGatewayProps, events: GatewayEvents): Upstream {
  const { config, now } = parts;
  const { gateway } = config;
  return new Upstream({
    providers: gateway.providers.map((provider) => openProvider(provider, { config, keys, now })),
    maxConnections: gateway.maxConnections,
    maxQueued: gateway.maxQueued,
    maxAttempts: gateway.maxAttempts,
    silenceTimeoutMs: gateway.silenceTimeoutMs,
    events: events.upstream,
    clock,
    now,
    random: Math.random,
  });
}

function openProvider(
  { name, type, baseUrl, region }: ServiceConfig['gateway']['providers'][number],
  { config, keys, now }: { config: ServiceConfig; keys: ProviderKeys; now: () => Date },
): Provider {
  const { maxConnections, connectTimeoutMs } = config.gateway;
  const shared = { name, maxConnections, connectTimeoutMs };
  if (type === 'bedrock') {
    const credentials = podCredentials(config);
    return new BedrockProvider({ ...shared, baseUrl, region: region ?? config.region, credentials, now });
  }
  return new HttpProvider({ ...shared, type, baseUrl: String(baseUrl), keys });
}

/** Limits of tokens a minute; their error as the gateway's. */
function tokenGuard({ tokenLimiter }: ServiceParts): TokenGuard {
  return {
    take: async ({ caller, projectId }, expected) => {
      const { tokensPerMinute, principal } = caller;
      if (tokensPerMinute.key === null && tokensPerMinute.project === null) return null;
      try {
        return await tokenLimiter.take({
          keyId: principal.keyId,
          projectId,
          tokensPerMinute,
          estimate: expected(),
        });
      } catch (error) {
        if (!(error instanceof TokenLimitError)) throw error;
        const { message, retryAfterSeconds } = error;
        throw new CallRefused({ kind: 'rate_limit', code: 'tokens_per_minute', message, retryAfterSeconds });
      }
    },
  };
}

/** Models that the configuration names, and those of the price book that its patterns send to their own provider. */
function listModels(models: ModelRoutes, prices: ServicePrices): ListedModel[] {
  const providerOf = (id: string) => models.resolve(id)?.targets[0].provider;
  const named = models.names.map((id) => ({ id, provider: String(providerOf(id)) }));
  const known = prices.book.models
    .map(({ model, provider }) => ({ id: model, provider }))
    .filter(({ id, provider }) => providerOf(id) === provider && !models.names.includes(id));
  return [...named, ...known];
}
