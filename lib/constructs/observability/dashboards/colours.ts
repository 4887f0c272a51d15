/**
 * Colours that people of any colour vision tell apart, on a light and on a dark page: M. Okabe and K. Ito, "Color
 * Universal Design" (https://jfly.uni-koeln.de/color/), and a grey.
 */
const BLUE = '#0072B2';
const GREEN = '#009E73';
const PURPLE = '#CC79A7';
const SKY = '#56B4E9';
const GREY = '#7F7F7F';
const ORANGE = '#E69F00';
const VERMILLION = '#D55E00';

/** Colours of series, in order. Orange and vermillion are reserved for limits. */
export const SERIES_COLOURS: readonly string[] = [BLUE, GREEN, PURPLE, SKY, GREY];

/** Colour of a value that keeps its limit. */
export const KEPT_COLOUR = BLUE;

/** Colours of limits by their severity; `bound` is the end of a resource. */
export const LIMIT_COLOURS = { page: VERMILLION, ticket: ORANGE, bound: GREY } as const;
