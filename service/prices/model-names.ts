import { compileRule, type Matcher, type MatchRule } from './match-rule';
import { PRICE_SOURCES, type PriceSource } from './price-row';

/** How a provider is recognised, and whose models it also serves. */
export interface ProviderRule {
  /** Such as `aws`. */
  readonly id: string;
  /** Other names of the provider. @default - its id only */
  readonly match?: MatchRule;
  /** Names of models that only this provider has. @default - no model tells the provider */
  readonly modelMatch?: MatchRule;
  /** Providers whose models it serves at their price, where it has no price of its own. @default - none */
  readonly fallbackProviders?: readonly string[];
}

/** How the names of a model are recognised. Among the models of a provider the first that matches counts. */
export interface ModelRule {
  /** Id of the provider. */
  readonly provider: string;
  /** Canonical model id. */
  readonly model: string;
  readonly match: MatchRule;
  readonly source: PriceSource;
}

/** A model whose prices may apply to a request. */
export interface Candidate {
  readonly provider: string;
  readonly model: string;
  /** How the request's name led here, as a text to show and to store. */
  readonly rule: string;
  /** Whether the name was compared as it is. Public lists with rules apply by their rules only. */
  readonly isExact: boolean;
}

interface CompiledModel {
  readonly provider: string;
  readonly model: string;
  readonly source: PriceSource;
  readonly matches: Matcher;
}

interface CompiledProvider {
  readonly rule: ProviderRule;
  readonly matches: Matcher;
  readonly matchesModel: Matcher;
}

/** A provider as it was asked for and as rules know it. */
interface AskedProvider {
  readonly asked: string;
  readonly id: string;
  /** Name of the model, without the provider that a proxy put before it. */
  readonly name: string;
  readonly fallbackProviders: readonly string[];
}

/** A date at the end or in the middle of a name, such as -20250929. */
const COMPACT_DATE = /-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g;

/** The name of LiteLLM's proxy as a provider: it puts the real one before the model's name. */
const PROXY = 'litellm';

/** Recognises the names of providers and models. */
export class ModelNames {
  private readonly providers: readonly CompiledProvider[];
  private readonly models = new Map<string, CompiledModel[]>();

  constructor(providers: readonly ProviderRule[], models: readonly ModelRule[]) {
    this.providers = providers.map((rule) => ({
      rule,
      matches: rule.match ? compileRule(rule.match) : () => undefined,
      matchesModel: rule.modelMatch ? compileRule(rule.modelMatch) : () => undefined,
    }));
    for (const { match, ...model } of models) {
      const ofProvider = this.models.get(model.provider) ?? [];
      ofProvider.push({ ...model, matches: compileRule(match) });
      this.models.set(model.provider, ofProvider);
    }
    // Rules of people come before those of public lists.
    for (const ofProvider of this.models.values()) {
      ofProvider.sort((a, b) => PRICE_SOURCES.indexOf(a.source) - PRICE_SOURCES.indexOf(b.source));
    }
  }

  /** The id of a provider; a name that no rule knows is its own id, in small letters. */
  providerId(name: string): string {
    const asked = normalizeName(name);
    return this.find(asked)?.id ?? asked;
  }

  /** Models whose prices may apply to a name, the closest first. */
  candidates(provider: string, model: string): readonly Candidate[] {
    const { asked, id, name, fallbackProviders } = this.providerOf(
      normalizeName(provider),
      normalizeName(model),
    );
    const found: Candidate[] = [asked, id].map((ofProvider) => ({
      provider: ofProvider,
      model: name,
      rule: `${ofProvider}/${name} by its own name`,
      isExact: true,
    }));
    const matched = this.match([id, ...fallbackProviders], name);
    if (matched === undefined) return unique(found);
    const { rule, ...canonical } = matched;
    return unique([
      ...found,
      { provider: id, model: canonical.model, rule, isExact: true },
      { ...canonical, rule, isExact: false },
    ]);
  }

  /** The first model of the providers that matches a name, or else the name with its date written with hyphens. */
  private match(providers: readonly string[], name: string) {
    const dashed = name.replace(COMPACT_DATE, '-$1-$2-$3');
    for (const spelling of dashed === name ? [name] : [name, dashed]) {
      for (const provider of providers) {
        for (const { model, source, matches } of this.models.get(provider) ?? []) {
          const clause = matches(spelling);
          if (clause !== undefined)
            return { provider, model, rule: `${source} ${provider}/${model}: ${clause}` };
        }
      }
    }
    return undefined;
  }

  private providerOf(asked: string, model: string): AskedProvider {
    if (asked === PROXY) {
      const [prefix = '', ...rest] = model.split('/');
      if (rest.length > 0 && this.find(prefix)) return this.providerOf(prefix, rest.join('/'));
    }
    const rule = this.find(asked) ?? (asked === PROXY ? this.findByModel(model) : undefined);
    return { asked, id: rule?.id ?? asked, name: model, fallbackProviders: rule?.fallbackProviders ?? [] };
  }

  private find(asked: string): ProviderRule | undefined {
    const byId = this.providers.find(({ rule }) => rule.id === asked);
    return (byId ?? this.providers.find(({ matches }) => matches(asked) !== undefined))?.rule;
  }

  private findByModel(model: string): ProviderRule | undefined {
    return this.providers.find(({ matchesModel }) => matchesModel(model) !== undefined)?.rule;
  }
}

/** A name as rules compare it. */
export function normalizeName(name: string): string {
  return name.trim().toLowerCase();
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  const keyOf = ({ provider, model, isExact }: Candidate) => JSON.stringify([provider, model, isExact]);
  return [...new Map(candidates.toReversed().map((one) => [keyOf(one), one])).values()].toReversed();
}
