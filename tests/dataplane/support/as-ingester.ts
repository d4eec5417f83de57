/** A store's program as the command that moves a stack sees a pod. */
import type { Program } from "../../../dataplane/processes/program";
import { askText, type HttpHop } from "../../../dataplane/query/ask";
import type { Ingester } from "../../../ops/commands/migrate/write-out";

export function asIngester(program: Program, hop: HttpHop): Ingester {
  let seen = 0;
  return {
    name: program.name,
    post: async (path) => {
      seen = program.log.lines.length;
      await askText(hop, path, { method: "POST" });
    },
    metrics: async () => askText(hop, "/metrics"),
    log: async () => Promise.resolve(program.log.lines.slice(seen).join("\n")),
    end: async () => {
      const before = program.log.lines.length;
      await program.stop();
      return program.log.lines.slice(before).join("\n");
    },
  };
}
