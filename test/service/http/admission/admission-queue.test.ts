import {
  AdmissionQueue,
  BURST_WAIT_MS,
  type Decide,
  MOST_WAITING,
  type Rank,
  STANDING_WAIT_MS,
  type Work,
} from '../../../../service/http/admission/admission-queue';
import { FIRST_LIMIT, TARGET_TURN_MS } from '../../../../service/http/admission/work-limit';

/** A queue whose turns and time a test decides. */
function testQueue() {
  let nowMs = 1000;
  let deferred: (() => void)[] = [];
  const queue = new AdmissionQueue({ clock: () => nowMs, defer: (work) => deferred.push(work) });
  const works: Work[] = [];
  const refused: string[] = [];
  const order: Rank[] = [];
  /** Work of each request that was let in takes so long, ms. */
  let workMs = 0;
  const enter = (count: number, rank: Rank = 'first') => {
    const decide: Decide = (decision) => {
      if (typeof decision === 'string') refused.push(decision);
      else {
        works.push(decision);
        order.push(rank);
        nowMs += workMs;
      }
    };
    for (let index = 0; index < count; index += 1) queue.enter(rank, decide);
  };
  const pass = (milliseconds = 0) => {
    nowMs += milliseconds;
    const now = deferred;
    deferred = [];
    for (const work of now) work();
  };
  const end = (count: number) => {
    for (const work of works.splice(0, count)) work.end();
    pass();
  };
  const takes = (milliseconds: number) => {
    workMs = milliseconds;
  };
  return { queue, works, refused, order, enter, pass, end, takes };
}

/** A queue in which so many requests wait behind those that are worked on. */
function fullQueue(waiting: number, rank: Rank = 'first') {
  const test = testQueue();
  test.enter(FIRST_LIMIT + waiting, rank);
  return test;
}

test('as many requests as the limit are worked on; the next ones follow as others end', () => {
  const { queue, works, end } = fullQueue(50);
  expect([works.length, queue.size]).toEqual([FIRST_LIMIT, 50]);
  end(30);
  expect([queue.working, queue.size]).toEqual([FIRST_LIMIT, 20]);
  end(FIRST_LIMIT);
  expect([queue.working, queue.size]).toEqual([20, 0]);
});

test('ending a work again changes nothing', () => {
  const { queue, works, pass } = fullQueue(2);
  const [work] = works;
  work?.end();
  work?.end();
  pass();
  expect([queue.working, queue.size]).toEqual([FIRST_LIMIT, 1]);
});

test('a burst waits for as long as a burst may, and no request of it is refused', () => {
  const { queue, refused, pass, end } = fullQueue(200);
  pass(BURST_WAIT_MS);
  queue.sweep();
  expect(refused).toEqual([]);
  for (let turn = 0; turn < 4; turn += 1) end(FIRST_LIMIT);
  expect([queue.size, refused.length]).toEqual([0, 0]);
});

test('a burst that lasts too long is refused', () => {
  const { queue, refused, pass } = fullQueue(200);
  pass(BURST_WAIT_MS + 1);
  queue.sweep();
  expect(refused).toEqual(Array(200).fill('queue_time'));
});

test('in a queue that stays, requests wait for a short time only, also when refusals have emptied it', () => {
  const { queue, refused, enter, pass } = fullQueue(200);
  pass(BURST_WAIT_MS + 1);
  queue.sweep();
  enter(10);
  pass(STANDING_WAIT_MS + 1);
  queue.sweep();
  expect(refused.length).toBe(210);
});

test('after a moment with room the next queue is a burst again', () => {
  const { queue, refused, enter, pass, end } = fullQueue(1);
  pass(BURST_WAIT_MS + 1);
  queue.sweep();
  end(1);
  enter(11);
  pass(STANDING_WAIT_MS + 1);
  queue.sweep();
  expect([queue.size, refused.length]).toEqual([10, 1]);
});

test('room that became free is used before anybody is refused', () => {
  const { queue, works, refused, pass } = fullQueue(5);
  for (const work of works.splice(0, 5)) work.end();
  pass(BURST_WAIT_MS + 1);
  queue.sweep();
  expect([queue.size, refused.length]).toEqual([0, 0]);
});

test('the queue is bounded', () => {
  const { queue, refused } = fullQueue(MOST_WAITING + 3);
  expect([queue.size, refused]).toEqual([MOST_WAITING, Array(3).fill('queue_full')]);
});

test('records and calls go before questions, of which some are answered all the same', () => {
  const { order, enter, end } = fullQueue(0);
  enter(80, 'later');
  enter(80);
  order.length = 0;
  end(64);
  const questions = order.filter((rank) => rank === 'later').length;
  expect(questions).toBe(8);
});

test('questions alone have all the room', () => {
  const { order, end } = fullQueue(20, 'later');
  order.length = 0;
  end(20);
  expect(order).toEqual(Array(20).fill('later'));
});

test('work without a pause ends the turn, and goes on in the next ones', () => {
  const { queue, works, enter, pass, takes } = testQueue();
  takes(5);
  enter(100);
  const inTurn = Math.ceil(TARGET_TURN_MS / 2 / 5);
  expect([works.length, queue.size]).toEqual([inTurn, 100 - inTurn]);
  pass();
  expect(works.length).toBe(2 * inTurn);
  pass();
  expect(works.length).toBe(3 * inTurn);
});

test('long turns lower the limit, short ones raise it while requests wait', () => {
  const { queue, enter, end } = fullQueue(20);
  queue.adapt(2 * TARGET_TURN_MS);
  end(FIRST_LIMIT);
  enter(100);
  const low = queue.working;
  expect(low).toBeLessThan(FIRST_LIMIT);
  queue.adapt(1);
  expect(queue.working).toBeGreaterThan(low);
});
