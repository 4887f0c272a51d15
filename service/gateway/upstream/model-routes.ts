/** A model of a provider. */
export interface Target {
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** Name of the model at the provider. */
  readonly model: string;
}

/** Where calls of a model go. */
export interface ModelRoute {
  /** Name of the model in a call; `*` stands for any characters. */
  readonly match: string;
  /** Name of the provider. */
  readonly provider: string;
  /** Name of the model at the provider; null: the name that the caller sent. */
  readonly model: string | null;
  /** Models that are tried in order where the first fails. */
  readonly fallbacks: readonly Target[];
  /** Most output tokens of the model; null: not known. */
  readonly maxOutputTokens: number | null;
}

/** What a model's name leads to. */
export interface ResolvedModel {
  /** The first is tried first; never empty. */
  readonly targets: readonly [Target, ...Target[]];
  /** Most output tokens of the model. */
  readonly maxOutputTokens: number;
}

/**
 * Output tokens of the worst case where neither call nor configuration bounds them: the longest answers of current
 * models (GPT-5: 128,000; Claude: 64,000 to 128,000).
 */
const DEFAULT_MAX_OUTPUT_TOKENS = 128_000;

/** Names that are remembered; a caller who makes up names must not fill the memory. */
const MOST_REMEMBERED = 1000;

/** Finds the provider of a model. The first route that fits counts. */
export class ModelRoutes {
  private readonly routes: readonly { readonly route: ModelRoute; readonly pattern: RegExp }[];
  private readonly remembered = new Map<string, ResolvedModel | undefined>();

  constructor(routes: readonly ModelRoute[]) {
    this.routes = routes.map((route) => ({ route, pattern: patternOf(route.match) }));
  }

  /** Names without `*` in the configuration: the models that can be listed. */
  get names(): readonly string[] {
    return [...new Set(this.routes.map(({ route }) => route.match))].filter((match) => !match.includes('*'));
  }

  /** Where a model's calls go; undefined for a model that no route has. */
  resolve(model: string): ResolvedModel | undefined {
    if (this.remembered.has(model)) return this.remembered.get(model);
    const found = this.routes.find(({ pattern }) => pattern.test(model));
    const resolved = found && resolvedBy(found.route, model);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(model, resolved);
    return resolved;
  }
}

function resolvedBy({ provider, fallbacks, ...route }: ModelRoute, model: string): ResolvedModel {
  return {
    targets: [{ provider, model: route.model ?? model }, ...fallbacks],
    maxOutputTokens: route.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
  };
}

function patternOf(match: string): RegExp {
  const literals = match.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`);
}
