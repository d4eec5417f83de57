/**
 * What Helm's `tpl` makes of a text whose only actions print braces.
 *
 * @throws Error when there is another action: Helm would run it
 */
export function helmRendered(text: string): string {
  const printed = text.replaceAll(/\{\{ `(\{\{|\}\})` \}\}/g, (_, braces: string) =>
    braces === "{{" ? "\u0001" : "\u0002",
  );
  const [action] = /\{\{.{0,40}/.exec(printed) ?? [];
  if (action !== undefined) throw new Error(`Helm would run ${action}`);
  return printed.replaceAll("\u0001", "{{").replaceAll("\u0002", "}}");
}

/**
 * What Grafana makes of a string in a provisioning file: `$$` is a dollar, `$NAME` and `${NAME}` are
 * environment variables, and those that do not exist are nothing. As pkg/services/provisioning/values
 * of Grafana does with Go's os.ExpandEnv.
 */
export function interpolated(text: string, env: Readonly<Record<string, string>>): string {
  return text
    .split("$$")
    .map((part) =>
      part.replaceAll(
        /\$(?:\{([^}]*)\}|([A-Za-z_]\w*|[0-9*#@!?-]))/g,
        (_, braced: string | undefined, plain: string | undefined) =>
          env[braced ?? plain ?? ""] ?? "",
      ),
    )
    .join("$");
}
