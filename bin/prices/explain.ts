import { explainPart } from '../../service/prices/explain-part';
import { formatUsd } from '../../service/prices/money';
import { type CostPart, PriceBook, type Priced, type PriceQuestion } from '../../service/prices/price-usage';
import { normalizeUsage, type Usage } from '../../service/usage/usage';
import { type Terminal, UsageError } from '../cli/command';
import { instant } from '../cli/option-values';
import { textTable } from '../cli/text-table';
import { exactUsd, usdPerMillion } from './format-price';
import { type PricesCall, priceData } from './prices-call';

/** `explain`: each part of a cost, the price that applied, and why that one. @throws UsageError on a wrong option */
export async function explain(call: PricesCall, { print }: Terminal): Promise<number> {
  const [provider = '', model = ''] = call.operands;
  const question: PriceQuestion = {
    provider,
    model,
    at: call.at === undefined ? call.now : instant('at', call.at),
    usage: usageOf(provider, call.usage),
    serviceTier: call.tier ?? null,
    region: call.region ?? null,
    projectId: call.project,
  };
  const priced = PriceBook.load(await priceData(call)).price(question);
  for (const line of formatExplanation(question, priced)) print(line);
  return 0;
}

/** The lines of an explanation. */
export function formatExplanation(question: PriceQuestion, priced: Priced): string[] {
  const { provider, model, at } = question;
  const title = `${provider} ${model} at ${at.toISOString()}`;
  if (priced.pricing === 'unpriced') {
    return [`${title}: unpriced`, 'No rule of the price book leads from this name to a price.'];
  }
  return [
    `${title}: ${priced.pricing}`,
    `cost ${formatUsd(priced.cost)} USD, by list prices ${formatUsd(priced.listCost)} USD`,
    '',
    ...textTable([['unit', 'count', 'USD/million', 'USD'], ...priced.parts.map(partCells)]),
    '',
    ...new Set(priced.parts.flatMap(({ rule }) => (rule === null ? [] : [`name: ${rule}`]))),
    ...priced.parts.map((part) => `${part.unit}: ${explainPart(part, question)}`),
  ];
}

function partCells({ unit, count, price, exactCost }: CostPart): string[] {
  return [
    unit,
    String(count),
    price === null ? 'none' : usdPerMillion(price),
    price === null ? '' : exactUsd(exactCost),
  ];
}

function usageOf(provider: string, text: string | undefined): Usage {
  if (text === undefined) {
    throw new UsageError("--usage must be the provider's usage object as JSON; it is missing");
  }
  const normalized = normalizeUsage(provider, parseJson(text));
  if (normalized.ok) return normalized.usage;
  throw new UsageError(`--usage cannot be read: ${normalized.message}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--usage must be JSON, got ${text.slice(0, 60)}`, { cause: error });
  }
}
