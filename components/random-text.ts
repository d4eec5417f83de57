/** Generated secrets. */
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** What {@link randomText} draws. */
export interface RandomTextArgs {
  /** In characters. */
  readonly length: number;
  /** Another value draws anew, the first one and none included. */
  readonly rotation: string | undefined;
}

/**
 * A secret of letters and digits that is drawn once and kept in the stack's state, until another
 * `rotation` asks for a new one. No special characters: it is typed into login forms, pasted into
 * shells and put into URLs.
 */
export function randomText(
  name: string,
  { length, rotation }: RandomTextArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  return new random.RandomPassword(
    name,
    { length, special: false, ...(rotation !== undefined && { keepers: { rotation } }) },
    { parent },
  ).result;
}
