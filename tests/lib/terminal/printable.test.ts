/** Tests of lib/terminal/printable.ts. */
import assert from "node:assert/strict";
import { printable, withoutControls } from "../../../lib/terminal/printable";

describe("text that is written", () => {
  it("shows what a terminal would act on, and keeps the colours of ours", () => {
    const clipboard = "\u001b]52;c;ZXZpbA==\u0007";
    assert.equal(printable(`a${clipboard}b\u001b[2Jc\r\u009bd`, false).match(/\p{Cc}/u), null);
    assert.equal(
      printable("\u001b[31mred\u001b[39m\tx\ny", false),
      "\u001b[31mred\u001b[39m\tx\ny",
    );
    assert.equal(withoutControls("\u001b[31mred"), "\\u001b[31mred");
    assert.equal(withoutControls("safe\u202eexe.txt\r\n"), "safe\\u202eexe.txt\n");
  });

  it("shows each character that hides, turns or ends text, and a colour that is none of ours", () => {
    for (const character of "\u007f\u0085\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069")
      assert.match(withoutControls(`a${character}b`), /^a\\u[0-9a-f]{4}b$/);
    assert.equal(printable("\u001b[8mx", false), "\\u001b[8mx");
  });

  it("of JSON is the same JSON", () => {
    const value = { text: "a\u001b\u009b\u202e\u2028\r\nb" };
    assert.deepEqual(JSON.parse(printable(JSON.stringify(value), false)), value);
  });

  it("holds no command of a job's runner in CI", () => {
    const said =
      "found:\n::error file=x::y\n  ::set-env name=A::b\n##[group]z ##vso[task.x]\nfe80::1 a::b";
    const written = printable(`${said}\n\t ::error::z`, true);
    assert.doesNotMatch(written, /^\s*::|##\[|##vso/m);
    assert.match(written, /fe80::1 a::b/);
    assert.equal(printable(said, false), said);
  });
});
