import { API_NAME } from '../../../lib/config/names';
import type { Measurement, ResourcePlace } from '../looks';

/** ConfigMap with the settings of the API's pods. */
export const SETTINGS = `${API_NAME}-settings`;

export const DISTRIBUTION: ResourcePlace = { stack: 'Cdn', type: 'AWS::CloudFront::Distribution' };

export const PARAMETERS: ResourcePlace = { stack: 'Data', type: 'AWS::RDS::DBParameterGroup' };

const FIGURES = 'docs/service-figures.md';
const BENCH = 'npm run bench:service';

/** What the project measured, and when. A page that changes makes its item unknown until the figure is here again. */
export const QUESTIONS: Measurement = {
  command: BENCH,
  date: '2026-11-27',
  page: FIGURES,
  figure: 'costs by day and model of a year (1,460 groups), from the database | 32.1 ms | 59.2 ms',
};

export const DEEP_PAGE: Measurement = {
  command: BENCH,
  date: '2026-11-27',
  page: FIGURES,
  figure: 'history, page 10,000 | 3.7 ms | 5.0 ms',
};

export const BATCHES: Measurement = {
  command: BENCH,
  date: '2026-11-27',
  page: FIGURES,
  figure: 'rows, in batches of 500, 8 connections | 15,581 | 25,359',
};

export const LEDGER_FAULTS: Measurement = {
  command: 'npm run drill:ledger',
  date: '2026-11-27',
  page: FIGURES,
  figure: '0 lost, 0 twice; the roll-ups count 123,479 of 123,479 requests',
};

export const GATEWAY_RATE: Measurement = {
  command: 'npm run bench:gateway',
  date: '2026-11-27',
  page: 'docs/gateway-figures.md',
  figure: 'answers of the cache a second, 32 connections | 3,695',
};
