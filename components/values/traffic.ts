/** Traffic for the demo application, as a shell script. */

/** The paths of the tutorial's traffic_gen.sh. */
export const trafficPaths = [
  "/health",
  "/",
  "/to_stack",
  "/cpu_task",
  "/random_status",
  "/random_sleep",
  "/error_test",
  "/complex-operation",
] as const;

/**
 * A shell script that requests a random path of `$TARGET` at a fixed rate until it is told to stop.
 *
 * @param requestsPerMinute - More than 0.
 */
export function trafficScript(requestsPerMinute: number): string {
  const seconds = Number((60 / requestsPerMinute).toFixed(3));
  return [
    // A shell that is process 1 ignores SIGTERM unless it is told not to.
    "trap 'exit 0' TERM",
    "while true; do",
    `  path=$(printf '%s\\n' ${trafficPaths.join(" ")} | shuf -n 1)`,
    // In the background, so that a slow answer (/random_sleep takes up to 5 s) does not lower the
    // rate; errors are part of the traffic.
    '  curl --silent --output /dev/null --max-time 30 --write-out "%{http_code} $path\\n" "$TARGET$path" &',
    `  sleep ${String(seconds)} & wait $!`,
    "done",
  ].join("\n");
}
