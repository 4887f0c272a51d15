import { z } from 'zod';
import { problemSchema } from './problem';

/** Earliest and latest time of a question: outside, the calendar of PostgreSQL and that of JavaScript differ. */
const FIRST_TIME = Date.UTC(2000, 0, 1);
const LAST_TIME = Date.UTC(2100, 0, 1);

/** Text that PostgreSQL can store: without NUL and lone surrogates. */
export function textSchema(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !/\0|\p{Surrogate}/u.test(text), {
      error: 'must have no NUL character and no lone surrogate',
    });
}

/** A time, RFC 3339. */
export const timeSchema = z.iso
  .datetime({ offset: true, error: 'must be a time with its zone, such as 2026-01-31T12:00:00Z' })
  .transform((text) => new Date(text))
  .refine((time) => time.getTime() >= FIRST_TIME && time.getTime() < LAST_TIME, {
    error: 'must be from 2000 to 2099',
  });

const TIME_OR_DAY =
  'must be a day, such as 2026-01-31, or a time with its zone, such as 2026-01-31T12:00:00Z';

/** A time, or a day that stands for its begin in the zone of the question. */
export const timeOrDaySchema = z.union([timeSchema, z.iso.date({ error: TIME_OR_DAY })], {
  error: TIME_OR_DAY,
});

/** A time of an answer, RFC 3339 in UTC. */
export const timestampSchema = z.iso.datetime();

/** Rows of a page. */
export function limitSchema(most: number) {
  return z.coerce.number().int().min(1).max(most).default(100).describe(`Rows of a page, 1 to ${most}`);
}

/** `name:value` of tags, each parameter one; a request must have all of them. */
const tagsSchema = z
  .union([z.string(), z.array(z.string()).max(16)])
  .transform((tags) => [tags].flat())
  .pipe(z.array(textSchema(321).regex(/^[^:]{1,64}:/, { error: 'must be name:value' })))
  .transform((tags) =>
    Object.fromEntries(
      tags.map((tag) => [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)] as const),
    ),
  )
  .optional()
  .describe('Tag that a request must have, `name:value`; may be given several times');

/** Filters of requests and costs. */
export const sharedFilters = {
  project: z.uuid().optional().describe('Project; keys of the organisation see all'),
  user: textSchema(128).optional().describe('Id of the user'),
  provider: textSchema(64).optional(),
  model: textSchema(256).optional(),
  tag: tagsSchema,
};

/** Parameter of a path. */
export const idParams = z.object({ id: z.uuid() });

/** A list as answers show it. */
export function listSchema<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), next_cursor: z.string().nullable() });
}

/** A list of rows of which the number is known, at least up to a bound. */
export function countedListSchema<T extends z.ZodType>(row: T) {
  return listSchema(row).extend({
    total: z.object({
      count: z.int(),
      exact: z.boolean().describe('Whether `count` is exact; otherwise it is at least this'),
    }),
    limits: z.array(z.string()).describe('Limits that shaped this answer'),
  });
}

/** Answers of a route: those of success, and problem details for the rest. */
export function answers<T extends Record<number, z.ZodType>>(success: T) {
  return { ...success, '4xx': problemSchema, '5xx': problemSchema };
}

/** Time of a row as answers show it. */
export function isoOrNull(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
