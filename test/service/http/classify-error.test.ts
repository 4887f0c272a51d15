import { classifyError } from '../../../service/http/classify-error';
import { QueueFullError } from '../../../service/requests/write/group-commit';

describe('the answer to an error', () => {
  test('tells callers to come back where too many records wait to be stored', () => {
    expect(classifyError(new QueueFullError('9 calls wait'))).toMatchObject({
      status: 503,
      code: 'database_unavailable',
      retryAfterSeconds: 2,
    });
  });

  test('tells callers to ask for less where a question takes too long, not to repeat it', () => {
    const timeout = Object.assign(new Error('canceling statement due to statement timeout'), {
      code: '57014',
    });
    const problem = classifyError(timeout, { readsPeriod: true });
    expect(problem).toMatchObject({ status: 400, code: 'period_too_long' });
    expect(problem).not.toHaveProperty('retryAfterSeconds');
    expect(classifyError(timeout)).toMatchObject({ status: 503, code: 'database_unavailable' });
  });

  test('says nothing about an unknown error', () => {
    expect(classifyError(new TypeError('secret'))).toMatchObject({ status: 500, code: 'internal_error' });
    expect(JSON.stringify(classifyError(new TypeError('secret')))).not.toContain('secret');
  });
});
