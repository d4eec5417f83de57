/** Where the project is. */
import * as path from "node:path";

/** The project's own folder, where index.ts and Pulumi.yaml are. */
export const projectRoot = path.resolve(__dirname, "..");
