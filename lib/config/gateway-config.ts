/** The gateway before LLM providers: providers, models, time limits, and what one pod may hold at a time. */
export interface GatewayConfig {
  /**
   * Providers that the gateway calls, each name once. Keys are not part of the configuration: they are in the secret
   * of the Data stack (docs/deploying.md).
   * @default - openai, anthropic, and bedrock in the environment's region
   */
  readonly providers?: readonly GatewayProviderConfig[];
  /**
   * Which provider serves which model. The first entry whose `match` fits the name of the model counts; a model
   * without an entry is refused.
   * @default - the names of OpenAI's, Anthropic's and, on Bedrock, Anthropic's models
   */
  readonly models?: readonly GatewayModelConfig[];
  /**
   * Longest call of a provider, seconds, 30 to 3600: the client libraries of OpenAI and Anthropic wait for 600. The
   * time-outs of NGINX and of the load balancer follow from it. Through CloudFront a whole answer ends at
   * `cdn.readTimeoutSeconds` nevertheless: stream, or call the api host.
   * @default 600
   */
  readonly longestCallSeconds?: number;
  /**
   * How long a pod that ends goes on with its calls, seconds, 1 to 3600: the deregistration delay of the gateway's
   * target group. The grace period of the pods follows from it. Longer calls are recorded and cut.
   * @default 300
   */
  readonly drainSeconds?: number;
  /** Most calls under way to one provider in a pod. @default 128 */
  readonly maxConnections?: number;
  /** Most calls that wait for a connection in a pod; further ones are refused. @default 256 */
  readonly maxQueued?: number;
  /** Most attempts of a call, fallbacks included, 1 to 10. @default 3 */
  readonly maxAttempts?: number;
  /**
   * Largest body of a call, MiB, 1 to 100. NGINX and the service both take it from here. Anthropic accepts 32 MB.
   * @default 32
   */
  readonly maxBodyMebibytes?: number;
  /** How long to wait for a connection to a provider, ms. @default 5000 */
  readonly connectTimeoutMilliseconds?: number;
  /** Longest silence of a provider after its first byte, seconds. @default 120 */
  readonly silenceTimeoutSeconds?: number;
  /**
   * Bound of the journal in which a pod keeps calls that are not in the database yet, MiB. Its volume has twice the
   * size. A call takes about 1 KiB besides its prompt.
   * @default 256
   */
  readonly journalMebibytes?: number;
  /** How long an answer stays in the cache, seconds. @default 3600 */
  readonly cacheTtlSeconds?: number;
  /** Answers that a pod keeps in its own memory, MiB; part of the pod's heap. @default 32 */
  readonly memoryCacheMebibytes?: number;
  /**
   * Mean duration of a call that you expect, seconds. With the two knobs below it says how many calls are under way in
   * a pod at once (Little's law). The default is the seed's mean response time of LLM APIs; long answers take 10 to 30.
   * @default 2
   */
  readonly expectedCallSeconds?: number;
  /** Calls that you expect in a pod, a second. @default - autoscaling.hpa.requestsPerSecond, 100 where that is null */
  readonly expectedCallsPerSecond?: number;
  /** Share of calls that you expect to be answered from the cache, percent. @default - objectives.cacheHitPercent */
  readonly expectedCacheHitPercent?: number;
}

/** A provider of models. */
export interface GatewayProviderConfig {
  /** Name, e.g. `azure-eu`: lower-case letters, digits and hyphens. The secret has the provider's key under it. */
  readonly name: string;
  /** `openai`: OpenAI, or an endpoint that is compatible with it. `bedrock` needs no key: the pods' role signs. */
  readonly type: 'openai' | 'anthropic' | 'bedrock';
  /**
   * Address that paths such as `/chat/completions` follow, or `/v1/messages` with type `anthropic`, without a slash at
   * its end. Its port decides what the pods may connect to.
   * @default - https://api.openai.com/v1, https://api.anthropic.com, or null: Bedrock's endpoint in the region
   */
  readonly baseUrl?: string | null;
  /** AWS region of a provider of type `bedrock`; null with other types. @default - the environment's, or null */
  readonly region?: string | null;
}

/** Names of models that a provider serves. */
export interface GatewayModelConfig {
  /** Name of the model in the call; `*` stands for any characters. */
  readonly match: string;
  /** Name of the provider. */
  readonly provider: string;
  /** Name that the provider knows the model by. @default null - the name in the call */
  readonly model?: string | null;
  /** What is called, in this order, where the provider fails before its first byte. @default [] */
  readonly fallbacks?: readonly GatewayFallbackConfig[];
  /**
   * Most tokens of an answer, for budgets, where a call gives no maximum of its own.
   * @default null - the limit of the model in the price book's data, or the gateway's own assumption
   */
  readonly maxOutputTokens?: number | null;
}

/** A model that takes the place of another one. */
export interface GatewayFallbackConfig {
  /** Name of the provider. */
  readonly provider: string;
  /** Name of the model at the provider. */
  readonly model: string;
}
