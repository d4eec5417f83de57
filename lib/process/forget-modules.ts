/** Makes Node load modules anew. */
import * as path from "node:path";

/** Forgets these modules, and those in these folders; all by absolute path. */
export function forgetModules(places: readonly string[]): void {
  for (const file of Object.keys(require.cache)) {
    if (places.some((place) => file === place || file.startsWith(place + path.sep))) {
      // The cache is an object by design, with a key per file.
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete require.cache[file];
    }
  }
}
