// The order of the rooms, which are the project's top folders: an import from a room above is an error.
import boundaries from "eslint-plugin-boundaries";

/** What each room may import from beside itself. */
const roomsBelow = {
  dataplane: ["sandbox", "components", "grafana", "config", "lib"],
  ops: ["sandbox", "policy", "components", "grafana", "config", "lib"],
  sandbox: ["config", "lib"],
  policy: ["config", "lib"],
  components: ["grafana", "config", "lib"],
  grafana: ["config", "lib"],
  config: ["lib"],
  lib: [],
};
/** What index.ts may import from. */
const programParts = ["components", "config", "lib"];
/** They may import from everywhere. */
const highest = ["tests", "bench", "scripts", "examples"];

const rooms = [...highest, ...Object.keys(roomsBelow)];
const anyOf = (...types) => ({ element: { types: { anyOf: types } } });

/** @type {import("eslint").Linter.Config} */
export default {
  files: ["**/*.ts"],
  plugins: { boundaries },
  settings: {
    "boundaries/root-path": import.meta.dirname,
    // From the root: dataplane/config is no part of config.
    "boundaries/elements": rooms.map((type) => ({ type, pattern: type, partialMatch: false })),
    "boundaries/files": [{ category: "program", pattern: "index.ts", partialMatch: false }],
    // What is loaded only when it is needed counts too, and so do types.
    "boundaries/dependency-nodes": ["import", "export", "require", "dynamic-import"],
    "boundaries/additional-dependency-nodes": [
      { name: "type", selector: "TSImportType Literal", kind: "type" },
    ],
    "import/resolver": { node: { extensions: [".ts"] } },
  },
  rules: {
    "boundaries/no-unknown-files": "error",
    "boundaries/dependencies": [
      "error",
      {
        default: "disallow",
        message:
          "This room may not import from that one: eslint.rooms.mjs has the order. Move what both need down, or take it as an argument.",
        policies: [
          { from: anyOf(...highest), allow: { to: anyOf(...rooms) } },
          { from: { file: { categories: "program" } }, allow: { to: anyOf(...programParts) } },
          ...Object.entries(roomsBelow).map(([room, below]) => ({
            from: anyOf(room),
            allow: { to: anyOf(room, ...below) },
          })),
        ],
      },
    ],
  },
};
