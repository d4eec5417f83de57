/** How values stand in a stack's configuration: as text, whatever their type. */
import { isIPv6 } from "node:net";
import { z } from "zod";

/** Text that is empty, or of this form. */
export function emptyOr(form: RegExp | ((text: string) => boolean), message: string) {
  const fits = form instanceof RegExp ? (text: string) => form.test(text) : form;
  return z.string().refine((text) => text === "" || fits(text), message);
}

/** A text with one reason why it cannot be, which depends on what it is; undefined where it can. */
export function textUnless(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const reason = problemOf(text);
    if (reason !== undefined) context.addIssue(reason);
  });
}

/** True or false, in these words. */
export const flag = z
  .enum(["true", "false"], "must be true or false")
  .transform((value) => value === "true");

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

/** A field that is true or false; `pulumi config set --path` may store either as text. */
export function jsonFlag(message: string) {
  return z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
    error: message,
  });
}

/** Annotations of an object; `pulumi config set --path` stores true and numbers as what they look like. */
export function annotations(names: string) {
  const name = z
    .string()
    .regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9][\w.-]*$/, names)
    .refine(
      (key) => !/^(pulumi\.com|lgtm)\//.test(key),
      "must have no annotations of Pulumi's or of this program's, which it sets itself",
    );
  const text = z.union([z.string(), z.union([z.boolean(), z.number()]).transform(String)], {
    error: "must have texts as values of annotations",
  });
  return z.record(name, text, {
    // What is wrong with a name is told as that.
    error: (issue) =>
      issue.code === "invalid_key"
        ? issue.issues[0]?.message
        : "must have an object as annotations",
  });
}

/** An object as {@link jsonText} reads it; `{}` is none, and undefined. */
export function objectOrNone<T>(content: z.ZodType<T>, message: string) {
  return jsonText(
    z.unknown().transform((given, context): T | undefined => {
      if (JSON.stringify(given) === "{}") return undefined;
      const parsed = content.safeParse(given);
      if (parsed.success) return parsed.data;
      context.addIssue(parsed.error.issues[0]?.message ?? message);
      return z.NEVER;
    }),
    message,
  );
}

/** The URL in a text; undefined where it is none of http(s) with a host, or says who logs in. */
export function webUrl(text: string): URL | undefined {
  // What a browser forgives, such as a backslash or a third slash, is a mistake here.
  if (!/^https?:\/\/[^/?#\\@"'\s]+([/?#][^\s"'\\]*)?$/.test(text) || !URL.canParse(text))
    return undefined;
  return new URL(text);
}

/** Whether a text is scheme, host and perhaps port of http(s), and nothing else. */
export function isOrigin(text: string): boolean {
  return webUrl(text) !== undefined && /^https?:\/\/[^/?#]+\/?$/.test(text);
}

/** Whether a text is `host:port`, where the host may be an IPv6 address in brackets. */
export function isHostPort(text: string): boolean {
  const [, host = "", port = ""] = /^(\[[\da-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/.exec(text) ?? [];
  const isHost = host.startsWith("[") ? isIPv6(host.slice(1, -1)) : isHostName(host);
  return isHost && Number(port) >= 1 && Number(port) <= 65_535;
}

/** Whether a text is a name as DNS has them, or an IPv4 address. */
export function isHostName(text: string): boolean {
  return (
    text.length <= 253 && /^[a-z\d_]([\w-]*[a-z\d])?(\.[a-z\d_]([\w-]*[a-z\d])?)*$/i.test(text)
  );
}
