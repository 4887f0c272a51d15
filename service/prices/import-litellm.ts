import type { ImportedPrices } from './import-result';
import { divideHalfEven, type PicoUsd, parseDecimal } from './money';
import { type PriceRow, SINCE_EVER, STANDARD_TIER } from './price-row';

/** LiteLLM's names of providers that genai-prices, whose rules recognise names, calls otherwise. */
const PROVIDERS: Readonly<Record<string, string>> = {
  bedrock: 'aws',
  bedrock_converse: 'aws',
  bedrock_mantle: 'aws',
  amazon_nova: 'aws',
  azure_ai: 'azure',
  azure_text: 'azure',
  cohere_chat: 'cohere',
  fireworks_ai: 'fireworks',
  'fireworks_ai-embedding-models': 'fireworks',
  gemini: 'google',
  github_copilot: 'github-copilot',
  moonshot: 'moonshotai',
  'text-completion-openai': 'openai',
  together_ai: 'together',
  voyage: 'voyageai',
  xai: 'x-ai',
};

/** Units by the field that has the price of one of them. */
const FIELDS: Readonly<Record<string, string>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  cache_read_input_token_cost: 'cached_input',
  cache_creation_input_token_cost: 'cache_write_5m',
  cache_creation_input_token_cost_above_1hr: 'cache_write_1h',
  output_cost_per_reasoning_token: 'reasoning',
  citation_cost_per_token: 'output_citation',
  input_cost_per_audio_token: 'input_audio',
  cache_read_input_audio_token_cost: 'cached_input_audio',
  cache_read_input_token_cost_per_audio_token: 'cached_input_audio',
  output_cost_per_audio_token: 'output_audio',
  input_cost_per_image_token: 'input_image',
  cache_read_input_image_token_cost: 'cached_input_image',
  output_cost_per_image_token: 'output_image',
  input_cost_per_video_token: 'input_video',
  output_cost_per_video_token: 'output_video',
  input_cost_per_character: 'characters',
  input_cost_per_pixel: 'pixels',
  output_cost_per_image: 'images',
  input_cost_per_second: 'audio_seconds',
  input_cost_per_request: 'requests',
  input_cost_per_query: 'rerank_searches',
  ocr_cost_per_page: 'document_pages',
  annotation_cost_per_page: 'annotated_document_pages',
};

/** Service tiers by the end of a field's name. */
const TIERS: Readonly<Record<string, string>> = { batches: 'batch', flex: 'flex', priority: 'priority' };

/** A field's name without the length and the tier at its end. */
const FIELD = /^(.+?)(?:_above_(\d+)k_tokens)?(?:_(batches|flex|priority))?$/;

/** Regions in a key such as bedrock/us-gov-west-1/… or azure/eu/…. */
const REGION = /^([a-z]{2}(-[a-z]+)+-\d|us|eu|global|global-standard)$/;

/** Names that precede the model in keys of Bedrock: throughput that is bought by the hour. */
const COMMITMENT = /^\d+-month-commitment$/;

/** Fields of costs that are no price of a unit. */
const IS_COST = /cost|price/;

/**
 * LiteLLM's public list, `model_prices_and_context_window.json`. Its prices are for single tokens and have no dates.
 *
 * Source: github.com/BerriAI/litellm, `sample_spec` of the file.
 */
export function readLiteLlm(text: string): ImportedPrices {
  const list = parseList(text);
  if (list === undefined) {
    return { rows: [], problems: ['the file must be the JSON object of models of LiteLLM'], ignored: [] };
  }
  const rows = new Map<string, PriceRow>();
  const ignored = new Map<string, number>();
  for (const [key, entry] of Object.entries(list)) {
    if (key === 'sample_spec' || !isRecord(entry)) continue;
    const { prices, unknown } = pricesOf(key, entry);
    for (const field of unknown) ignored.set(field, (ignored.get(field) ?? 0) + 1);
    for (const row of prices) addFirst(rows, row, ignored);
  }
  return {
    rows: [...rows.values()],
    problems: rows.size === 0 ? ['the file has no prices that can be imported'] : [],
    ignored: [...ignored].map(([what, count]) => `${what} (${count} times)`),
  };
}

function parseList(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return isRecord(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** LiteLLM lists some models for several of its providers that are one here; the first price counts. */
function addFirst(rows: Map<string, PriceRow>, row: PriceRow, ignored: Map<string, number>): void {
  const { provider, model, unit, serviceTier, region, aboveInputTokens } = row;
  const key = JSON.stringify([provider, model, unit, serviceTier, region, aboveInputTokens]);
  const first = rows.get(key);
  if (first === undefined) rows.set(key, row);
  else if (first.usdPerMillion !== row.usdPerMillion) {
    const what = `second price of ${provider}/${model} ${unit}`;
    ignored.set(what, (ignored.get(what) ?? 0) + 1);
  }
}

function pricesOf(
  key: string,
  entry: Readonly<Record<string, unknown>>,
): { readonly prices: PriceRow[]; readonly unknown: string[] } {
  const name = nameOf(key, String(entry['litellm_provider'] ?? ''));
  const unknown: string[] = [];
  if (name === undefined)
    return { prices: [], unknown: ['models with throughput that is bought by the hour'] };
  const prices = Object.entries(entry).flatMap(([field, value]) => {
    if (!IS_COST.test(field) || value === null) return [];
    const [, base = '', thousands, tier] = FIELD.exec(field) ?? [];
    const unit = FIELDS[base];
    const usdPerMillion = typeof value === 'number' ? perMillion(value) : undefined;
    if (unit === undefined || usdPerMillion === undefined) {
      unknown.push(`field ${field}`);
      return [];
    }
    return [
      {
        ...name,
        unit,
        serviceTier: tier === undefined ? STANDARD_TIER : (TIERS[tier] ?? tier),
        aboveInputTokens: Number(thousands ?? 0) * 1000,
        usdPerMillion,
        validFrom: SINCE_EVER,
        validUntil: null,
        daily: null,
        source: 'litellm',
        projectId: null,
      } satisfies PriceRow,
    ];
  });
  return { prices, unknown };
}

/** Provider, model and region of a key such as `bedrock/us-east-1/anthropic.claude-v2`. */
function nameOf(
  key: string,
  provider: string,
): { readonly provider: string; readonly model: string; readonly region: string } | undefined {
  // Vertex AI has a name for each publisher: vertex_ai-anthropic_models.
  const id = PROVIDERS[provider] ?? (provider.startsWith('vertex_ai') ? 'google' : provider);
  const parts = key.toLowerCase().split('/');
  const [prefix = ''] = parts;
  const isPrefix =
    prefix === provider || (provider !== '' && provider.startsWith(prefix) && parts.length > 1);
  const rest = isPrefix ? parts.slice(1) : parts;
  const region = rest.length > 1 && REGION.test(rest[0] ?? '') ? rest.shift() : undefined;
  if (rest.some((part) => COMMITMENT.test(part))) return undefined;
  return { provider: id, model: rest.join('/'), region: region ?? '' };
}

/**
 * The price of a million units from that of one. A JSON number's shortest text is the decimal that was written; a
 * price with more than 18 decimals is rounded, half to even.
 */
function perMillion(usd: number): PicoUsd | undefined {
  if (!Number.isFinite(usd) || usd < 0) return undefined;
  const value = parseDecimal(String(usd), 30);
  return value === undefined ? undefined : divideHalfEven(value, 10n ** 12n);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
