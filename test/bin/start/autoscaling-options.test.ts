import { parseOptions } from '../../../bin/cli/command';
import { OPTIONS, type StartOptions, startOptions } from '../../../bin/start/start-options';

const autoscalingOf = (...argv: string[]) => startOptions(parseOptions(argv, OPTIONS), {}).autoscaling;

describe('the HPA of npm start', () => {
  test.each<[string, argv: string[], autoscaling: StartOptions['autoscaling']]>([
    ['is not there for one pod', [], null],
    ['is there for several', ['--pods', '3'], { maxPods: 6, syncSeconds: 15, speed: 1 }],
    ['is there for one pod with a maximum', ['--max-pods', '4'], { maxPods: 4, syncSeconds: 15, speed: 1 }],
    ['has at least the pods that were asked for', ['--pods', '8'], { maxPods: 8, syncSeconds: 15, speed: 1 }],
    [
      'takes all its numbers',
      [
        '--pods',
        '2',
        '--max-pods',
        '5',
        '--requests-per-pod',
        '2.5',
        '--hpa-sync-seconds',
        '20',
        '--speed',
        '60',
      ],
      { maxPods: 5, requestsPerPod: 2.5, syncSeconds: 20, speed: 60 },
    ],
  ])('%s', (_, argv, autoscaling) => {
    expect(autoscalingOf(...argv)).toEqual(autoscaling);
  });

  test.each<[argv: string[], message: string]>([
    [['--pods', '4', '--max-pods', '3'], '--max-pods must be a whole number between 4 and 16, got 3'],
    [['--requests-per-pod', '0'], '--requests-per-pod must be a number above 0, got 0'],
    [['--speed', '100'], '--speed must be a number between 1 and 60, got 100'],
    [['--hpa-sync-seconds', '0'], '--hpa-sync-seconds must be a number between 1 and 60, got 0'],
    [
      ['--speed', '60', '--hpa-sync-seconds', '10'],
      '--hpa-sync-seconds must be at least 15 at --speed 60, got 10',
    ],
  ])('refuses %j', (argv, message) => {
    expect(() => autoscalingOf(...argv)).toThrow(message);
  });
});
