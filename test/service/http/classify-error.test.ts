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

  test('says nothing about an unknown error', () => {
    expect(classifyError(new TypeError('secret'))).toMatchObject({ status: 500, code: 'internal_error' });
    expect(JSON.stringify(classifyError(new TypeError('secret')))).not.toContain('secret');
  });
});
