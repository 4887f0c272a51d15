import { requestLogger } from '../../../service/http/request-logger';
import { createLogger } from '../../../service/telemetry/logger';

function linesOf(use: (parent: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  use(createLogger({ level: 'info', pod: 'pod-1', destination }));
  return lines.map((line) => JSON.parse(line));
}

describe('the logger of a request', () => {
  test('adds the id of the request to each line, and keeps the level and the secrets of its parent', () => {
    const lines = linesOf((parent) => {
      const logger = requestLogger(parent, { reqId: 'a1' });
      logger.debug('not written');
      logger.warn({ prompt: 'secret', code: 'late' }, 'first');
      logger.child({ part: 'cache' }).error('second');
    });
    expect(lines).toMatchObject([
      { level: 'warn', reqId: 'a1', pod: 'pod-1', code: 'late', msg: 'first' },
      { level: 'error', reqId: 'a1', part: 'cache', msg: 'second' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('makes nothing before the first line', () => {
    linesOf((parent) => {
      const child = jest.spyOn(parent, 'child');
      const logger = requestLogger(parent, { reqId: 'a1' });
      expect(child).not.toHaveBeenCalled();
      logger.info('one');
      logger.info('two');
      expect(child).toHaveBeenCalledTimes(1);
    });
  });
});
