/** Names of models that may be called; null: all. */
export type AllowedModels = readonly string[] | null;

/** Models that two lists both allow, such as those of a key and of its project. */
export function commonModels(one: AllowedModels, other: AllowedModels): AllowedModels {
  if (one === null || other === null) return one ?? other;
  return one.filter((model) => other.includes(model));
}

/** Whether a list allows a model. Names are compared as they are: a list names models as callers do. */
export function allowsModel(allowed: AllowedModels, model: string): boolean {
  return allowed === null || allowed.includes(model);
}
