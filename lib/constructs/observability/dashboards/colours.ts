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

/** Of series, in order. Orange and vermillion are kept for limits. */
export const SERIES_COLOURS: readonly string[] = [BLUE, GREEN, PURPLE, SKY, GREY];

/** Of what is as it should be. */
export const KEPT_COLOUR = BLUE;

/** Of limits, by who is told when they are passed; `bound` is what cannot be passed. */
export const LIMIT_COLOURS = { page: VERMILLION, ticket: ORANGE, bound: GREY } as const;
