/** The setting `helmValues`: values of the owner's own for the charts of a stack. */
import { z } from "zod";
import type { chartKeys } from "./chart-keys";
import { jsonText } from "./text-formats";

/** A release of a stack, as settings and arguments call it. */
export type ReleaseKey = keyof typeof chartKeys;

/** Values as Helm takes them; what the program sets is merged under them, objects deeply, lists as a whole. */
export type HelmValues = Readonly<Record<string, unknown>>;

/** Values for each release that a stack has. */
export type OwnHelmValues = Readonly<Partial<Record<ReleaseKey, HelmValues>>>;

const reason =
  'must be Helm values below the names of releases, such as {"loki":{"loki":{"limits_config":{"max_query_series":5000}}}}';

/** Which releases there are, and what may not be in them, is for rules/helm-values.ts to say. */
export const helmValues = jsonText(
  z.record(z.string(), z.record(z.string(), z.unknown(), reason), reason),
  reason,
);
