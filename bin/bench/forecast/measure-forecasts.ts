import { adaptiveRule } from '../../../lambda/predictive-scaler/decision/adaptive-rule';
import { SEED_CAPACITY } from '../../../lambda/predictive-scaler/decision/capacity';
import { ISSUE_MINUTES } from '../../../lambda/predictive-scaler/decision/floor-candidates';
import { Forecaster } from '../../../lambda/predictive-scaler/model/forecaster';
import { type LoadHistory, loadHistory } from '../../../lambda/predictive-scaler/model/load-history';

const DAY_MINUTES = 1440;

/** All the history that a forecast reads; ratios compare with it. */
export const BASE_DAYS = 15;

/** Lengths of history that are measured, days. */
const HISTORY_DAYS = [7, BASE_DAYS, 30];
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

/** Runs of each measurement. The fastest one counts: the others were slowed by other work on the machine. */
const RUNS = 3;

/** Figures of one length of history; `--json` prints a list of these. */
export interface ForecastFigures {
  /** Length of the history, days. */
  readonly historyDays: number;
  /** Time of a forecast with its decision that trains on the history, seconds. */
  readonly rebuiltSeconds: number;
  /** Time of one that loads its saved state, five minutes later, seconds. */
  readonly withStateSeconds: number;
  /** Size of the saved state, KiB. */
  readonly stateKib: number;
  /** Resident memory of the process afterwards, MiB. */
  readonly memoryMib: number;
}

/** Measures each length of history. */
export function measureForecasts(): ForecastFigures[] {
  return HISTORY_DAYS.map(measure);
}

function measure(historyDays: number): ForecastFigures {
  const history = generatedHistory(historyDays);
  // An hour before midnight, so that a whole day of forecasts has to be made up.
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

/** A deterministic history with a daily and a weekly pattern, a trend and noise. */
function generatedHistory(days: number): LoadHistory {
  const samples = Array.from({ length: days * DAY_MINUTES }, (_, minute) => {
    const ofDay = Math.sin((2 * Math.PI * minute) / DAY_MINUTES);
    const ofWeek = Math.sin((2 * Math.PI * minute) / (7 * DAY_MINUTES));
    const noise = ((Math.imul(minute, 2_654_435_761) >>> 8) % 1000) / 1000;
    return { minute, load: 1000 + 400 * ofDay + 100 * ofWeek + minute / 100 + 120 * noise };
  });
  return loadHistory(samples, 1, 0, days * DAY_MINUTES);
}
