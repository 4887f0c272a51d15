import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Rate } from 'k6/metrics';
import type { Client } from './client.ts';

const llmTimeouts = new Rate('llm_timeouts');
const llmCacheHits = new Rate('llm_cache_hits');

/** k6's code of a request that took longer than its timeout. */
const REQUEST_TIMEOUT = 1050;

/** What a virtual user does once: a request, sent, judged and counted. */
export function visitor(client: Client): () => void {
  return () => {
    const request = client.next(exec.scenario.iterationInTest);
    const { method, name, kind = 'api', status } = request.entry;
    const response = http.request(method, request.url, request.body, {
      headers: { ...request.headers },
      tags: { name, kind },
      timeout: request.timeoutMs,
      // A redirect is an answer, and may lead away from the system under test.
      redirects: 0,
      responseType: request.readsBody ? 'text' : 'none',
    });
    const verdict = client.take(request, {
      status: response.status,
      timedOut: response.error_code === REQUEST_TIMEOUT,
      body: typeof response.body === 'string' ? response.body : '',
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([header, value]) => [header.toLowerCase(), value]),
      ),
    });
    check(response, { [`${name} answers ${status}`]: () => verdict.expected }, { kind });
    if (verdict.llmTimedOut !== undefined) llmTimeouts.add(verdict.llmTimedOut);
    if (verdict.cacheHit !== undefined) llmCacheHits.add(verdict.cacheHit);
  };
}
