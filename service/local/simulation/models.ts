/**
 * The list of models, in Anthropic's shape where the client is Anthropic's.
 *
 * Source: platform.openai.com/docs/api-reference/models/list and platform.claude.com/docs/en/api/models-list
 */
export function modelsAnswer(names: readonly string[], isAnthropic: boolean): unknown {
  if (!isAnthropic) {
    const data = names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'simulated' }));
    return { object: 'list', data };
  }
  const data = names.map((id) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: '1970-01-01T00:00:00Z',
  }));
  return { data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}
