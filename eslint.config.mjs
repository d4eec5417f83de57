// Lint rules for everything; the order of the rooms is in eslint.rooms.mjs.
import eslint from "@eslint/js";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";
import rooms from "./eslint.rooms.mjs";

export default tseslint.config(
  {
    ignores: [
      "node_modules/",
      ".sandbox/",
      ".cache/",
      "coverage/",
      "eslint.config.mjs",
      "eslint.rooms.mjs",
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    rules: {
      // An Output is always truthy: `if (output)` must not compile past the linter.
      "@typescript-eslint/strict-boolean-expressions": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  rooms,
  {
    files: ["components/**", "index.ts"],
    rules: {
      // A resource is registered by its constructor.
      "no-new": "off",
    },
  },
  {
    files: ["tests/**"],
    rules: {
      // mocha's describe and it are not promises to wait for.
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: ["describe", "it"] },
      ],
    },
  },
  prettier,
);
