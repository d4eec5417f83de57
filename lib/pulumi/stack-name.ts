/** The names of a stack: `dev`, and in full `organization/lgtm/dev`, which every pulumi command takes too. */

/** The last part, by which Pulumi names the stack's files, folders and locks. */
export function shortNameOf(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

/** The settings file's name: Pulumi.dev.yaml. */
export function stackFileOf(stack: string): string {
  return `Pulumi.${shortNameOf(stack)}.yaml`;
}

/** Whether a name means this stack of a backend of files, where all are of one organization. */
export function meansLocal(asked: string, stack: string): boolean {
  return [stack, `organization/${stack}`, `organization/lgtm/${stack}`].includes(asked);
}
