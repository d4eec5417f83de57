/** The setting `rotation`: which generated credentials are drawn anew. */
import { z } from "zod";
import { jsonText } from "./text-formats";

const reason = "must have whole numbers from 1 to 999999 below grafana or storage";

/**
 * A number, which `pulumi config set --path` stores as one and without it as text. Not a date: Pulumi's
 * CLI reads `2026-11-24` in a stack's file now as text and now as a time, and each would draw anew.
 */
const number = z
  .union([z.string(), z.number()], reason)
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,5}$/, reason));

/** Each is drawn anew when its number changes, which includes setting the first one and removing it. */
export const rotation = jsonText(
  z.strictObject({ grafana: number.optional(), storage: number.optional() }, reason),
  reason,
);
