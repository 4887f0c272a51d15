import { runMeasured } from '../../../bin/load/run-measured';
import { StubApi } from '../../../bin/load/stub-api';

test('a warm-up offers up to half of the rate before the run, and the report counts none of it', async () => {
  const api = new StubApi('good', () => performance.now());
  const origin = await api.listen();
  const steps: string[] = [];
  const parameters = { RPS: '50', USERS: '0' };
  const plan = { scenario: 'load', seconds: 1, rateScale: 1, rampSeconds: null, parameters } as const;
  try {
    const { notes, run } = await runMeasured(
      { plan, warmUpSeconds: 1 },
      { origin },
      {
        searchPath: undefined,
        now: () => new Date(),
        clock: () => performance.timeOrigin + performance.now(),
        signal: new AbortController().signal,
        onStep: (line) => steps.push(line),
      },
    );
    const line = 'Warm-up, not measured: 1 s, up to 25 requests per second.';
    expect(notes).toContain(line);
    expect(steps[0]).toBe(line);
    expect(run.result.requests).toBeGreaterThan(0);
    // The server has answered more than the report counts.
    const answered = Object.values(api.received).reduce((sum, count) => sum + count, 0);
    expect(answered).toBeGreaterThan(run.result.requests);
  } finally {
    await api.close();
  }
});
