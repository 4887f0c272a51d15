/** The gateway's variables that are JSON: providers and models. */
import { z } from 'zod';

/** Addresses of the providers' own APIs. */
const BASE_URLS = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  bedrock: null,
};

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: 'must be a name of lower-case letters, digits and hyphens' });
const model = z.string().regex(/^[\w.:/@-]{1,2048}$/, { error: 'must be the name of a model' });

const provider = z
  .strictObject({
    name,
    type: z.enum(['openai', 'anthropic', 'bedrock'], { error: 'must be one of openai, anthropic, bedrock' }),
    baseUrl: z
      .string()
      .regex(/^https?:\/\/[^\s?#]{1,2000}[^\s?#/]$/, {
        error: 'must be an http or https address without a query and without a slash at its end',
      })
      .optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: 'must be an AWS region such as us-east-1' })
      .optional(),
  })
  .transform(({ baseUrl, region = null, ...rest }) => ({
    ...rest,
    /** Address that paths such as `/chat/completions` follow; null: Bedrock's endpoint in the region. */
    baseUrl: baseUrl ?? BASE_URLS[rest.type],
    /** Region of Bedrock; null: the pod's. */
    region,
  }));

const modelEntry = z.strictObject({
  /** Name of the model in a call; `*` stands for any characters. The first entry that fits counts. */
  match: z
    .string()
    .regex(/^[\w.:/@*-]{1,256}$/, { error: 'must be the name of a model, with * in it or not' }),
  /** Name of the provider. */
  provider: name,
  /** Name that the provider knows the model by; null: the name in the call. */
  model: model.nullable().default(null),
  /** What is called, in this order, where the provider fails before its first byte. */
  fallbacks: z
    .array(z.strictObject({ provider: name, model }))
    .max(5)
    .default([]),
  /** Most tokens of an answer where a call gives no maximum; null: not known. */
  maxOutputTokens: z.int().min(1).max(10_000_000).nullable().default(null),
});

/** A provider that the gateway calls. */
export type GatewayProvider = Readonly<z.infer<typeof provider>>;

/** Which provider serves the models whose names fit. */
export type GatewayModel = Readonly<z.infer<typeof modelEntry>>;

const providers = z.array(provider).min(1).max(50);
const models = z.array(modelEntry).min(1).max(500);

/** A variable's value, or what is wrong with it. */
type Parsed<T> = { readonly value: T } | { readonly problems: readonly string[] };

/** Reads GATEWAY_PROVIDERS: `[{ "name": "openai", "type": "openai" }]`. */
export function parseProviders(text: string): Parsed<readonly GatewayProvider[]> {
  return parseList(text, providers);
}

/** Reads GATEWAY_MODELS: `[{ "match": "gpt-*", "provider": "openai" }]`. */
export function parseModels(text: string): Parsed<readonly GatewayModel[]> {
  return parseList(text, models);
}

/** Problems of providers and models that are valid one by one, as ends of sentences about the variables. */
export function gatewayRelations(
  providers: readonly GatewayProvider[],
  models: readonly GatewayModel[],
): string[] {
  const names = providers.map((one) => one.name);
  const twins = names.filter((one, index) => names.indexOf(one) < index);
  const used = models.flatMap(({ match, provider, fallbacks }) =>
    [provider, ...fallbacks.map((fallback) => fallback.provider)].map((one) => ({ match, provider: one })),
  );
  return [
    ...twins.map((twin) => `GATEWAY_PROVIDERS must have each name once, got "${twin}" twice`),
    ...used
      .filter(({ provider: one }) => !names.includes(one))
      .map(
        ({ match, provider: one }) =>
          `GATEWAY_MODELS must name providers of GATEWAY_PROVIDERS (${names.join(', ')}), got "${one}" in the entry "${match}"`,
      ),
  ];
}

function parseList<T>(text: string, schema: z.ZodType<readonly T[]>): Parsed<readonly T[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problems: [`must be a JSON array: ${(error as Error).message}`] };
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) return { value: data };
  return { problems: error.issues.map((issue) => problemOf(json, issue)) };
}

/** A problem with the entry that has it, e.g. `entry 0 ("openai"): type must be one of …, got "x"`. */
function problemOf(json: unknown, { path, message }: z.core.$ZodIssue): string {
  const [index, ...rest] = path;
  if (typeof index !== 'number') return `must be a JSON array of 1 or more entries: ${message}`;
  const entry = valueAt(json, [index]);
  const label = valueAt(entry, ['name']) ?? valueAt(entry, ['match']);
  const found = rest.length === 0 ? '' : `, got ${JSON.stringify(valueAt(entry, rest)) ?? 'nothing'}`;
  return `entry ${index}${typeof label === 'string' ? ` ("${label}")` : ''}: ${[rest.join('.'), message].join(' ').trim()}${found}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? (part as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
