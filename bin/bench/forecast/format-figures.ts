import { BASE_DAYS, type ForecastFigures } from './measure-forecasts';

/** The figures as a table, a line for each length of history. */
export function formatFigures(figures: readonly ForecastFigures[]): string {
  const base = figures.find(({ historyDays }) => historyDays === BASE_DAYS) as ForecastFigures;
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
