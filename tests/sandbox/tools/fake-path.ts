/** Folders and stand-ins for the tests of tools. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { GO_VERSION } from "../../../sandbox/tools/go-command";

/** Writes a file that can be executed; the folders above it are made. */
export function executable(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

/** Shell code that makes an etcd, for {@link FakePath.go}. */
export const makeEtcd = 'echo "#!/bin/sh" > "$dir/etcd"; chmod +x "$dir/etcd"';

/** Folders of one test, one of which is all of $PATH. */
export class FakePath {
  #temp = "";

  get temp(): string {
    return this.#temp;
  }

  /** All of $PATH. */
  get bin(): string {
    return path.join(this.#temp, "bin");
  }

  /** What the variable LGTM_PROGRAMS names. */
  get programs(): string {
    return path.join(this.#temp, "programs");
  }

  get cacheDir(): string {
    return path.join(this.#temp, "cache");
  }

  get options(): { readonly cacheDir: string } {
    return { cacheDir: this.cacheDir };
  }

  /** A stand-in for Go: `list` and `build` are shell code; returns what it was called with. */
  go(list: string, build: string): () => string[] {
    const calls = path.join(this.#temp, "calls.txt");
    writeFileSync(calls, "");
    const script = `#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = version ] && { echo "go version go${GO_VERSION} linux/amd64"; exit; }
echo "$1" >> ${calls}
out() { while [ "$1" != -o ]; do shift; done; echo "$2"; }
[ "$1" = list ] && { ${list}; exit; }
dir=$(out "$@"); mkdir -p "$dir"; ${build}
`;
    executable(path.join(this.bin, "go"), script);
    return () =>
      readFileSync(calls, "utf8")
        .split("\n")
        .filter((call) => call !== "");
  }

  /** Gives each test of the suite at hand folders of its own. */
  forEachTest(): this {
    const before = { ...process.env };
    beforeEach(() => {
      this.#temp = mkdtempSync(path.join(tmpdir(), "lgtm-tools-"));
      const { bin: PATH, programs: LGTM_PROGRAMS } = this;
      // Nothing is taken from the network, unless a test says from where.
      Object.assign(process.env, { PATH, LGTM_PROGRAMS, LGTM_DOWNLOADS: "off" });
    });
    afterEach(() => {
      rmSync(this.#temp, { recursive: true, force: true });
      for (const name of ["PATH", "LGTM_PROGRAMS", "LGTM_DOWNLOADS"]) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
    });
    return this;
  }
}
