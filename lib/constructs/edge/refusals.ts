import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';

/** Seconds after which a blocked caller may try again: WAF looks at its counters several times a minute. */
const RETRY_AFTER_SECONDS = 60;

/** Why the web ACL refuses a request. */
export type Refusal = 'rate-limited' | 'forbidden';

const STATUS: Readonly<Record<Refusal, number>> = { 'rate-limited': 429, forbidden: 403 };

/**
 * Bodies by name. WAF does not know which client it refuses, so each body is problem details and has `error`, which the
 * client libraries of OpenAI and Anthropic read.
 */
export const REFUSALS: Readonly<Record<Refusal, CfnWebACL.CustomResponseBodyProperty>> = {
  'rate-limited': bodyOf(429, {
    title: 'Too Many Requests',
    detail: 'Too many requests in five minutes. Send fewer, or ask for a higher limit.',
    code: 'rate_limited',
    errorType: 'rate_limit_error',
  }),
  forbidden: bodyOf(403, {
    title: 'Forbidden',
    detail: 'This host takes requests through its content delivery network only.',
    code: 'forbidden',
    errorType: 'permission_error',
  }),
};

/** Action of a rule that blocks with a JSON body. */
export function refusal(name: Refusal): CfnWebACL.RuleActionProperty {
  return {
    block: {
      customResponse: {
        responseCode: STATUS[name],
        customResponseBodyKey: name,
        responseHeaders:
          name === 'rate-limited' ? [{ name: 'retry-after', value: String(RETRY_AFTER_SECONDS) }] : undefined,
      },
    },
  };
}

function bodyOf(
  status: number,
  words: {
    readonly title: string;
    readonly detail: string;
    readonly code: string;
    readonly errorType: string;
  },
): CfnWebACL.CustomResponseBodyProperty {
  const { title, detail, code, errorType } = words;
  const error = { type: errorType, message: detail, param: null, code };
  return {
    contentType: 'APPLICATION_JSON',
    content: JSON.stringify({ type: 'error', title, status, code, detail, error }),
  };
}
