import fc from 'fast-check';
import type { GatewayCall } from '../../../service/gateway/call';
import { anthropicMessages } from '../../../service/gateway/formats/anthropic-messages';
import type { CallFormat } from '../../../service/gateway/formats/call-format';
import { openaiChat } from '../../../service/gateway/formats/openai-chat';
import { openaiEmbeddings } from '../../../service/gateway/formats/openai-embeddings';
import { openaiResponses } from '../../../service/gateway/formats/openai-responses';
import { planCall } from '../../../service/gateway/plan-call';
import { ReadBody } from '../../../service/gateway/read-body';
import { ModelRoutes } from '../../../service/gateway/upstream/model-routes';

const FORMATS = [openaiChat, openaiResponses, openaiEmbeddings, anthropicMessages];

const route = { model: null, fallbacks: [], maxOutputTokens: null };
const PLAN = {
  models: new ModelRoutes([
    { ...route, match: 'one-*', provider: 'one' },
    { ...route, match: 'two-*', provider: 'two' },
    { ...route, match: 'alias', provider: 'one', model: 'one-a' },
  ]),
  speaks: () => true,
};

/** All that the key of a kept answer is made of, and who asks. */
interface Asked {
  readonly project: string;
  readonly keyId: string;
  readonly user: string;
  readonly format: number;
  readonly model: string;
  readonly version: string;
  readonly beta: string;
  readonly text: string;
  readonly maxTokens: number;
  readonly stream: boolean;
}

/** Few values of each, so that calls often differ in one field only, and texts that could run into each other. */
const asked: fc.Arbitrary<Asked> = fc.record({
  project: fc.constantFrom('p1', 'p2', 'p1","one', ''),
  keyId: fc.constantFrom('k1', 'k2'),
  user: fc.constantFrom('ann', 'bob'),
  format: fc.nat({ max: FORMATS.length - 1 }),
  model: fc.constantFrom('one-a', 'two-a', 'one-b', 'alias'),
  version: fc.constantFrom('', '2023-06-01', '2024-01-01'),
  beta: fc.constantFrom('', 'x', 'x","y'),
  text: fc.oneof(fc.constantFrom('a', 'b', '"', 'p1'), fc.string({ maxLength: 5 })),
  maxTokens: fc.constantFrom(1, 2),
  stream: fc.boolean(),
});

/** The user where a body names it; an answer of Responses repeats its user, so that one belongs to the key. */
function userIn(format: (typeof FORMATS)[number] | undefined, user: string): object {
  if (format === openaiResponses) return {};
  return format === anthropicMessages ? { metadata: { user_id: user } } : { user };
}

function keyOf({ project, keyId, user, format, model, version, beta, text, maxTokens, stream }: Asked) {
  const body = {
    ...{ model, temperature: 0, max_tokens: maxTokens, input: text },
    ...userIn(FORMATS[format], user),
    messages: [{ role: 'user', content: text }],
    store: false,
    // Embeddings have no streams, so the word would be one that nobody knows.
    ...(FORMATS[format] !== openaiEmbeddings && { stream }),
  };
  const read = new ReadBody(FORMATS[format] as CallFormat, Buffer.from(JSON.stringify(body)));
  const call = {
    ...{ format: FORMATS[format], read, body, bytes: read.bytes, user: null },
    headers: { 'anthropic-version': version, 'anthropic-beta': beta },
    caller: {
      principal: { projectId: project, keyId },
      ...{ keyName: keyId, allowedModels: null, answerCaching: 'all' },
    },
    cacheWish: 'default',
  } as unknown as GatewayCall;
  return planCall(call, PLAN).cacheKey;
}

/** What has to be the same for two calls to share an answer: `alias` is `one-a`, who asks and how does not count. */
function sameAnswer({ project, format, model, version, beta, text, maxTokens }: Asked): string {
  const resolved = model === 'alias' ? 'one-a' : model;
  return JSON.stringify([project, format, resolved, version, beta, text, maxTokens]);
}

describe('the key of a kept answer', () => {
  test('differs between projects, whatever else is the same', () => {
    const property = fc.property(asked, asked, (one, other) => {
      fc.pre(one.project !== other.project);
      expect(keyOf({ ...other, project: one.project })).not.toBeNull();
      expect(keyOf({ ...one, project: other.project })).not.toBe(keyOf(one));
      expect(keyOf(other)).not.toBe(keyOf(one));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('differs between calls that may have different answers', () => {
    const property = fc.property(
      asked,
      asked,
      fc.constantFrom(...(Object.keys(FIELDS) as Field[])),
      (one, other, field) => {
        // Two calls that differ in at most one field.
        const changed = { ...one, [field]: other[field] };
        if (sameAnswer(one) !== sameAnswer(changed)) expect(keyOf(changed)).not.toBe(keyOf(one));
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });

  test('is the same whoever asks in a project, streamed or whole', () => {
    const property = fc.property(asked, asked, (one, { keyId, user, stream }) => {
      expect(keyOf({ ...one, keyId, user, stream })).toBe(keyOf(one));
    });
    fc.assert(property, { numRuns: 500 });
  });
});

type Field = keyof Asked;
const FIELDS: Readonly<Record<Field, true>> = {
  ...{ project: true, keyId: true, user: true, format: true, model: true },
  ...{ version: true, beta: true, text: true, maxTokens: true, stream: true },
};
