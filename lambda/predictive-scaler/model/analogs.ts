import type { Question } from './features';
import { levelBefore } from './level';

/** Windows before the origin whose means describe the shape of the recent load, minutes. */
const SHAPE_MINUTES = [15, 30, 45, 90, 180, 360];

/** Past days that are searched. */
const DAYS = 13;
/** Largest distance from the same time of day, minutes. */
const REACH_MINUTES = 60;

/** Number of similar moments that are used; the most similar has the largest weight. */
const ANALOGS = 20;

/** Distance for half an hour's difference in time of day, in squared shape units. */
const CLOCK_DISTANCE = 0.02;

/** Distance for a window that is unknown in one of two shapes. */
const UNKNOWN_DISTANCE = 0.1;

interface Analog {
  readonly distance: number;
  /** Change from that moment's level to its target, divided by its scale. */
  readonly change: number;
}

/**
 * Analog forecast (nearest neighbours, after Lorenz 1969): finds moments of earlier days, at about this time of day,
 * whose previous hours were most similar, and uses how the load went on. It needs no training, so it suits a service
 * that repeats itself exactly, and one with a short history.
 * @returns load of the target bin, at least 0
 */
export function forecastByAnalogs(question: Question): number {
  const { level } = question;
  const analogs = similarMoments(question);
  if (analogs.length === 0) return level.load;
  const width = (analogs.at(-1) as Analog).distance + 1e-6;
  let sum = 0;
  let total = 0;
  for (const { distance, change } of analogs) {
    const weight = Math.exp((-2 * distance) / width);
    sum += weight * change;
    total += weight;
  }
  return Math.max(0, level.load + (level.scale * sum) / total);
}

function similarMoments(question: Question): Analog[] {
  const { history, calendar, origin, target, level } = question;
  const { binMinutes } = history;
  const shape = shapeBefore(question, origin, level.scale);
  const reach = Math.round(REACH_MINUTES / binMinutes);
  const analogs: Analog[] = [];
  for (let day = 1; day <= DAYS; day += 1) {
    const then = Math.round(calendar.daysBefore(origin * binMinutes, day) / binMinutes);
    if (then + reach < history.first) break;
    for (let shift = -reach; shift <= reach; shift += 1) {
      const bin = then + shift;
      const outcome = history.at(bin + target - origin);
      if (Number.isNaN(outcome)) continue;
      const levelThen = levelBefore(history, bin);
      if (levelThen === undefined) continue;
      const clock = CLOCK_DISTANCE * ((shift * binMinutes) / 30) ** 2;
      const distance = clock + shapeDistance(shape, shapeBefore(question, bin, levelThen.scale));
      analogs.push({ distance, change: (outcome - levelThen.load) / levelThen.scale });
    }
  }
  return analogs.sort((a, b) => a.distance - b.distance).slice(0, ANALOGS);
}

function shapeBefore({ history }: Question, bin: number, scale: number): number[] {
  return SHAPE_MINUTES.map((minutes) => history.mean(bin - history.binsIn(minutes), bin) / scale);
}

function shapeDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => {
    const difference = value - (b[index] as number);
    return sum + (Number.isNaN(difference) ? UNKNOWN_DISTANCE : difference * difference);
  }, 0);
}
