/** Tests of lib/registry: a stand-in registry is asked for images. */
import assert from "node:assert/strict";
import { loginFor, loginsOf } from "../../../lib/registry/credentials";
import { canonicalImage, parseImage } from "../../../lib/registry/image-reference";
import { type Answer, askRegistries, type AskOptions } from "../../../lib/registry/registry";
import { type FakeRegistry, fakeRegistry, tokenRegistry } from "../../support/fake-registry";

const digest = `sha256:${"a".repeat(64)}`;
const login = "puller:planted-password-4711";
const basic = `Basic ${Buffer.from(login).toString("base64")}`;

describe("lib/registry", () => {
  const running: FakeRegistry[] = [];
  const start: typeof fakeRegistry = async (reply) => {
    const registry = await fakeRegistry(reply);
    running.push(registry);
    return registry;
  };
  const ask = async (image: string, options: AskOptions = {}): Promise<Answer | undefined> =>
    (await askRegistries([image], options)).get(image);

  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });

  it("reads references as the runtimes do, Docker Hub's short names in full", () => {
    const read: Readonly<Record<string, string>> = {
      memcached: "docker.io/library/memcached:latest",
      "docker.io/memcached:1.6": "docker.io/library/memcached:1.6",
      "grafana/mimir:3.0.4": "docker.io/grafana/mimir:3.0.4",
      "index.docker.io/grafana/mimir:3.0.4": "docker.io/grafana/mimir:3.0.4",
      "quay.io/minio/mc:R.2": "quay.io/minio/mc:R.2",
      "localhost/x:1": "localhost/x:1",
      "mirror:5000/a/b:1": "mirror:5000/a/b:1",
      [`ghcr.io/versity/versitygw:v1@${digest}`]: `ghcr.io/versity/versitygw@${digest}`,
    };
    for (const [image, whole] of Object.entries(read)) {
      const reference = parseImage(image);
      assert.ok(reference, image);
      assert.equal(canonicalImage(reference), whole);
    }
    for (const bad of ["", "a b", "UPPER/x:1", "x@sha256:12", "x:1;rm", "../x"])
      assert.equal(parseImage(bad), undefined, bad);
  });

  it("asks for the head of the manifest with an anonymous token, once for each image and repository", async () => {
    const registry = await start(tokenRegistry({ "/v2/a/b/manifests/1.0": { status: 200 } }));
    const images = [
      `${registry.host}/a/b:1.0`,
      `${registry.host}/a/b:9.9`,
      `${registry.host}/a/b:1.0`,
    ];
    const answers = await askRegistries(images);
    assert.deepEqual(answers.get(images[0] ?? ""), { kind: "there" });
    assert.equal(answers.get(images[1] ?? "")?.kind, "missing");
    const tokens = registry.asked.filter(({ path }) => path.startsWith("/token"));
    assert.equal(tokens.length, 1);
    const { searchParams } = new URL(tokens[0]?.path ?? "", "http://x");
    assert.equal(searchParams.get("scope"), "repository:a/b:pull");
    assert.equal(searchParams.get("service"), "stand-in");
    const rest = registry.asked.filter(({ path }) => !path.startsWith("/token"));
    assert.ok(rest.every(({ method }) => method === "HEAD"));
    // Two images, each without a token and with it.
    assert.equal(rest.length, 4);
  });

  it("asks by the digest where there is one, and does not take another", async () => {
    const given = (told: string) =>
      start(({ path }) =>
        path === `/v2/a/manifests/${digest}`
          ? { status: 200, headers: { "docker-content-digest": told } }
          : { status: 404 },
      );
    const right = await given(digest);
    assert.equal((await ask(`${right.host}/a:1.0@${digest}`))?.kind, "there");
    const wrong = await given(`sha256:${"b".repeat(64)}`);
    const answer = await ask(`${wrong.host}/a:1.0@${digest}`);
    assert.deepEqual(answer, {
      kind: "missing",
      reason: "its registry answers with another digest",
    });
  });

  const statuses: readonly (readonly [number, Answer["kind"]])[] = [
    [404, "missing"],
    [401, "denied"],
    [403, "denied"],
    [500, "unknown"],
  ];
  for (const [status, kind] of statuses) {
    it(`takes ${String(status)} for ${kind}`, async () => {
      const registry = await start(() => ({ status }));
      const answer = await ask(`${registry.host}/a:1`);
      assert.equal(answer?.kind, kind);
      assert.match("reason" in answer ? answer.reason : "", new RegExp(String(status)));
    });
  }

  it("does not know, when it has asked too often", async () => {
    const registry = await start(() => ({ status: 429, headers: { "retry-after": "600" } }));
    assert.deepEqual(await ask(`${registry.host}/a:1`), {
      kind: "unknown",
      reason: "its registry has been asked too often (429)",
    });
    // Nobody is asked again and again.
    assert.equal(registry.asked.length, 1);
  });

  it("does not know what a registry says that is slow, or not there", async () => {
    const slow = await start(() => undefined);
    const images = Array.from({ length: 9 }, (_, index) => `${slow.host}/a:${String(index)}`);
    const began = Date.now();
    const answers = await askRegistries(images, { timeoutMs: 200, parallel: 9 });
    assert.ok(Date.now() - began < 2000);
    for (const image of images) {
      const answer = answers.get(image);
      assert.equal(answer?.kind, "unknown");
      assert.match(answer.reason, /did not answer in time/);
    }
    const gone = await start(() => undefined);
    await gone.stop();
    const answer = await ask(`${gone.host}/a:1`);
    assert.equal(answer?.kind, "unknown");
    assert.match(answer.reason, /cannot be reached \(ECONNREFUSED\)/);
  });

  it("ends with its signal, and says so of the rest", async () => {
    const slow = await start(() => undefined);
    const images = Array.from({ length: 20 }, (_, index) => `${slow.host}/a:${String(index)}`);
    const answers = await askRegistries(images, { signal: AbortSignal.timeout(200) });
    assert.equal(answers.size, 20);
    assert.ok([...answers.values()].every(({ kind }) => kind === "unknown"));
  });

  it("shows a login to the registry that it is for, and to no other", async () => {
    const manifest = { "/v2/a/manifests/1": { status: 200 } };
    const [own, other] = [
      await start(tokenRegistry(manifest, login)),
      await start(tokenRegistry(manifest)),
    ];
    const logins = [{ place: own.host, nameAndPassword: login }];
    assert.equal((await ask(`${own.host}/a:1`, { logins }))?.kind, "there");
    assert.equal((await ask(`${other.host}/a:1`, { logins }))?.kind, "there");
    assert.ok(own.asked.some(({ authorization }) => authorization === basic));
    assert.ok(other.asked.every(({ authorization }) => authorization !== basic));
  });

  it("does not show it to a token service elsewhere, and then does not know", async () => {
    const thief = await start(() => ({ status: 401 }));
    const registry = await start(tokenRegistry({}, login, () => `http://${thief.host}/token`));
    const logins = [{ place: registry.host, nameAndPassword: login }];
    const answer = await ask(`${registry.host}/a:1`, { logins });
    assert.equal(answer?.kind, "unknown");
    assert.equal(thief.asked.length, 1);
    assert.deepEqual(
      thief.asked.map(({ authorization }) => authorization),
      [undefined],
    );
  });

  it("does not know either when a service elsewhere gives everybody a token, without the right", async () => {
    const service = await start(() => ({ status: 200, body: { token: "of-nobody" } }));
    const registry = await start(tokenRegistry({}, login, () => `http://${service.host}/token`));
    const logins = [{ place: registry.host, nameAndPassword: login }];
    assert.equal((await ask(`${registry.host}/a:1`, { logins }))?.kind, "unknown");
    assert.equal((await ask(`${registry.host}/a:1`))?.kind, "denied");
  });

  it("shows it to the token service of the same domain, by TLS, and to none that only sounds alike", async () => {
    const own = globalThis.fetch;
    const shown: string[] = [];
    const askWith = async (realm: string): Promise<Answer | undefined> => {
      globalThis.fetch = async (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        if (url.host === "registry-1.docker.io") {
          const isIn = new Headers(init?.headers).has("authorization");
          const headers = { "www-authenticate": `Bearer realm="${realm}",service="x"` };
          return Promise.resolve(new Response(null, { status: isIn ? 200 : 401, headers }));
        }
        if (new Headers(init?.headers).get("authorization") !== basic)
          return Promise.resolve(new Response(null, { status: 401 }));
        shown.push(url.host);
        return Promise.resolve(Response.json({ token: "t" }));
      };
      try {
        return await ask("acme/private:1", {
          logins: [{ place: "docker.io", nameAndPassword: login }],
        });
      } finally {
        globalThis.fetch = own;
      }
    };
    assert.equal((await askWith("https://auth.docker.io/token"))?.kind, "there");
    assert.equal((await askWith("https://auth.evil.example/token"))?.kind, "unknown");
    assert.equal((await askWith("https://auth.docker.io.evil.example/token"))?.kind, "unknown");
    assert.deepEqual(shown, ["auth.docker.io"]);
  });

  it("follows a redirect, without what was for the host before", async () => {
    const elsewhere = await start(({ path }) =>
      path === "/blob"
        ? { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }
        : { status: 200 },
    );
    const registry = await start(({ path, authorization }) => {
      if (authorization !== basic)
        return { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } };
      const to = path.endsWith("/1") ? "/blob" : "/open";
      return { status: 307, headers: { location: `http://${elsewhere.host}${to}` } };
    });
    const logins = [{ place: registry.host, nameAndPassword: login }];
    assert.equal((await ask(`${registry.host}/a:1`, { logins }))?.kind, "denied");
    assert.equal((await ask(`${registry.host}/a:2`, { logins }))?.kind, "there");
    assert.ok(registry.asked.some(({ authorization }) => authorization === basic));
    assert.ok(elsewhere.asked.length >= 2);
    assert.ok(elsewhere.asked.every(({ authorization }) => authorization === undefined));
  });

  it("does not follow redirects for ever", async () => {
    const registry = await start(({ path }) => ({ status: 307, headers: { location: path } }));
    assert.equal((await ask(`${registry.host}/a:1`))?.kind, "unknown");
    assert.ok(registry.asked.length < 10);
  });

  it("says that a login is refused, without the login and without the server's words", async () => {
    const registry = await start(tokenRegistry({}, "somebody:else"));
    const logins = [{ place: registry.host, nameAndPassword: login }];
    const answer = await ask(`${registry.host}/a:1`, { logins });
    const refused = { kind: "denied", reason: "the pull secret's login is refused" };
    assert.deepEqual(answer, refused);
    const plain = await start(() => ({
      status: 401,
      headers: { "www-authenticate": 'Basic realm="x"' },
    }));
    const other = [{ place: plain.host, nameAndPassword: login }];
    assert.deepEqual(await ask(`${plain.host}/a:1`, { logins: other }), refused);
  });

  it("reads a pull secret, and takes its most special login", () => {
    const auth = (text: string) => Buffer.from(text).toString("base64");
    const logins = loginsOf(
      JSON.stringify({
        auths: {
          "https://index.docker.io/v1/": { auth: auth("hub:h") },
          "mirror.example": { username: "all", password: "p:q" },
          "mirror.example/team": { auth: auth("team:t") },
          "*.corp.example": { auth: auth("star:s") },
          broken: { auth: "!" },
        },
      }),
    );
    const of = (image: string) => {
      const reference = parseImage(image);
      return reference && loginFor(logins, reference)?.nameAndPassword;
    };
    assert.equal(of("memcached:1"), "hub:h");
    assert.equal(of("mirror.example/x:1"), "all:p:q");
    assert.equal(of("mirror.example/team/x:1"), "team:t");
    assert.equal(of("mirror.example/teams/x:1"), "all:p:q");
    assert.equal(of("eu.corp.example/x:1"), "star:s");
    assert.equal(of("corp.example/x:1"), undefined);
    assert.equal(of("a.eu.corp.example/x:1"), undefined);
    assert.equal(of("mirror.example.evil.example/x:1"), undefined);
    for (const bad of ["", "[]", "null", '{"auths":7}', '{"auths":{"x":null}}'])
      assert.deepEqual(loginsOf(bad), []);
  });
});
