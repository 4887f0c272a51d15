import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { BodyBudget } from '../../../service/http/body-budget';

describe('the bodies in memory', () => {
  const response = () => new EventEmitter() as unknown as ServerResponse;
  const onRefused = jest.fn();
  beforeEach(() => onRefused.mockClear());
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('count with their received bytes until the answer has been sent', async () => {
    const budget = new BodyBudget({ maxBytes: 10, onRefused });
    const [body, answer] = [new PassThrough(), response()];
    const counted = budget.count(body, answer);
    counted.resume();
    expect(budget.heldBytes).toBe(0);
    body.end('12345678');
    await turn();
    expect(budget.heldBytes).toBe(8);
    answer.emit('close');
    answer.emit('close');
    expect(budget.heldBytes).toBe(0);
  });

  test('fail with 503 above the bound, and leave the room to the others', async () => {
    const budget = new BodyBudget({ maxBytes: 10, onRefused });
    const first = new PassThrough();
    budget.count(first, response()).resume();
    first.write('12345');
    await turn();
    const second = new PassThrough();
    const counted = budget.count(second, response());
    const failed = new Promise((resolve) => counted.once('error', resolve));
    counted.resume();
    second.write('123');
    await turn();
    expect(budget.heldBytes).toBe(8);
    second.write('456');
    expect(await failed).toMatchObject({
      problem: { status: 503, code: 'overloaded', retryAfterSeconds: 1 },
    });
    expect(onRefused).toHaveBeenCalledTimes(1);
    expect(budget.heldBytes).toBe(5);
    first.write('67890');
    await turn();
    expect(budget.heldBytes).toBe(10);
  });

  test('count no more once their connection is lost', async () => {
    const budget = new BodyBudget({ maxBytes: 10, onRefused });
    const [body, answer] = [new PassThrough(), response()];
    const counted = budget.count(body, answer);
    counted.on('error', () => undefined).resume();
    body.write('123');
    await turn();
    answer.emit('close');
    body.write('456');
    await turn();
    expect(budget.heldBytes).toBe(0);
    body.destroy(new Error('aborted'));
    await turn();
    expect(counted.destroyed).toBe(true);
  });

  test('count with the size in their header where they are small: a slow sender keeps little', () => {
    const budget = new BodyBudget({ maxBytes: 1000, onRefused });
    const small = (bytes: number, headers = {}) =>
      Object.assign(new PassThrough(), { headers: { 'content-length': String(bytes), ...headers } });
    const answer = response();
    const body = small(900);
    // The body itself: a stream in between would cost more than the record in it.
    expect(budget.count(body, answer)).toBe(body);
    expect(budget.heldBytes).toBe(900);
    expect(() => budget.count(small(200), response())).toThrow('too many bodies');
    expect(budget.count(small(200, { 'content-encoding': 'gzip' }), response())).not.toBe(body);
    expect(budget.heldBytes).toBe(900);
    answer.emit('close');
    expect(budget.heldBytes).toBe(0);
  });
});
