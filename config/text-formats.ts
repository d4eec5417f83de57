/** How values stand in a stack's configuration: as text, whatever their type. */
import { z } from "zod";

/** Text that is empty, or of this form. */
export function emptyOr(form: RegExp, message: string) {
  return z.string().refine((text) => text === "" || form.test(text), message);
}

/** A list or an object, which `pulumi config` stores as JSON text. */
export function jsonText<T extends z.ZodType>(content: T, message: string) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue(message);
        return z.NEVER;
      }
    })
    .pipe(content);
}
