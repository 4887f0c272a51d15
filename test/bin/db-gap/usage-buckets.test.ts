import { readUsage } from '../../../bin/db-gap/usage-buckets';

const FROM = new Date('2026-11-15T12:00:00.000Z');
const TO = new Date('2026-11-15T13:00:00.000Z');

const openai = {
  ...{ object: 'bucket', start_time: FROM.getTime() / 1000, end_time: TO.getTime() / 1000 },
  results: [
    { input_tokens: 1000, output_tokens: 500, input_cached_tokens: 800, num_model_requests: 5, model: null },
    { input_tokens: 10, num_model_requests: 1, model: 'text-embedding-3-small' },
  ],
};
const anthropic = {
  ...{ starting_at: '2026-11-15T12:00:00Z', ending_at: '2026-11-15T13:00:00Z' },
  results: [
    {
      ...{ uncached_input_tokens: 3, cache_read_input_tokens: 20, output_tokens: 550 },
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 7 },
    },
  ],
};

test.each([
  // Cached tokens are a part of OpenAI's input, and beside Anthropic's.
  ["OpenAI's usage", openai, { inputTokens: 1010, outputTokens: 500, requests: 6 }],
  ["Anthropic's usage", anthropic, { inputTokens: 130, outputTokens: 550, requests: null }],
  ['an empty bucket', { ...openai, results: [] }, { inputTokens: 0, outputTokens: 0, requests: 0 }],
])('reads %s', (_, bucket, sums) => {
  expect(readUsage(JSON.stringify({ data: [bucket] }), 'file')).toEqual([{ from: FROM, to: TO, ...sums }]);
});

test('reads several pages', () => {
  const page = JSON.stringify({ data: [openai, openai] });
  expect(readUsage(`${page}\n${page}\n`, 'file')).toHaveLength(4);
});

test.each([
  [{ data: [openai, { results: [] }] }],
  [{ data: [openai, { ...openai, results: [{ input_tokens: -1 }] }] }],
])('fails on %j', (page) => {
  expect(() => readUsage(JSON.stringify(page), 'file')).toThrow('file, bucket 2 must be a bucket of');
});
