/** A stand-in of a registry and its token service, on this machine. */
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** What a stand-in registry was sent. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** How it answers; undefined never does. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly text?: string;
}

/** A stand-in of a registry. */
export interface FakeRegistry {
  /** `127.0.0.1:4711`, as images name it. */
  readonly host: string;
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/** @param reply what it answers to a request */
export async function fakeRegistry(
  reply: (asked: Asked, host: string) => Reply | undefined,
): Promise<FakeRegistry> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const one = {
      method: request.method ?? "",
      path: request.url ?? "",
      authorization: request.headers.authorization,
    };
    asked.push(one);
    const answer = reply(one, host);
    if (answer === undefined) return;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body === undefined ? answer.text : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    host,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A registry that gives every manifest to who has its token, and its token to everybody or to one login. */
export function tokenRegistry(
  manifests: Readonly<Record<string, Reply>>,
  login?: string,
  realm = (host: string): string => `http://${host}/token`,
): (asked: Asked, host: string) => Reply {
  const basic = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  return ({ path, authorization }, host) => {
    if (path.startsWith("/token"))
      return basic === undefined || authorization === basic
        ? { status: 200, body: { token: "a-token-4711" } }
        : { status: 401, body: { details: "incorrect username or password" } };
    if (authorization !== "Bearer a-token-4711")
      return {
        status: 401,
        headers: {
          "www-authenticate": `Bearer realm="${realm(host)}",service="stand-in",scope="repository:x:pull"`,
        },
      };
    return manifests[path] ?? { status: 404 };
  };
}
