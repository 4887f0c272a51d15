import type { Question } from './features';
import { levelBefore } from './level';

/** Windows before the origin whose means make the shape of the recent load, minutes. */
const SHAPE_MINUTES = [15, 30, 45, 90, 180, 360];

/** Days that are searched, and how far from the same time of day, minutes. */
const DAYS = 13;
const REACH_MINUTES = 60;

/** Similar moments that count, the most similar most. */
const ANALOGS = 20;

/** Distance of half an hour of the clock, in squared shape units. */
const CLOCK_DISTANCE = 0.02;

/** Distance of a window that only one of two shapes has. */
const UNKNOWN_DISTANCE = 0.1;

interface Analog {
  readonly distance: number;
  /** Change from the level of its day to the target, divided by its scale. */
  readonly change: number;
}

/**
 * Forecast by analogy (nearest neighbours, after Lorenz 1969): moments of earlier days at about this time whose last
 * hours looked most like now, and how they went on. Needs no training, so it follows a service that repeats itself
 * exactly, and one whose history is too short to learn from.
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
