/** A record without an id: each time it is sent it is a new one. */
export const RECORD = {
  user: '{user}',
  timestamp: '{now}',
  provider: 'openai',
  model: 'gpt-4o-mini',
  prompt: 'A load test recorded this request.',
  tokens: { input: 12, output: 34 },
  latency_ms: 56,
  status: 'completed',
  tags: { source: 'load-test' },
};

/** Records of a call that stores a batch. */
const BATCH_RECORDS = 20;

export const BATCH = Array.from({ length: BATCH_RECORDS }, () => RECORD);
