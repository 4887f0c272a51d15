import type { FastifyReply, FastifyRequest } from 'fastify';
import { anthropicMessages } from '../../gateway/formats/anthropic-messages';
import { openaiChat } from '../../gateway/formats/openai-chat';
import { readOn } from '../read-on';

/** What the gateway serves, below the version of the providers' APIs, with its method. */
const SERVED: ReadonlyMap<string, 'GET' | 'POST'> = new Map([
  ['chat/completions', 'POST'],
  ['responses', 'POST'],
  ['embeddings', 'POST'],
  ['messages', 'POST'],
  ['messages/count_tokens', 'POST'],
  ['models', 'GET'],
]);

/**
 * Resources of the providers' APIs, by the first part of their paths: whoever asks for one is a provider's client.
 *
 * Source: platform.openai.com/docs/api-reference and platform.claude.com/docs/en/api/overview
 */
const RESOURCES: ReadonlySet<string> = new Set([
  ...['chat', 'completions', 'responses', 'embeddings', 'messages', 'models', 'complete', 'edits', 'engines'],
  ...['images', 'videos', 'audio', 'realtime', 'moderations', 'files', 'uploads', 'batches', 'containers'],
  ...['fine_tuning', 'fine-tunes', 'evals', 'assistants', 'threads', 'conversations', 'vector_stores'],
  ...['skills', 'organization', 'organizations', 'deployments'],
]);

/** Resources that only Anthropic's API has. */
const ANTHROPICS: ReadonlySet<string> = new Set(['messages', 'complete']);

/** Beginnings that people put before a path by mistake: our prefix, the version, and that of Azure's addresses. */
const PREFIXES: ReadonlySet<string> = new Set(['api', 'v1', 'openai']);

/** Longest address that an answer repeats, characters. */
const MAX_SHOWN = 200;

/**
 * Answers an unknown route in the shape of a provider's API where a provider's client asks for it: problem details say
 * nothing to such a client, and many then show no message at all.
 * @returns undefined for all other requests
 */
export function answerUnknownCall(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const { method, url, headers, id } = request;
  const path = url.split('?')[0] ?? '';
  const parts = path.split('/').filter((part) => part !== '');
  const begin = parts.findIndex((part) => !PREFIXES.has(part));
  const wanted = begin < 0 ? [] : parts.slice(begin);
  const [resource = ''] = wanted;
  const isAnthropic = headers['anthropic-version'] !== undefined || ANTHROPICS.has(resource);
  // The providers' own clients name themselves so.
  const isProviderClient = isAnthropic || headers['x-stainless-lang'] !== undefined;
  if (!isProviderClient && !RESOURCES.has(resource)) return undefined;
  readOn(request, reply);
  const asked = `${method} ${path.slice(0, MAX_SHOWN)}`;
  const message = `The gateway has no ${asked}. ${remedy(method, wanted.join('/'))}`;
  const format = isAnthropic ? anthropicMessages : openaiChat;
  const { status, body } = format.failure({ kind: 'not_found', code: 'unknown_url', message, requestId: id });
  return reply.code(status).type('application/json').send(body);
}

/** What the caller can do in place of it. */
function remedy(method: string, wanted: string): string {
  const served = SERVED.get(wanted);
  if (served !== undefined && served !== method) return `Send it by ${served}.`;
  if (served !== undefined) return `Set the base URL of your client: ${baseUrlFor(wanted)}`;
  if (wanted === 'completions') return 'Use POST /api/v1/chat/completions.';
  if (wanted === 'complete') return 'Use POST /api/v1/messages.';
  if (wanted.startsWith('responses/')) {
    return 'It creates responses and keeps none: send the earlier turns as input, or ask the provider itself.';
  }
  const list = [...SERVED].map(([path, how]) => `${how} /api/v1/${path}`).join(', ');
  return `It serves ${list}. Send other calls to the provider itself; POST /api/v1/requests takes a record of their usage.`;
}

function baseUrlFor(wanted: string): string {
  if (wanted.startsWith('messages')) {
    return "Anthropic's SDK takes this host with /api and adds /v1/messages itself; clients that add only /messages take it with /api/v1.";
  }
  return "OpenAI's clients take this host with /api/v1. Anthropic's SDK takes it with /api.";
}
