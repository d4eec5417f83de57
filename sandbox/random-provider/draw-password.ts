/** Draws a password by RandomPassword's rules. */

/** What a password is made of; the meaning of each field is that of the official RandomPassword. */
export interface PasswordRules {
  /** In characters. */
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Characters to use in place of the usual special ones. */
  readonly overrideSpecial?: string;
}

interface CharacterSet {
  readonly characters: string;
  readonly atLeast: number;
}

const usualSpecial = "!@#$%&*()-_=+[]{}<>:?";

/** The kinds of characters that the rules allow, each with how many there must be at least. */
export function characterSets(rules: PasswordRules): CharacterSet[] {
  return [
    { on: rules.lower, characters: "abcdefghijklmnopqrstuvwxyz", atLeast: rules.minLower },
    { on: rules.upper, characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", atLeast: rules.minUpper },
    { on: rules.numeric, characters: "0123456789", atLeast: rules.minNumeric },
    {
      on: rules.special,
      characters: rules.overrideSpecial ?? usualSpecial,
      atLeast: rules.minSpecial,
    },
  ].filter((set) => set.on);
}

/**
 * Draws a password.
 *
 * @param below an even draw of a whole number from 0 to the given number, exclusive
 */
export function drawPassword(rules: PasswordRules, below: (max: number) => number): string {
  const sets = characterSets(rules);
  const pick = (from: string): string => from.charAt(below(from.length));
  const drawn = sets.flatMap((set) =>
    Array.from({ length: set.atLeast }, () => pick(set.characters)),
  );
  const all = sets.map((set) => set.characters).join("");
  while (drawn.length < rules.length) drawn.push(pick(all));
  // The required ones came first: mix them (Fisher and Yates).
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [drawn[last], drawn[other]] = [drawn[other] ?? "", drawn[last] ?? ""];
  }
  return drawn.join("");
}
