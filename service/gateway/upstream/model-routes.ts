/** A model of a provider. */
export interface Target {
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** Name of the model at the provider. */
  readonly model: string;
}

/** Where calls of a model go. */
export interface ModelRoute {
  /** Name of a model, or its beginning followed by `*`. */
  readonly match: string;
  /** Name of the provider. */
  readonly provider: string;
  /** Name of the model at the provider. @default - the name that the caller sent */
  readonly model?: string;
  /** Models that are tried in order where the first fails. @default - none */
  readonly fallbacks?: readonly Target[];
  /** Most output tokens of the model; the worst case of a call that sets no bound. @default 32768 */
  readonly maxOutputTokens?: number;
}

/** What a model's name leads to. */
export interface ResolvedModel {
  /** The first is tried first; never empty. */
  readonly targets: readonly [Target, ...Target[]];
  /** Most output tokens of the model. */
  readonly maxOutputTokens: number;
}

/** Output of current models ends here or earlier unless the configuration says more, tokens. */
const DEFAULT_MAX_OUTPUT_TOKENS = 32_768;

/** Names that are remembered; a caller who makes up names must not fill the memory. */
const MOST_REMEMBERED = 1000;

/** Finds the provider of a model. An exact name wins over a pattern, a longer pattern over a shorter one. */
export class ModelRoutes {
  private readonly sorted: readonly ModelRoute[];
  private readonly remembered = new Map<string, ResolvedModel | undefined>();

  constructor(routes: readonly ModelRoute[]) {
    this.sorted = [...routes].sort((one, other) => specificity(other.match) - specificity(one.match));
  }

  /** Exact names and patterns in the configuration. */
  get names(): readonly string[] {
    return this.sorted.map(({ match }) => match);
  }

  /** Where a model's calls go; undefined for a model that no route has. */
  resolve(model: string): ResolvedModel | undefined {
    if (this.remembered.has(model)) return this.remembered.get(model);
    const route = this.sorted.find(({ match }) => fits(match, model));
    const resolved = route && resolvedBy(route, model);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(model, resolved);
    return resolved;
  }
}

function resolvedBy(route: ModelRoute, model: string): ResolvedModel {
  const first = { provider: route.provider, model: route.model ?? model };
  return {
    targets: [first, ...(route.fallbacks ?? [])],
    maxOutputTokens: route.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
  };
}

function fits(match: string, model: string): boolean {
  return match.endsWith('*') ? model.startsWith(match.slice(0, -1)) : model === match;
}

function specificity(match: string): number {
  return match.endsWith('*') ? match.length - 1 : Number.MAX_SAFE_INTEGER;
}
