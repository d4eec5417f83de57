/** Tests of lib/secrets/mask.ts. */
import assert from "node:assert/strict";
import { formsOf, hidden, mask } from "../../../lib/secrets/mask";
import { isSecretKey, isSecretName } from "../../../lib/secrets/names";

describe("hiding secrets", () => {
  it("hides secrets in text, by value, by name and inside URLs", () => {
    const known = ["correct-horse", "correct-horse-battery"];
    const cases = [
      ["the key is correct-horse-battery.", `the key is ${hidden}.`],
      ["GET http://admin:hunter22@loki/push", `GET http://${hidden}@loki/push`],
      ["password=abc123 user=me", `password=${hidden} user=me`],
      ['{"admin-password":"abc123"}', `{"admin-password":${hidden}}`],
      ["secret_access_key: AKIA/xyz", `secret_access_key: ${hidden}`],
      ["Authorization: Bearer eyJhbGciOi.x.y", `Authorization: Bearer ${hidden}`],
      ["level=error msg=unhealthy", "level=error msg=unhealthy"],
      ["private_key=abc private-key: def", `private_key=${hidden} private-key: ${hidden}`],
      ["credential=abc, aws_credentials: a1b2", `credential=${hidden}, aws_credentials: ${hidden}`],
      ['{"credentials":"a b"}', `{"credentials":${hidden}}`],
      ["credentials: none", "credentials: none"],
      ["no valid credentials: access denied", "no valid credentials: access denied"],
    ] as const;
    for (const [text, expected] of cases) assert.equal(mask(text, known), expected);
  });

  it("knows a secret in every form in which it may be logged", () => {
    const secret = 'first <line>\n"second" line\nthird';
    const logged = [
      secret,
      JSON.stringify(secret),
      JSON.stringify(secret).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"),
      '  "second" line',
      `https://host/?p=${encodeURIComponent(secret)}`,
      Buffer.from(`x${secret}`).toString("base64"),
    ];
    const forms = formsOf(secret);
    for (const text of logged)
      assert.ok(mask(text, forms).includes(hidden), `${text} is not known again`);
    assert.ok(!forms.includes("third"), "a short line may be an ordinary word");
    // Half of a surrogate pair cannot be in a URL, which is no reason to fail.
    assert.ok(formsOf("abc\ud800def").length > 0);
  });

  it("knows a secret as Go, YAML, HTML and others write it", () => {
    const secret = 'it\'s (a) "<key>" & more!*?~\u00ff\u00fe';
    const bytes = Buffer.from(secret);
    const logged = [
      "it%27s+%28a%29+%22%3Ckey%3E%22+%26+more%21%2A%3F~%C3%BF%C3%BE",
      "it%27s+%28a%29+%22%3ckey%3e%22+%26+more%21%2a%3f~%c3%bf%c3%be",
      `'${secret.replaceAll("'", "''")}'`,
      "it&#39;s (a) &#34;&lt;key&gt;&#34; &amp; more!*?~\u00ff\u00fe",
      "it&#39;s (a) &quot;&lt;key&gt;&quot; &amp; more!*?~\u00ff\u00fe",
      bytes.toString("hex").toUpperCase(),
      bytes.toString("base64url"),
    ];
    for (const text of logged)
      assert.equal(mask(text, formsOf(secret)).replace(/^'|'$/g, "").slice(0, 8), hidden, text);
  });

  it("tells names of secrets from names of where a secret is", () => {
    const secret = ["GF_SECURITY_ADMIN_PASSWORD", "accessKey", "api_key", "clientSecret", "token"];
    const harmless = ["secretName", "existingSecret", "passwordKey", "image", "serviceAccountName"];
    assert.deepEqual(secret.filter(isSecretName), secret);
    assert.deepEqual(harmless.filter(isSecretName), []);
    const refused = [
      "GF_SECURITY_ADMIN_PASSWORD",
      "values.aws.secretKey",
      "db.pass",
      "rootPassword",
    ];
    const open = [
      "compass",
      "tokenUrl",
      "secret",
      "existingSecretKey",
      "accessKeyRef",
      "passwords",
    ];
    assert.deepEqual(refused.filter(isSecretKey), refused);
    assert.deepEqual(open.filter(isSecretKey), []);
  });
});
