/** Finds what somebody may have meant. */
import { distance } from "fastest-levenshtein";

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, "");

/** The name that is nearest to a misspelt one, by spelling or by how words are joined; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .filter(({ candidate, far }) => far <= Math.min(2, Math.floor(candidate.length / 3)))
    .sort((one, other) => one.far - other.far);
  return near[0]?.candidate;
}
