// Keeps the Pulumi SDK from spending most of a program's time on stack traces.

/**
 * The SDK formats a stack trace for each of its promises and resources, which nobody reads where an
 * imitated engine answers.
 *
 * @returns brings stack traces back
 */
export function withoutStackTraces(): () => void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- a hook of V8, not a method
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = 2;
  // The SDK lifts the limit for resources; ts-node's source maps make each frame dear.
  Error.prepareStackTrace = (error) => String(error);
  return () => {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  };
}
