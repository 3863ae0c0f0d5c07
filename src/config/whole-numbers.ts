/** Whole numbers of settings. */
import { z } from 'zod';

/** A whole number, as YAML has it or as the digits of an environment variable. */
export const whole = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value),
    z.number().int().min(least).max(most),
  );

/** From a moment to a day. */
export const milliseconds = whole(10, 86_400_000);
