import type { PicoUsd } from '../prices/money';
import type { Priced, PriceQuestion } from '../prices/priced';
import { type Accounted, reportedUsage } from '../requests/record/build-row';
import { timeOfId } from '../requests/record/record-id';
import { estimateUsage, type Usage } from '../usage/usage';
import type { PlannedCall } from './call';
import type { JsonObject } from './formats/json';
import type { CallCharacters } from './ledger/call-record';
import type { Target } from './upstream/model-routes';

/** What answers the question of a call's cost. */
export interface CallPrices {
  price(question: PriceQuestion): Priced;
}

/** What a call used: the provider's usage, or characters where it reported none. */
export type CallUsage = { readonly usage: JsonObject } | { readonly characters: CallCharacters };

/** What a call cost. */
export interface CallCost {
  /** Null where the model has no price, or not for all that was used. */
  readonly cost: PicoUsd | null;
  /** Input and output. */
  readonly tokens: number;
  /** The usage and its price, for the row. @default - the row has to be estimated, or costs nothing */
  readonly accounted?: Accounted;
}

/** Images that a provider counts with most tokens each: OpenAI's high-detail limit (platform.openai.com, "Images and vision"). */
const MOST_TOKENS_OF_IMAGE = 5000;

/** Input that does not stand in the body, such as an earlier response: at most a context window, tokens. */
const MOST_OUTSIDE_TOKENS = 200_000;

/** Bytes of a token where a limit is only to be guessed. */
const BYTES_PER_TOKEN = 4;

/** What was used, and of what. */
export interface UsedModel {
  readonly target: Target;
  readonly used: CallUsage;
  /** Tier that served the call; null: the provider's standard one. */
  readonly serviceTier: string | null;
}

/** Prices what a call used, as the ledger will. */
export function callCost(call: PlannedCall, model: UsedModel, prices: CallPrices): CallCost {
  const reported = 'usage' in model.used ? reportedUsage(model.target.provider, model.used.usage) : undefined;
  const usage = reported === undefined || 'code' in reported ? estimateOf(model.used) : reported;
  const priced = price(call, { ...model, usage }, prices);
  const { input, output } = usage.tokens;
  const cost = { cost: knownCost(priced), tokens: input + output };
  if (usage !== reported) return cost;
  const { parts: _, ...rowPrice } = priced;
  return { ...cost, accounted: { usage, source: 'reported', priced: rowPrice } };
}

/** Characters / 4; nothing where the provider's usage cannot be read. */
function estimateOf(used: CallUsage): Usage {
  return 'characters' in used
    ? estimateUsage(used.characters.prompt, used.characters.output)
    : estimateUsage(0, 0);
}

function price(
  call: PlannedCall,
  { target, serviceTier, usage }: Omit<UsedModel, 'used'> & { readonly usage: Usage },
  prices: CallPrices,
): Priced {
  return prices.price({
    ...{ provider: target.provider, model: target.model, region: null, usage },
    ...{ serviceTier, at: timeOfId(call.id), projectId: call.projectId },
  });
}

function knownCost({ cost, pricing }: Priced): PicoUsd | null {
  return pricing === 'priced' ? cost : null;
}

/** Most output tokens of a call. */
function mostOutput({ facts, resolved }: PlannedCall): number {
  return (facts.maxOutputTokens ?? resolved.maxOutputTokens) * facts.choices;
}

/**
 * The most that a call can cost at the dearest of its models: a token is at least a byte of the body, an image is the
 * provider's maximum, the output is as long as it may be. Anthropic's writes to its cache cost more than plain input,
 * so the input is also priced as those.
 * @returns null where a model has no price: nothing bounds its cost
 */
export function worstCost(call: PlannedCall, prices: CallPrices): PicoUsd | null {
  const { facts, bytes } = call;
  const outside = facts.hasOutsideInput ? MOST_OUTSIDE_TOKENS : 0;
  const input = bytes.length - facts.imageBytes + facts.images * MOST_TOKENS_OF_IMAGE + outside;
  const output = mostOutput(call);
  let worst = 0n;
  for (const target of call.targets) {
    const costs = [tokenUsage({ input, output }), tokenUsage({ input, output, cacheWrite1h: input })].map(
      (usage) => knownCost(price(call, { target, serviceTier: facts.serviceTier, usage }, prices)),
    );
    // A model without a price for writes has none.
    const [plain = null, written = null] = costs;
    if (plain === null) return null;
    for (const cost of [plain, written ?? 0n]) if (cost > worst) worst = cost;
  }
  return worst;
}

/** What a call will use of a limit of tokens, by a guess that is corrected after it. */
export function expectedTokens({ facts, bytes }: PlannedCall): number {
  const input = Math.ceil((bytes.length - facts.imageBytes) / BYTES_PER_TOKEN);
  return input + (facts.maxOutputTokens ?? 0) * facts.choices;
}

function tokenUsage(tokens: { input: number; output: number; cacheWrite1h?: number }): Usage {
  const none = { cachedInput: 0, cacheWrite5m: 0, cacheWrite1h: 0, reasoning: 0 };
  return { tokens: { ...none, ...tokens }, units: {} };
}
