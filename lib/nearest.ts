/** Finds what somebody may have meant. */

/** How many letters two names differ by, of which one may be added, missing or another. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split("").entries()) {
    const next = [index + 1];
    for (const [at, another] of other.split("").entries())
      next.push(
        Math.min(
          (next[at] ?? 0) + 1,
          (row[at + 1] ?? 0) + 1,
          (row[at] ?? 0) + (letter === another ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[other.length] ?? 0;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, "");

/** The name that is nearest to a misspelt one, by spelling or by how words are joined; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .filter(({ candidate, far }) => far <= Math.min(2, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.far - other.far);
  return near[0]?.candidate;
}
