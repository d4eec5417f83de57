import { z } from "zod";

const reason = "must have whole numbers from 1 to 999999 below grafana or storage";

/**
 * A number, which `pulumi config set --path` stores as one and without it as text. Not a date: Pulumi's
 * CLI reads `2026-11-24` in a stack's file now as text and now as a time, and each would draw anew.
 */
const number = z
  .union([z.string(), z.number()], reason)
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,5}$/, reason));

/**
 * What generated credentials are drawn for: an object as `pulumi config` stores it, JSON text. Each is
 * drawn anew when its number changes, which includes setting the first one and removing it.
 */
export const rotation = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue(reason);
      return z.NEVER;
    }
  })
  .pipe(z.strictObject({ grafana: number.optional(), storage: number.optional() }, reason));
