import { type ConfigInput, isRecord, merge, textOf } from '../input';

/** Requests per second of a pod that the guide's HPA aims at. */
const CALLS_PER_SECOND = 100;

/** Addresses of the providers' own APIs. */
const BASE_URLS: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
};

/** Start of the names of OpenAI's models, and of the fine-tuned ones. */
const OPENAI_MODELS = ['gpt-*', 'o1*', 'o3*', 'o4*', 'chatgpt-*', 'text-embedding-*'];

/** Geography of Bedrock's cross-region inference profiles, by the start of the regions that have them. */
const GEOGRAPHIES: readonly (readonly [RegExp, string])[] = [
  [/^us-gov-/, 'us-gov'],
  [/^(us|ca)-/, 'us'],
  [/^eu-/, 'eu'],
  [/^ap-/, 'apac'],
];

/** Defaults that other sections follow. */
export const LONGEST_CALL_SECONDS = 600;
export const DRAIN_SECONDS = 300;

const DEFAULTS = {
  longestCallSeconds: LONGEST_CALL_SECONDS,
  drainSeconds: DRAIN_SECONDS,
  maxConnections: 128,
  maxQueued: 256,
  maxAttempts: 3,
  maxBodyMebibytes: 32,
  connectTimeoutMilliseconds: 5000,
  silenceTimeoutSeconds: 120,
  journalMebibytes: 256,
  cacheTtlSeconds: 3600,
  memoryCacheMebibytes: 32,
  expectedCallSeconds: 2,
};

/**
 * The gateway with its defaults. Some follow from the HPA and the objectives, so this runs after the rest is resolved.
 * The input is not validated yet; the schema does that later.
 */
export function resolveGateway(input: unknown, region: unknown, config: ConfigInput): unknown {
  const given = input === undefined ? {} : input;
  if (!isRecord(given)) return given;
  const { providers = defaultProviders(), models = defaultModels(textOf(region)), ...rest } = given;
  return {
    ...merge({ ...DEFAULTS, ...expectations(config) }, rest),
    providers: listOf(providers, (provider) => resolveProvider(provider, region)),
    models: listOf(models, (model) => merge({ model: null, fallbacks: [], maxOutputTokens: null }, model)),
  };
}

/** Expected load where the input has none. A wrong value of another section is reported there, not here too. */
function expectations({ autoscaling, objectives }: ConfigInput) {
  const requests = isRecord(autoscaling) && isRecord(autoscaling.hpa) && autoscaling.hpa.requestsPerSecond;
  const hits = isRecord(objectives) && objectives.cacheHitPercent;
  return {
    expectedCallsPerSecond: typeof requests === 'number' && requests > 0 ? requests : CALLS_PER_SECOND,
    expectedCacheHitPercent: typeof hits === 'number' && hits >= 0 && hits <= 100 ? hits : 0,
  };
}

function listOf(input: unknown, resolve: (item: ConfigInput) => unknown): unknown {
  return Array.isArray(input) ? input.map((item) => (isRecord(item) ? resolve(item) : item)) : input;
}

function resolveProvider(input: ConfigInput, region: unknown): ConfigInput {
  const type = textOf(input.type);
  return merge({ baseUrl: BASE_URLS[type] ?? null, region: type === 'bedrock' ? region : null }, input);
}

function defaultProviders(): ConfigInput[] {
  return ['openai', 'anthropic', 'bedrock'].map((type) => ({ name: type, type }));
}

/** Anthropic's models on Bedrock have Bedrock's names; those of inference profiles start with their geography. */
function defaultModels(region: string): ConfigInput[] {
  const geography = GEOGRAPHIES.find(([pattern]) => pattern.test(region))?.[1];
  const profiles = [...(geography ? [geography] : []), 'global'].map((name) => `${name}.anthropic.*`);
  const entries = (matches: readonly string[], provider: string) =>
    matches.map((match) => ({ match, provider }));
  return [
    ...entries(OPENAI_MODELS, 'openai'),
    ...entries(['claude-*'], 'anthropic'),
    ...entries(['anthropic.*', ...profiles], 'bedrock'),
  ];
}
