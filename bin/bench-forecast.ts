/** `npm run bench:forecast`: what a forecast with its decision costs, rebuilt from history and with saved state. */
import { adaptiveRule } from '../lambda/predictive-scaler/decision/adaptive-rule';
import { SEED_CAPACITY } from '../lambda/predictive-scaler/decision/capacity';
import { ISSUE_MINUTES } from '../lambda/predictive-scaler/decision/floor-candidates';
import { Forecaster } from '../lambda/predictive-scaler/model/forecaster';
import { type LoadHistory, loadHistory } from '../lambda/predictive-scaler/model/load-history';
import { expectedLines, parseOptions, run, type Terminal } from './cli/command';

const HELP = `Measures the forecaster and the adaptive rule on generated one-minute data.

Usage: npm run bench:forecast -- [options]

  --json   print the figures as JSON
  --help   print this

A forecast of 15 and 30 minutes and of the peak, and the decision from it. Rebuilt: trained and proven on the history.
With state: loaded from what was saved, five minutes later. Ratios compare with 15 days, all that a forecast ever
reads. Exit codes: 0 measured, 1 the call is wrong.`;

const DAY_MINUTES = 1440;
const HISTORY_DAYS = [7, 15, 30];
const SETTINGS = {
  capacity: SEED_CAPACITY,
  startMinutes: 3,
  intervalMinutes: 15,
  hpaTarget: { allowed: true },
} as const;
const OPTIONS = {
  horizonsMinutes: [15, 30],
  peakWindow: {
    delayMinutes: ISSUE_MINUTES,
    lengthMinutes: SETTINGS.intervalMinutes + SETTINGS.startMinutes,
  },
};

/** Days of loads that the rule may replay. */
const REPLAY_DAYS = 4;

/** Runs of each measurement, of which the least counts: others were disturbed. */
const RUNS = 3;

interface Figures {
  readonly historyDays: number;
  readonly rebuiltSeconds: number;
  readonly withStateSeconds: number;
  /** What is saved, KiB. */
  readonly stateKib: number;
  /** Memory of the process after it, MiB. */
  readonly memoryMib: number;
}

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = parseOptions(argv, {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (options.help) {
      terminal.print(HELP);
      return 0;
    }
    const figures = HISTORY_DAYS.map(measure);
    terminal.print(options.json ? JSON.stringify(figures, null, 2) : tableOf(figures));
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

function measure(historyDays: number): Figures {
  const history = generatedHistory(historyDays);
  // An hour before midnight: a whole day of forecasts to catch up with.
  const origin = historyDays * DAY_MINUTES - 60;
  const times = Array.from({ length: RUNS }, () => {
    const forecaster = new Forecaster(OPTIONS);
    const rebuiltSeconds = secondsOf(() => decideAt(forecaster, history, origin));
    const saved = forecaster.save();
    const withStateSeconds = secondsOf(() => {
      decideAt(Forecaster.load(OPTIONS, saved) as Forecaster, history, origin + 5);
    });
    return { rebuiltSeconds, withStateSeconds, stateKib: saved.length / 1024 };
  });
  return {
    historyDays,
    rebuiltSeconds: Math.min(...times.map((time) => time.rebuiltSeconds)),
    withStateSeconds: Math.min(...times.map((time) => time.withStateSeconds)),
    stateKib: times[0]?.stateKib ?? 0,
    memoryMib: process.memoryUsage().rss / 2 ** 20,
  };
}

function decideAt(forecaster: Forecaster, history: LoadHistory, originMinute: number): void {
  const forecast = forecaster.forecast(history, originMinute);
  const firstMinute = originMinute - REPLAY_DAYS * DAY_MINUTES;
  const recent = { firstMinute, loads: history.loadsByMinute(firstMinute, originMinute) };
  adaptiveRule({ forecast, past: forecaster.pastForecasts(history, originMinute), recent }, SETTINGS);
}

function secondsOf(work: () => unknown): number {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Days and weeks, a trend, noise: the same every time. */
function generatedHistory(days: number): LoadHistory {
  const samples = Array.from({ length: days * DAY_MINUTES }, (_, minute) => {
    const ofDay = Math.sin((2 * Math.PI * minute) / DAY_MINUTES);
    const ofWeek = Math.sin((2 * Math.PI * minute) / (7 * DAY_MINUTES));
    const noise = ((Math.imul(minute, 2_654_435_761) >>> 8) % 1000) / 1000;
    return { minute, load: 1000 + 400 * ofDay + 100 * ofWeek + minute / 100 + 120 * noise };
  });
  return loadHistory(samples, 1, 0, days * DAY_MINUTES);
}

function tableOf(figures: readonly Figures[]): string {
  const base = figures.find(({ historyDays }) => historyDays === 15) as Figures;
  const rows = figures.map(({ historyDays, rebuiltSeconds, withStateSeconds, stateKib, memoryMib }) =>
    [
      `${historyDays} days`.padStart(8),
      `${rebuiltSeconds.toFixed(2)} s rebuilt (x${(rebuiltSeconds / base.rebuiltSeconds).toFixed(2)})`.padStart(
        26,
      ),
      `${withStateSeconds.toFixed(3)} s with state`.padStart(22),
      `${stateKib.toFixed(0)} KiB saved`.padStart(17),
      `${memoryMib.toFixed(0)} MiB`.padStart(10),
    ].join(''),
  );
  return rows.join('\n');
}

if (require.main === module) run(main);
